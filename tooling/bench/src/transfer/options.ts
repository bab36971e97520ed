import { parseArgs } from 'node:util';
import { type Cores, chooseCores } from '../cores.js';
import { modeNotes, modes, type Transfer } from './job.js';

/** What the command line asks for. */
export interface TransferOptions {
  readonly transfers: readonly Transfer[];
  readonly cores: Cores;
  /** Where to write the figures. */
  readonly json?: string;
}

/** What `--help` prints. */
export const help: string = `Sends one large message from one process to another, and watches the memory of both.

  --size SIZE       bytes, or with KiB, MiB, GiB (1GiB)
  --mode LIST       of ${modes.join(',')} (all):
${modes.map((mode) => `                      ${mode.padEnd(11)} ${modeNotes[mode]}`).join('\n')}
  --direction LIST  up, from the client; down, from the server (up,down)
  --slow            the reader lets the event loop turn between two chunks
  --tls             over TLS
  --json FILE       write everything that was measured
  --no-pin          leave it to the system which core runs what
  --help

Exit code 1: a message did not arrive as it was sent, or one side grew by 64 MiB or more.
`;

/** Reads the command line; undefined when only help is wanted. Throws an Error that says what is wrong. */
export function parseTransferOptions(args: readonly string[]): TransferOptions | undefined {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      size: { type: 'string', default: '1GiB' },
      mode: { type: 'string', default: modes.join(',') },
      direction: { type: 'string', default: 'up,down' },
      slow: { type: 'boolean', default: false },
      tls: { type: 'boolean', default: false },
      json: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const size = parseSize(values.size);
  const reader = values.slow ? 'slow' : 'fast';
  const directions = pick('--direction', values.direction, ['up', 'down'] as const);
  const transfers = pick('--mode', values.mode, modes).flatMap((mode) => {
    if (values.tls && (mode === 'one-frame' || mode === 'bare')) throw new Error(`--tls: not with ${mode}`);
    return directions.map((direction) => ({ size, mode, direction, reader, tls: values.tls }) as const);
  });
  return {
    transfers,
    cores: values['no-pin'] ? { note: 'NOT PINNED: --no-pin' } : chooseCores(),
    ...(values.json !== undefined && { json: values.json }),
  };
}

/** `10GiB` in bytes. Throws an Error that says what is wrong. */
function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([KMG]iB)?$/.exec(text) ?? [];
  const size = Number(digits) * 1024 ** ['', 'KiB', 'MiB', 'GiB'].indexOf(unit);
  if (!Number.isSafeInteger(size) || size < 1)
    throw new Error(`--size is ${text}: such as 65536, 16MiB or 10GiB is needed`);
  return size;
}

function pick<T extends string>(option: string, list: string, known: readonly T[]): T[] {
  return list.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name.trim());
    if (found === undefined) throw new Error(`${option}: there is no ${name}; there are ${known.join(', ')}`);
    return found;
  });
}
