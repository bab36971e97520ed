import { parseArgs } from 'node:util';
import { chooseCores } from '../cores.js';
import { multiplexCells } from './cells.js';
import { type ContenderName, contenders } from './contenders/index.js';
import type { MultiplexPlan } from './multiplex.js';

/** What the command line asks for. */
export interface MultiplexOptions {
  readonly plan: MultiplexPlan;
  /** Where to write the figures. */
  readonly json?: string;
}

const cellNames = multiplexCells.map((cell) => cell.name);
const contenderNames = Object.keys(contenders) as ContenderName[];

/** What `--help` prints. */
export const help: string = `Round trips of small messages beside bulk on one connection, of webson, ws and node:http2 in the same run.

  --rounds N          interleaved rounds (5)
  --seconds S         seconds counted per measurement (2)
  --warmup S          seconds of load before that (1)
  --cells LIST        of ${cellNames.join(', ')} (all): bulk messages, and which way they go
  --contenders LIST   of ${contenderNames.join(',')} (all)
  --json FILE         write everything that was measured
  --no-pin            leave it to the system which core runs what
  --help
`;

/** Reads the command line; undefined when only help is wanted. Throws an Error that says what is wrong. */
export function parseMultiplexOptions(args: readonly string[]): MultiplexOptions | undefined {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      warmup: { type: 'string', default: '1' },
      cells: { type: 'string', default: cellNames.join(',') },
      contenders: { type: 'string', default: contenderNames.join(',') },
      json: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const names = pick('--cells', values.cells, cellNames);
  const rounds = positive('--rounds', values.rounds);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds is ${values.rounds}: a whole number is needed`);
  return {
    plan: {
      cells: multiplexCells.filter((cell) => names.includes(cell.name)),
      contenders: pick('--contenders', values.contenders, contenderNames),
      rounds,
      seconds: positive('--seconds', values.seconds),
      warmup: positive('--warmup', values.warmup),
      cores: values['no-pin'] ? { note: 'NOT PINNED: --no-pin' } : chooseCores(),
    },
    ...(values.json !== undefined && { json: values.json }),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new Error(`${name} is ${text}: a number above 0 and up to 3600 is needed`);
  return value;
}

function pick<T extends string>(option: string, list: string, known: readonly T[]): T[] {
  return list.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name.trim());
    if (found === undefined) throw new Error(`${option}: there is no ${name}; there are ${known.join(', ')}`);
    return found;
  });
}
