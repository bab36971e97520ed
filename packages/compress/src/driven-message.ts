import { CompressClosedError, InflateError } from './errors.js';
import { type InflateContext, PayloadEnd } from './inflate-context.js';
import type { InflatingMessage } from './inflating-message.js';

const NOTHING = new Uint8Array(0);

/** How often DEFLATE may start anew in one message: each time costs a fixed amount for as little as two bytes. */
export const MAX_RESTARTS = 1024;

/** Bytes of input that zlib is given at a time: it may work through them without putting anything out. */
const INPUT_STEP = 32 * 1024;

/**
 * What inflating costs, in bytes put out that take as long. One byte of input costs up to so many (blocks that hold nothing
 * but their Huffman codes: 80 ns a byte), and so does the beginning of a message, or DEFLATE that starts anew in it.
 */
const WORK_OF_INPUT = 16;
const WORK_OF_START = 2048;

/** Where a message gets its zlib contexts from. */
export interface ContextSource {
  /** All that inflating has cost so far, in bytes put out that take as long. */
  work: number;
  /** One for the beginning, or for what follows a block with BFINAL. @throws {InflateError} */
  open(): InflateContext;
  /** Bytes have been put out that what follows may refer to. */
  onOutput(bytes: Uint8Array): void;
  /** The message is over; the context may be used for the next. */
  giveBack(context: InflateContext): void;
  /** The message is over, or goes on in another context: this one has to be reset. */
  discard(context: InflateContext): void;
}

/** A message that is inflated by a zlib context of its own. */
export class DrivenMessage implements InflatingMessage {
  readonly #limit: number;
  readonly #source: ContextSource;
  #context: InflateContext | undefined;
  #input: Uint8Array = NOTHING;
  #at = 0;
  // zlib may hold more than it had room for.
  #isFull = false;
  #isEnding = false;
  #total = 0;
  #restarts = 0;
  isDone = false;

  constructor(limit: number, source: ContextSource) {
    this.#limit = limit;
    this.#source = source;
    this.#open();
  }

  push(part: Uint8Array): void {
    this.#assertOpen();
    this.#input = part;
    this.#at = 0;
  }

  end(): void {
    this.#assertOpen();
    this.#isEnding = true;
  }

  pull(most: number): Uint8Array | undefined {
    if (this.isDone) return undefined;
    try {
      return this.#next(this.#assertOpen(), most);
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  cancel(): void {
    const context = this.#context;
    if (context === undefined) return;
    this.#context = undefined;
    this.#input = NOTHING;
    this.#source.discard(context);
  }

  // One run of zlib at most, so that its time is bounded whatever comes.
  #next(context: InflateContext, most: number): Uint8Array | undefined {
    const start = this.#at;
    if (start >= this.#input.length && !this.#isFull) {
      this.#input = NOTHING;
      if (this.#isEnding) this.#finish(context);
      return undefined;
    }
    const stop = Math.min(this.#input.length, start + INPUT_STEP);
    // One byte over the limit is enough to know.
    const room = Math.min(most, this.#limit - this.#total + 1);
    const output = context.step(this.#input, start, stop, room);
    this.#at = stop - context.inputLeft;
    this.#isFull = context.isFull;
    this.#total += output.length;
    this.#source.work += output.length + WORK_OF_INPUT * (this.#at - start);
    if (this.#total > this.#limit) throw new InflateError('INFLATE_LIMIT');
    this.#source.onOutput(output);
    // RFC 7692 §7.2.3.4: after BFINAL the rest starts DEFLATE anew.
    if (this.#at < stop && !this.#isFull) this.#restart(context);
    return output.length > 0 ? new Uint8Array(output) : NOTHING;
  }

  #restart(context: InflateContext): void {
    if (++this.#restarts > MAX_RESTARTS) throw new InflateError('INFLATE_CORRUPT');
    this.#context = undefined;
    this.#source.discard(context);
    this.#open();
  }

  #open(): void {
    this.#source.work += WORK_OF_START;
    this.#context = this.#source.open();
  }

  #finish(context: InflateContext): void {
    const end = context.end();
    if (end === PayloadEnd.Cut) throw new InflateError('INFLATE_CORRUPT');
    this.isDone = true;
    this.#context = undefined;
    if (end === PayloadEnd.Complete) this.#source.giveBack(context);
    else this.#source.discard(context);
  }

  #assertOpen(): InflateContext {
    if (this.#context === undefined) throw new CompressClosedError('InflatingMessage');
    return this.#context;
  }
}
