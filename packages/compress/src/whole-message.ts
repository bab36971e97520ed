import type { ContextSource, DrivenMessage } from './driven-message.js';
import { CompressClosedError } from './errors.js';
import { SCRATCH_LENGTH } from './scratch.js';

/** The work of one step, in the units of `ContextSource.work`; it takes a millisecond or two. */
const STEP_WORK = 512 << 10;
/** Bytes that one step copies; that takes as long as `STEP_WORK`. */
const STEP_JOINED = 2 << 20;

/** A message whose payload is complete, and that takes more than one step to inflate; `Inflater.begin` makes it. */
export interface PartlyInflated {
  /**
   * Inflates for a millisecond or two. Returns the message when it is complete, and undefined before.
   * @throws {InflateError} as `Inflater.inflate`: the message has then ended. {CompressClosedError} after its end.
   */
  step(): Uint8Array | undefined;
  /**
   * Gives up the message and frees its memory. With context takeover no message can follow. May be called again, and
   * after the end.
   */
  cancel(): void;
}

/** First inflates a message part by part, then copies the parts into one array; both take several steps. */
export class WholeMessage implements PartlyInflated {
  readonly #message: DrivenMessage;
  readonly #source: ContextSource;
  // The output so far. While it is joined, the parts that are not copied yet, the last one first.
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #joined: Uint8Array | undefined;
  #at = 0;
  #isOver = false;

  /** @param first, second the two parts that were pulled from `message` before. */
  constructor(message: DrivenMessage, source: ContextSource, first: Uint8Array, second: Uint8Array) {
    this.#message = message;
    this.#source = source;
    this.#add(first);
    this.#add(second);
  }

  step(): Uint8Array | undefined {
    if (this.#isOver) throw new CompressClosedError('PartlyInflated');
    if (this.#joined !== undefined) return this.#join(this.#joined);
    const end = this.#source.work + STEP_WORK;
    while (this.#source.work < end) {
      const part = this.#message.pull(SCRATCH_LENGTH);
      if (part !== undefined) {
        this.#add(part);
        continue;
      }
      this.#joined = new Uint8Array(this.#length);
      this.#parts.reverse();
      return this.#join(this.#joined);
    }
    return undefined;
  }

  cancel(): void {
    this.#isOver = true;
    this.#message.cancel();
    this.#joined = undefined;
    this.#parts.length = 0;
  }

  #add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  // Copies as much as one step may, and releases the copied parts. Copying all of a large message at once would take
  // long.
  #join(joined: Uint8Array): Uint8Array | undefined {
    const stop = this.#at + STEP_JOINED;
    while (this.#at < stop) {
      const part = this.#parts.pop();
      if (part === undefined) {
        this.#isOver = true;
        return joined;
      }
      joined.set(part, this.#at);
      this.#at += part.length;
    }
    this.#source.work += STEP_WORK;
    return undefined;
  }
}
