import { parseArgs } from 'node:util';
import type { Plan } from './bench.js';
import { type Cell, cells, describeCell } from './cells.js';
import { chooseCores } from './cores.js';
import { serverKinds } from './servers/index.js';

/** What the command line asks for. */
export interface Options {
  readonly plan: Plan;
  /** Where to write the figures. */
  readonly json?: string;
}

/** What `--help` prints. */
export const help: string = `Echo throughput of webson and ws in the same run.

  --rounds N        interleaved rounds (5)
  --seconds S       seconds counted per measurement (2)
  --warmup S        seconds of load before that (1)
  --cells LIST      of ${cells.map((cell) => cell.name).join(',')} (all):
${cells.map((cell) => `                      ${cell.name}  ${describeCell(cell)}`).join('\n')}
  --servers LIST    of ${serverKinds.map((kind) => kind.name).join(',')} (ws,webson); the others are compared to the first;
                    net gives bytes back without any WebSocket: the limit of the socket layer and of the load
  --json FILE       write everything that was measured
  --wsload PATH     use this wsload as load generator (also: WSLOAD in the environment)
  --no-pin          leave it to the system which core runs what
  --help
`;

/**
 * Reads the command line; undefined when only help is wanted. Throws an Error that says what is wrong.
 * @param known the cells there are to choose from.
 */
export function parseOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  known: readonly Cell[] = cells,
): Options | undefined {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      warmup: { type: 'string', default: '1' },
      cells: { type: 'string', default: known.map((cell) => cell.name).join(',') },
      servers: { type: 'string', default: 'ws,webson' },
      json: { type: 'string' },
      wsload: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const rounds = positive('--rounds', values.rounds);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds is ${values.rounds}: a whole number is needed`);
  const wsload = values.wsload ?? (env.WSLOAD || undefined);
  return {
    plan: {
      cells: pick('--cells', values.cells, known),
      servers: pick('--servers', values.servers, serverKinds),
      rounds,
      seconds: positive('--seconds', values.seconds),
      warmup: positive('--warmup', values.warmup),
      cores: values['no-pin'] ? { note: 'NOT PINNED: --no-pin' } : chooseCores(),
      ...(wsload !== undefined && { wsload }),
    },
    ...(values.json !== undefined && { json: values.json }),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new Error(`${name} is ${text}: a number above 0 and up to 3600 is needed`);
  return value;
}

function pick<T extends { readonly name: string }>(option: string, list: string, known: readonly T[]): T[] {
  return list.split(',').map((name) => {
    const found = known.find((candidate) => candidate.name === name.trim());
    if (found === undefined) {
      throw new Error(`${option}: there is no ${name}; there are ${known.map((one) => one.name).join(', ')}`);
    }
    return found;
  });
}
