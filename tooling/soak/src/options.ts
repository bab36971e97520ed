import { parseArgs } from 'node:util';
import { SCENARIOS, type ScenarioName } from './scenarios.js';

/** What the command line asks for. */
export interface Options {
  /** Seconds in all, without what it takes to settle at the end of each round. */
  readonly seconds: number;
  /** Undefined: as many as each scenario has by itself. */
  readonly connections: number | undefined;
  readonly seed: number;
  readonly scenarios: readonly ScenarioName[];
}

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** What `--help` prints. */
export const help: string = `Connections that come, go, break and come back, and messages that must not get lost on them.

  --minutes M       how long, in all (5)
  --seconds S       the same, in seconds
  --scenarios LIST  of ${NAMES.join(',')} (all, in turns of five minutes at most);
                    namespaces needs root, and ip of iproute2
  --connections N   how many (members 1000, proxies 48, namespaces 36)
  --seed N          repeats what is chosen, not the timing of the system (the time)
  --help
`;

/** Reads the command line; undefined when only help is wanted. Throws an Error that says what is wrong. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seconds: { type: 'string' },
      scenarios: { type: 'string', default: NAMES.join(',') },
      connections: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { minutes, seconds, connections, seed, scenarios } = values;
  return {
    seconds: seconds === undefined ? 60 * positive('--minutes', minutes) : positive('--seconds', seconds),
    connections: connections === undefined ? undefined : Math.ceil(positive('--connections', connections)),
    seed: positive('--seed', seed),
    scenarios: scenarios.split(',').map((name) => {
      const scenario = NAMES.find((one) => one === name);
      if (scenario !== undefined) return scenario;
      throw new Error(`--scenarios is ${scenarios}: of ${NAMES.join(', ')}, separated by commas`);
    }),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1e9) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}: a number from 0 to 1,000,000,000 is needed`);
}
