import { CompressClosedError, InflateError } from './errors.js';

/** Bytes left free behind the payload for what `Inflater` puts there. */
export const TAIL_ROOM = 16;

/** No sensible sender needs more than this many bytes for each byte of the message, and some to start with. */
const INPUT_FACTOR = 2;
const INPUT_ALLOWANCE = 65_536;
const FIRST_ROOM = 512;

/**
 * Inflates what was collected.
 * @param room the payload, followed by at least `TAIL_ROOM` bytes that may be written to.
 */
export type FinishInflating = (room: Uint8Array, length: number) => Uint8Array;

/**
 * A compressed message on its way in, part by part, as its fragments arrive; made by `Inflater.start`. The parts are
 * copied together, so that neither their number nor the chunks they lie in cost memory.
 */
export class InflatingMessage {
  readonly #inputLimit: number;
  #finish: FinishInflating | undefined;
  #room = new Uint8Array(0);
  #length = 0;

  /** For `Inflater` only. */
  constructor(limit: number, finish: FinishInflating) {
    this.#inputLimit = limit * INPUT_FACTOR + INPUT_ALLOWANCE;
    this.#finish = finish;
  }

  /** Bytes of payload so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds the next part of the payload. It is copied.
   * @throws {InflateError} `INFLATE_LIMIT` once there are more bytes than a message within the limit can need: twice
   *   the limit and 64 KiB. The message has then ended. {CompressClosedError} after its end.
   */
  push(part: Uint8Array): void {
    if (this.#finish === undefined) throw new CompressClosedError('InflatingMessage');
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

  /**
   * The message, now that its final part was added; the caller's to keep.
   * @throws {InflateError} as `Inflater.inflate`, {CompressClosedError} after its end.
   */
  finish(): Uint8Array {
    const finish = this.#finish;
    if (finish === undefined) throw new CompressClosedError('InflatingMessage');
    const room = this.#room.length > 0 ? this.#room : new Uint8Array(TAIL_ROOM);
    const length = this.#length;
    this.cancel();
    return finish(room, length);
  }

  /** Ends the message without a result and gives its memory back. May be called again. */
  cancel(): void {
    this.#finish = undefined;
    this.#room = new Uint8Array(0);
    this.#length = 0;
  }
}
