import { parseArgs } from 'node:util';
import type { Plan } from './bench.js';
import { isOnBoard } from './board.js';
import { type Cell, cells, describeCell, withPayload } from './cells.js';
import { chooseCores } from './cores.js';
import { type PayloadKind, payloadKinds } from './payload.js';
import { type ServerKind, serverKinds, takes } from './servers/index.js';

/** What the command line asks for. */
export interface Options {
  readonly plan: Plan;
  /** Where to write the figures, and where to draw them. */
  readonly json?: string;
  readonly svg?: string;
}

/** What `--help` prints. */
export const help: string = `Echo throughput of webson, ws, Bun and a bare socket in the same run.

  --rounds N        interleaved rounds (3)
  --seconds S       seconds counted per measurement (0.8)
  --warmup S        seconds of load before that (0.4)
  --cells LIST      of ${cells.map((cell) => cell.name).join(',')} (all):
${cells.map((cell) => `                      ${cell.name}  ${describeCell(cell)}`).join('\n')}
  --payload LIST    of ${payloadKinds.join(',')}: random bytes, ASCII text, text of characters of one to four
                    bytes (all; with --servers binary). Cells of text are called c-text, c-unicode
  --servers LIST    instead of everybody where it says something:
${serverKinds.map(({ name, title, textOf }) => `                      ${name.padEnd(15)}${title}${textOf === undefined ? '' : ', decodes: for text alone'}`).join('\n')}
                    The others are compared to the first, and to ws-tuned
  --json FILE       write everything that was measured
  --svg FILE        draw the ratios
  --wsload PATH     use this wsload as load generator (also: WSLOAD in the environment)
  --no-pin          leave it to the system which core runs what
  --help
`;

/** What a benchmark lets choose from. */
export interface Choice {
  readonly cells: readonly Cell[];
  readonly servers: readonly ServerKind[];
  /** Rounds, and seconds before and while counting, of a run that is not told otherwise. */
  readonly rounds: string;
  readonly warmup: string;
  readonly seconds: string;
  /** Names of the servers measured when none is named; left out: those that the board shows. */
  readonly usual?: string;
}

const board: Choice = { cells, servers: serverKinds, rounds: '3', warmup: '0.4', seconds: '0.8' };

/** What the other benchmarks make of the same options, with cells, and perhaps servers, of their own. */
export function choiceOf(own: Pick<Choice, 'cells' | 'servers'>): Choice {
  return { ...own, rounds: '5', warmup: '1', seconds: '2', usual: 'ws,webson' };
}

/** Reads the command line; undefined when only help is wanted. Throws an Error that says what is wrong. */
export function parseOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  choice: Choice = board,
): Options | undefined {
  const hasBoard = choice.usual === undefined;
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      rounds: { type: 'string', default: choice.rounds },
      seconds: { type: 'string', default: choice.seconds },
      warmup: { type: 'string', default: choice.warmup },
      cells: { type: 'string', default: choice.cells.map((cell) => cell.name).join(',') },
      servers: { type: 'string' },
      json: { type: 'string' },
      wsload: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      ...(hasBoard && { payload: { type: 'string' as const }, svg: { type: 'string' as const } }),
    },
  });
  if (values.help) return undefined;
  const rounds = positive('--rounds', values.rounds);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds is ${values.rounds}: a whole number is needed`);
  const wsload = values.wsload ?? (env.WSLOAD || undefined);
  const named = values.servers ?? choice.usual;
  const servers = named === undefined ? choice.servers : pick('--servers', named, choice.servers);
  const picked = pick('--cells', values.cells, choice.cells);
  const { payload, svg } = values as { payload?: string; svg?: string };
  const cells = payloadsOf(payload, named !== undefined).flatMap((kind) =>
    picked.map((cell) => withPayload(cell, kind)),
  );
  const meets = named === undefined ? isOnBoard : takes;
  const measured = servers.filter((kind) => cells.some((cell) => meets(kind, cell)));
  const idle = servers.find((kind) => !measured.includes(kind));
  if (named !== undefined && idle !== undefined) {
    throw new Error(`--servers: ${idle.name} knows text alone; --payload text or unicode is needed`);
  }
  return {
    plan: {
      cells,
      servers: measured,
      meets,
      rounds,
      seconds: positive('--seconds', values.seconds),
      warmup: positive('--warmup', values.warmup),
      cores: values['no-pin'] ? { note: 'NOT PINNED: --no-pin' } : chooseCores(),
      ...(wsload !== undefined && { wsload }),
    },
    ...(values.json !== undefined && { json: values.json }),
    ...(svg !== undefined && { svg }),
  };
}

function payloadsOf(list: string | undefined, isNamed: boolean): PayloadKind[] {
  if (list === undefined) return isNamed ? ['binary'] : [...payloadKinds];
  return pick(
    '--payload',
    list,
    payloadKinds.map((name) => ({ name })),
  ).map(({ name }) => name);
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
