import type { CompressOptions } from 'webson';

/** How a server compresses. Those beyond takeover and level are for webson, but for `memLevel` and `threshold`. */
export interface DeflateSettings extends Omit<CompressOptions, 'contextTakeover' | 'level'> {
  readonly takeover: boolean;
  readonly level?: number;
  /** No compression at all. */
  readonly plain?: boolean;
}

/** One kind of load. */
export interface DeflateCell {
  readonly name: string;
  readonly size: number;
  readonly connections: number;
  readonly inFlight: number;
}

/** As many connections and messages in flight as keep a server busy. */
export const deflateCells: readonly DeflateCell[] = [
  { name: '1 KiB', size: 1024, connections: 50, inFlight: 4 },
  { name: '10 KiB', size: 10_240, connections: 20, inFlight: 2 },
  { name: '100 KiB', size: 102_400, connections: 10, inFlight: 2 },
];

/** What connections have of a server in memory, setting by setting. */
export const memoryCells: readonly (readonly [name: string, settings: DeflateSettings])[] = [
  ['no compression', { takeover: false, plain: true }],
  ['on, without takeover', { takeover: false }],
  ['takeover', { takeover: true }],
  ['takeover, memLevel 5', { takeover: true, memLevel: 5 }],
  ['takeover, windowBits 12', { takeover: true, windowBits: 12 }],
  ['takeover, windowBits 10, memLevel 4', { takeover: true, windowBits: 10, memLevel: 4 }],
];
