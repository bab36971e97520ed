import { CompressClosedError, InflateError } from './errors.js';
import { type InflateContext, PayloadEnd } from './inflate-context.js';
import type { InflatingMessage } from './inflating-message.js';

const NOTHING = new Uint8Array(0);

/** How often DEFLATE may start anew in one message: each time costs a fixed amount for as little as two bytes. */
export const MAX_RESTARTS = 1024;

/** Where a message gets its zlib contexts from. */
export interface ContextSource {
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
    this.#context = source.open();
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

  #next(opened: InflateContext, most: number): Uint8Array | undefined {
    let context = opened;
    for (;;) {
      if (this.#at >= this.#input.length && !this.#isFull) {
        this.#input = NOTHING;
        if (this.#isEnding) this.#finish(context);
        return undefined;
      }
      // One byte over the limit is enough to know.
      const room = Math.min(most, this.#limit - this.#total + 1);
      const output = context.step(this.#input, this.#at, room);
      this.#at = this.#input.length - context.inputLeft;
      this.#isFull = context.isFull;
      this.#total += output.length;
      if (this.#total > this.#limit) throw new InflateError('INFLATE_LIMIT');
      this.#source.onOutput(output);
      // RFC 7692 §7.2.3.4: after BFINAL the rest starts DEFLATE anew.
      if (this.#at < this.#input.length && !this.#isFull) context = this.#restart(context);
      if (output.length > 0) return new Uint8Array(output);
    }
  }

  #restart(context: InflateContext): InflateContext {
    if (++this.#restarts > MAX_RESTARTS) throw new InflateError('INFLATE_CORRUPT');
    this.#context = undefined;
    this.#source.discard(context);
    this.#context = this.#source.open();
    return this.#context;
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
