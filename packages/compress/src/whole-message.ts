import type { ContextSource, DrivenMessage } from './driven-message.js';
import { CompressClosedError } from './errors.js';
import { SCRATCH_LENGTH } from './scratch.js';

/** What one step may cost, as `ContextSource.work` counts it: a millisecond or two. */
const STEP_WORK = 512 << 10;
/** Bytes that are copied together in one step: as much work as `STEP_WORK`. */
const STEP_JOINED = 2 << 20;

/** A message of which all has come, and that takes more than one step to inflate; made by `Inflater.begin`. */
export interface PartlyInflated {
  /**
   * Goes on for a millisecond or two. The message, once; nothing as long as there is more to do.
   * @throws {InflateError} as `Inflater.inflate`: the message has then ended. {CompressClosedError} after its end.
   */
  step(): Uint8Array | undefined;
  /** Gives it up, and its memory back. With context takeover no message can follow. May be called again, and after the end. */
  cancel(): void;
}

/** One whose payload has been pushed and ended. */
export class WholeMessage implements PartlyInflated {
  readonly #message: DrivenMessage;
  readonly #source: ContextSource;
  // What is put out, and then what of it is not copied yet.
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #joined: Uint8Array | undefined;
  #at = 0;
  #isOver = false;

  /** @param first, second what has been pulled already. */
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

  // Copies what one step may, and lets go what is copied: of a large message this takes as long as a part of inflating it.
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
