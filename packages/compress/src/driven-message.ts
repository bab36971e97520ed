import { CompressClosedError, InflateError } from './errors.js';
import { type InflateContext, PayloadEnd } from './inflate-context.js';
import type { InflatingMessage } from './inflating-message.js';

const NOTHING = new Uint8Array(0);

/**
 * How often a DEFLATE stream may start anew within one message. Each start has a fixed cost, for as little as two
 * bytes.
 */
export const MAX_RESTARTS = 1024;

/** Bytes of input that zlib is given at a time, because it may read all of them without producing any output. */
const INPUT_STEP = 32 * 1024;

/**
 * Work is counted in units of one byte of output. One byte of input costs up to `WORK_OF_INPUT` units (blocks that hold
 * only Huffman codes take 80 ns a byte). The start of a DEFLATE stream costs `WORK_OF_START` units.
 */
const WORK_OF_INPUT = 16;
const WORK_OF_START = 2048;

/** Lends zlib contexts to messages, and counts their work. */
export interface ContextSource {
  /** The work of all messages so far, in units of one byte of output. */
  work: number;
  /** Takes a context for the start of a message, or for the input behind a block with BFINAL. @throws {InflateError} */
  open(): InflateContext;
  /** Called with every output, to which later input may refer back. */
  onOutput(bytes: Uint8Array): void;
  /** Returns the context of a complete message, which the next message may continue. */
  giveBack(context: InflateContext): void;
  /** Returns a context that no message may continue: it has to be reset. */
  discard(context: InflateContext): void;
}

/**
 * A message that is inflated by a zlib context of its own.
 *
 * - A `pull` runs zlib at most once, on at most `INPUT_STEP` bytes, so that its time is bounded.
 * - The message never yields more than its limit.
 * - A block with BFINAL ends a DEFLATE stream; the bytes behind it start another one (RFC 7692 §7.2.3.4).
 */
export class DrivenMessage implements InflatingMessage {
  readonly #limit: number;
  readonly #source: ContextSource;
  #context: InflateContext | undefined;
  #input: Uint8Array = NOTHING;
  #at = 0;
  #mayHaveMoreOutput = false;
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

  #next(context: InflateContext, most: number): Uint8Array | undefined {
    const start = this.#at;
    if (start >= this.#input.length && !this.#mayHaveMoreOutput) {
      this.#input = NOTHING;
      if (this.#isEnding) this.#finish(context);
      return undefined;
    }
    const stop = Math.min(this.#input.length, start + INPUT_STEP);
    // Room for one byte above the limit, which shows that the message is too large.
    const room = Math.min(most, this.#limit - this.#total + 1);
    const output = context.step(this.#input, start, stop, room);
    this.#at = stop - context.inputLeft;
    this.#mayHaveMoreOutput = context.isFull;
    this.#total += output.length;
    this.#source.work += output.length + WORK_OF_INPUT * (this.#at - start);
    if (this.#total > this.#limit) throw new InflateError('INFLATE_LIMIT');
    this.#source.onOutput(output);
    // RFC 7692 §7.2.3.4: the bytes behind a block with BFINAL start a new DEFLATE stream.
    if (this.#at < stop && !this.#mayHaveMoreOutput) this.#restart(context);
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
