import { type Bench, defineBench } from '../harness/bench.js';
import { coresOf, jsonOption, pick, pinOption } from '../harness/options.js';
import { modeNotes, modes } from './cells.js';
import { isSound, renderHead, renderRow } from './report.js';
import { runTransfer, type TransferResult } from './transfer.js';

/** One large message. */
export const bench: Bench = defineBench({
  name: 'transfer',
  about: 'Sends one large message from one process to another, and watches the memory of both.',
  options: {
    size: { value: 'SIZE', usual: '1GiB', about: 'bytes, or with KiB, MiB, GiB' },
    mode: {
      value: 'LIST',
      about: [`of ${modes.join(',')} (all):`, ...modes.map((mode) => `  ${mode.padEnd(11)} ${modeNotes[mode]}`)],
    },
    direction: { value: 'LIST', usual: 'up,down', about: 'up, from the client; down, from the server' },
    slow: { about: 'the reader lets the event loop turn between two chunks' },
    tls: { about: 'over TLS' },
    ...jsonOption,
    ...pinOption,
  },
  more: 'Exit code 1: a message did not arrive as it was sent, or one side grew by 64 MiB or more.',
  async run(given, output) {
    const { slow, tls } = given;
    const size = parseSize(given.size);
    const directions = pick('--direction', given.direction, ['up', 'down'] as const);
    const reader = slow ? 'slow' : 'fast';
    const transfers = pick('--mode', given.mode ?? modes.join(','), modes).flatMap((mode) => {
      if (tls && (mode === 'one-frame' || mode === 'bare')) throw new Error(`--tls: not with ${mode}`);
      return directions.map((direction) => ({ size, mode, direction, reader, tls }) as const);
    });
    const cores = coresOf(given);
    const results: TransferResult[] = [];
    output.print(renderHead(cores.note));
    for (const transfer of transfers) {
      const result = await runTransfer(transfer, cores);
      output.print(renderRow(result));
      results.push(result);
    }
    output.save(results);
    return results.every(isSound);
  },
});

/** `10GiB` in bytes. Throws an Error that says what is wrong. */
function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([KMG]iB)?$/.exec(text) ?? [];
  const size = Number(digits) * 1024 ** ['', 'KiB', 'MiB', 'GiB'].indexOf(unit);
  if (!Number.isSafeInteger(size) || size < 1)
    throw new Error(`--size is ${text}: such as 65536, 16MiB or 10GiB is needed`);
  return size;
}
