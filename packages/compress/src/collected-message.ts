import { CompressClosedError, InflateError } from './errors.js';
import type { InflatingMessage } from './inflating-message.js';

/** Bytes that are kept free behind the payload, for the DEFLATE blocks that are appended before it is inflated. */
export const TAIL_ROOM = 16;

/**
 * No sensible sender needs more than `INPUT_FACTOR` compressed bytes for each byte of the message, plus
 * `INPUT_ALLOWANCE`.
 */
const INPUT_FACTOR = 2;
const INPUT_ALLOWANCE = 65_536;
const FIRST_ROOM = 512;

/**
 * Inflates a collected payload of `length` bytes.
 * @param room the payload, followed by at least `TAIL_ROOM` bytes that may be written to.
 */
export type FinishInflating = (room: Uint8Array, length: number) => Uint8Array;

/**
 * A message that is inflated once all of its payload has arrived, for run-times whose zlib contexts cannot be driven.
 *
 * - The parts are copied into one array, so that neither their number nor the chunks that hold them cost memory.
 * - The payload is bounded by the limit of the message: see `INPUT_FACTOR`.
 */
export class CollectedMessage implements InflatingMessage {
  readonly #inputLimit: number;
  #finish: FinishInflating | undefined;
  #room: Uint8Array = new Uint8Array(TAIL_ROOM);
  #length = 0;
  #isEnding = false;
  #message: Uint8Array | undefined;
  #at = 0;
  isDone = false;

  /** Called by `Inflater` alone. */
  constructor(limit: number, finish: FinishInflating) {
    this.#inputLimit = limit * INPUT_FACTOR + INPUT_ALLOWANCE;
    this.#finish = finish;
  }

  push(part: Uint8Array): void {
    if (this.#finish === undefined) throw closed();
    const length = this.#length + part.length;
    if (length > this.#inputLimit) {
      this.cancel();
      throw new InflateError('INFLATE_LIMIT');
    }
    if (length + TAIL_ROOM > this.#room.length) {
      const grown = new Uint8Array(Math.max(length + TAIL_ROOM, 2 * this.#room.length, FIRST_ROOM));
      grown.set(this.#room.subarray(0, this.#length));
      this.#room = grown;
    }
    this.#room.set(part, this.#length);
    this.#length = length;
  }

  end(): void {
    if (this.#finish === undefined) throw closed();
    this.#isEnding = true;
  }

  pull(most: number): Uint8Array | undefined {
    if (this.isDone) return undefined;
    if (this.#message === undefined) {
      const finish = this.#finish;
      if (finish === undefined) throw closed();
      if (!this.#isEnding) return undefined;
      const [room, length] = [this.#room, this.#length];
      this.cancel();
      this.#message = finish(room, length);
    }
    const part = this.#message.slice(this.#at, this.#at + most);
    this.#at += part.length;
    this.isDone = this.#at === this.#message.length;
    if (this.isDone) this.#message = undefined;
    return part.length > 0 ? part : undefined;
  }

  cancel(): void {
    this.#finish = undefined;
    this.#room = new Uint8Array(0);
    this.#length = 0;
  }
}

function closed(): CompressClosedError {
  return new CompressClosedError('InflatingMessage');
}
