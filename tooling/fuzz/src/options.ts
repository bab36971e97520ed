import { parseArgs } from 'node:util';

const TARGETS = ['decoder', 'connection', 'endpoints'] as const;
/** What cases are run through. */
export type Target = (typeof TARGETS)[number];

/** What the command line asks for. */
export interface Options {
  readonly cases: number;
  readonly seed: number;
  /** Minutes after which no more is begun. */
  readonly minutes: number;
  readonly targets: readonly Target[];
}

/** What `--help` prints. */
export const help: string = `Random and damaged conversations through webson, beside ws.

  --cases N         byte streams in all (5000000)
  --seed N          seed of the first round, which every round after it counts up (FC_SEED, else the time)
  --minutes M       stop after that many minutes, whatever has been done (10)
  --targets LIST    of decoder,connection,endpoints (all; a fifth of the cases to the decoder, four to connections, and
                    beside these two in a thousand to pairs of endpoints)
  --help
`;

/** Reads the command line; undefined when only help is wanted. Throws an Error that says what is wrong. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | undefined {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      cases: { type: 'string', default: '5000000' },
      seed: { type: 'string', default: env.FC_SEED || String(Math.floor(performance.timeOrigin) % 0x7fffffff) },
      minutes: { type: 'string', default: '10' },
      targets: { type: 'string', default: TARGETS.join(',') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    cases: integer('--cases', values.cases, 1, 1e12),
    seed: integer('--seed', values.seed, -0x80000000, 0x7fffffff),
    minutes: minutes(values.minutes),
    targets: values.targets.split(',').map((name) => {
      const target = TARGETS.find((one) => one === name);
      if (target !== undefined) return target;
      throw new Error(`--targets is ${values.targets}: of ${TARGETS.join(', ')}, separated by commas`);
    }),
  };
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}: a whole number from ${min} to ${max} is needed`);
}

function minutes(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 10_080) return value;
  throw new Error(`--minutes is ${JSON.stringify(text)}: a number above 0, a week at most, is needed`);
}
