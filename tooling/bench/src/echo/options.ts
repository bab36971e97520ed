import {
  coresOf,
  type Given,
  jsonOption,
  type OptionTable,
  pick,
  pinOption,
  type Timing,
  type TimingOptions,
  timingOf,
  timingOptions,
  type ValueOption,
} from '../harness/options.js';
import { isOnBoard } from './board.js';
import { type Cell, describeCell, withPayload } from './cells.js';
import { type ServerKind, takes } from './contenders/index.js';
import { type PayloadKind, payloadKinds } from './payload.js';
import type { Plan } from './plan.js';

/** What a bench of these servers lets choose from. */
export interface Choice {
  readonly cells: readonly Cell[];
  readonly servers: readonly ServerKind[];
  /** How often and how long is measured when nobody says. */
  readonly timing: Readonly<Record<keyof Timing, string>>;
  /** Names of the servers measured when none is named; left out: those that the board shows, with every kind of payload. */
  readonly usual?: string;
}

/** What the benches beside `echo` make of the same options, with cells, and perhaps servers, of their own. */
export function choiceOf(own: Pick<Choice, 'cells' | 'servers'>): Choice {
  return { ...own, timing: { rounds: '5', warmup: '1', seconds: '2' }, usual: 'ws,webson' };
}

/** The options that a plan is made of. */
export type PlanOptions = TimingOptions &
  typeof jsonOption &
  typeof pinOption &
  Readonly<Record<'cells' | 'servers' | 'wsload', ValueOption>>;

/** The option that only a bench with a board has. */
const payloadOption = {
  payload: {
    value: 'LIST',
    about: [
      `of ${payloadKinds.join(',')}: random bytes, ASCII text, text of characters of one to four`,
      'bytes (all; with --servers binary). Cells of text are called c-text, c-unicode',
    ],
  },
} as const satisfies OptionTable;

/** The options of a bench that lets choose from these. */
export function planOptions({ cells, servers, timing, usual }: Choice): PlanOptions {
  return {
    ...timingOptions(timing),
    cells: {
      value: 'LIST',
      about: ['the cells (all):', ...columns(cells.map((cell) => [cell.name, describeCell(cell)]))],
    },
    ...(usual === undefined && payloadOption),
    servers: {
      value: 'LIST',
      about: [
        usual === undefined ? 'instead of everybody where it says something:' : `some of these (${usual}):`,
        ...columns(
          servers.map(({ name, title, textOf }) => [name, `${title}${textOf === undefined ? '' : textAlone}`]),
        ),
        'The others are compared to the first, and to ws-tuned',
      ],
    },
    ...jsonOption,
    wsload: { value: 'PATH', about: 'use this wsload as load generator (also: WSLOAD in the environment)' },
    ...pinOption,
  };
}

const textAlone = ', decodes: for text alone';

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`);
}

/** Makes a plan of what a command line says. Throws an Error that says what is wrong. */
export function toPlan(
  given: Given<PlanOptions> & { readonly payload?: string },
  { wsload: usualWsload }: { readonly wsload?: string | undefined },
  choice: Choice,
): Plan {
  const wsload = given.wsload ?? (usualWsload || undefined);
  const named = given.servers ?? choice.usual;
  const servers = named === undefined ? choice.servers : pick('--servers', named, choice.servers);
  const picked = given.cells === undefined ? choice.cells : pick('--cells', given.cells, choice.cells);
  const kinds = payloadsOf(given.payload, named !== undefined);
  const cells = kinds.flatMap((kind) => picked.map((cell) => withPayload(cell, kind)));
  const meets = named === undefined ? isOnBoard : takes;
  const measured = servers.filter((kind) => cells.some((cell) => meets(kind, cell)));
  const idle = servers.find((kind) => !measured.includes(kind));
  if (named !== undefined && idle !== undefined) {
    throw new Error(`--servers: ${idle.name} knows text alone; --payload text or unicode is needed`);
  }
  return {
    ...{ cells, servers: measured, meets },
    ...timingOf(given),
    cores: coresOf(given),
    ...(wsload !== undefined && { wsload }),
  };
}

function payloadsOf(list: string | undefined, isNamed: boolean): readonly PayloadKind[] {
  if (list !== undefined) return pick('--payload', list, payloadKinds);
  return isNamed ? ['binary'] : payloadKinds;
}
