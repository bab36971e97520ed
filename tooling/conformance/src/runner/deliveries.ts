import type { Case } from '../case.js';
import { Random } from '../wire/random.js';
import type { Script } from './script.js';

/** One way to cut the bytes of a case into chunks. */
export interface Delivery {
  readonly name: string;
  /** Where the chunk that begins at `at` ends. */
  readonly nextCut: (at: number) => number;
  /** Bytes of foreign memory before and after each chunk. */
  readonly offset: number;
  /** Whether the transport passes on what it is given later. */
  readonly isSlow: boolean;
}

/** Up to this many bytes a case is split at every place there is. */
const EVERY_SPLIT_TO = 400;
/** Up to this many, byte by byte too. */
const EVERY_BYTE_TO = 8 * 1024;
/** From this many on, few ways have to do. */
const FEW_FROM = 512 * 1024;
/** And from this many on, one. */
const ONE_FROM = 16 * 1024 * 1024;
/** Frames beyond number cost as much as bytes. */
const MANY_MARKS = 100_000;
const CHUNK = 64 * 1024;

/** The ways a case is cut, the whole of it in one chunk first. */
export function* deliveriesOf({ id, chop }: Case, { length, marks, parts }: Script): Generator<Delivery> {
  const random = new Random(length + id.length * 65_537);
  if (length < ONE_FROM && marks.length <= MANY_MARKS) yield way('in one chunk', () => Number.POSITIVE_INFINITY);
  if (length > 0) yield { ...way('in chunks of 64 KiB', (at) => at + CHUNK), isSlow: true };
  if (chop !== undefined) yield way(`in chunks of ${chop} bytes`, (at) => at + chop);
  if (length >= ONE_FROM || marks.length > MANY_MARKS) return;
  if (length >= FEW_FROM) {
    yield way('in chunks of random size', (at) => at + random.between(1, 2 * CHUNK));
    return;
  }
  yield { ...way('in one chunk, at an odd address', () => Number.POSITIVE_INFINITY), offset: 3 };
  // Many parts are as many chunks already.
  if (parts.length > 100) return;
  for (const largest of [3, 16, 150]) {
    if (length > 1 && length < largest * 4096) {
      yield way(`in chunks of 1 to ${largest} bytes`, (at) => at + random.between(1, largest));
    }
  }
  if (length <= EVERY_BYTE_TO) {
    yield way('byte by byte', (at) => at + 1);
    yield { ...way('byte by byte, slowly', (at) => at + 1), isSlow: true };
  }
  for (const place of length <= EVERY_SPLIT_TO ? between(1, length - 1) : chosen(length, marks, random)) {
    yield way(`split at ${place}`, (at) => (at < place ? place : Number.POSITIVE_INFINITY));
  }
}

function way(name: string, nextCut: (at: number) => number): Delivery {
  return { name, nextCut, offset: 0, isSlow: false };
}

function* between(from: number, to: number): Generator<number> {
  for (let at = from; at <= to; at++) yield at;
}

// Around the headers of the first and last frames, and anywhere.
function chosen(length: number, marks: readonly number[], random: Random): Set<number> {
  const places = new Set<number>();
  const few = length > EVERY_BYTE_TO ? 3 : 10;
  for (const mark of [...marks.slice(0, few), ...marks.slice(-few)]) {
    for (const offset of [-1, 0, 1, 2]) places.add(mark + offset);
  }
  for (let i = 0; i < few; i++) places.add(random.between(1, length - 1));
  return new Set([...places].filter((place) => place > 0 && place < length));
}
