import { alignedRow } from '../harness/table.js';
import type { TransferResult } from './transfer.js';

const MIB = 1024 * 1024;

/** Bytes by which the memory of neither side may grow, whatever the size of the message. */
export const GROWTH_LIMIT: number = 64 * MIB;

/** True when the message came as it was sent and neither side grew. */
export function isSound({ isEqual, sender, receiver }: TransferResult): boolean {
  return isEqual && sender.growth < GROWTH_LIMIT && receiver.growth < GROWTH_LIMIT;
}

const columns = [10, 10, 9, 6, 5, 8, 18, 18, 14];

/** What stands above the rows. */
export function renderHead(pinning: string): string {
  const memory = 'base + growth MiB';
  const titles = ['mode', 'direction', 'MiB', 'reader', 'tls', 'MiB/s', `sender`, `receiver`, 'SHA-256'];
  return `Node ${process.version}; ${pinning}\nsender, receiver: resident memory after the warm-up + the most it grew by, in MiB (${memory})\n\n${row(titles)}`;
}

/** One transfer. */
export function renderRow(result: TransferResult): string {
  const { mode, direction, size, reader, tls, bytesPerSecond, sender, receiver, isEqual } = result;
  return row([
    mode,
    direction,
    mebibytes(size),
    reader,
    tls ? 'yes' : 'no',
    mebibytes(bytesPerSecond),
    `${mebibytes(sender.baseline)} + ${mebibytes(sender.growth)}`,
    `${mebibytes(receiver.baseline)} + ${mebibytes(receiver.growth)}`,
    isEqual ? 'equal' : 'NOT EQUAL',
  ]);
}

function row(cells: readonly string[]): string {
  return `${alignedRow(cells, columns)}\n`;
}

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(bytes < 10 * MIB && bytes > 0 ? 1 : 0);
}
