import type { Cell } from './cells.js';
import { decodes, type ServerKind, takes, tuned } from './contenders/index.js';

/** Short of this many bytes a message costs the same whatever its characters are. */
const longText = 1024;

/** Servers that give non-ASCII text back without looking at its characters, but to see that it is valid. */
const byteServers: readonly string[] = ['ws', tuned, 'webson'];

/**
 * Who is measured in which cell when nobody says otherwise: with binary messages everybody, with text those who decode
 * it, and where non-ASCII text is long also those who look whether it is valid and leave it as it is.
 */
export function isOnBoard(kind: ServerKind, cell: Cell): boolean {
  const { payload = 'binary', size } = cell;
  if (payload === 'binary') return takes(kind, cell);
  if (decodes(kind, cell)) return true;
  return payload === 'unicode' && size >= longText && byteServers.includes(kind.name);
}
