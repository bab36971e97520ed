import type { DeflateDirection } from './agreement.js';
import {
  type DeflateContext,
  type DeflateSettings,
  deflateContextBytes,
  giveDeflate,
  openDeflate,
  takeDeflate,
  zlibOptions,
} from './deflate-context.js';
import { DeflatingMessage } from './deflating-message.js';
import { CompressClosedError, DeflateError } from './errors.js';
import { type ContextHolder, keptContexts } from './kept-contexts.js';
import type { ResolvedCompressOptions } from './options.js';
import { endsWithTail, ownBytes } from './raw-stream.js';
import { threadJobs } from './thread-jobs.js';
import { deflateInThread } from './thread-stream.js';
import { SlidingWindow } from './window.js';

const NOTHING = new Uint8Array(0);
const TAIL_LENGTH = 4;
/**
 * What is remembered of the messages of a connection whose zlib context is gone, as a power of two. A sender need not
 * refer to all that it might (RFC 7692 §7.1.2.2); to remember more would take as long again for every 8 KiB.
 */
const REMEMBERED_BITS = 13;

/**
 * Compresses the messages that one end of a connection sends (RFC 7692 §7.2.1). Never writes to what it is given; every
 * result is the caller's to keep. Between messages it holds the window, and a zlib context as long as there is room for
 * it (see `KeptContexts`); without context takeover nothing.
 */
export class Deflater implements ContextHolder {
  readonly #options: ResolvedCompressOptions;
  readonly #settings: DeflateSettings;
  readonly #window: SlidingWindow | undefined;
  // Kept from the message before.
  #context: DeflateContext | undefined;
  #isBusy = false;
  #isClosed = false;

  /** @param direction `outbound` of the agreement. */
  constructor({ contextTakeover, windowBits }: DeflateDirection, options: ResolvedCompressOptions) {
    this.#options = options;
    this.#settings = { level: options.level, memLevel: options.memLevel, windowBits };
    this.#window = contextTakeover ? new SlidingWindow(Math.min(windowBits, REMEMBERED_BITS)) : undefined;
  }

  /** True for a message that is better deflated by `tryDeflateLater`: of `threadFrom` bytes or more. */
  isLarge(message: Uint8Array): boolean {
    return message.length >= this.#options.threadFrom && message.length >= this.#options.threshold;
  }

  /**
   * The payload of a message, to be sent with RSV1 on its first frame. At least one byte: `00` for an empty message.
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close` or while another message is under way.
   */
  deflate(message: Uint8Array): Uint8Array {
    // RFC 7692 §7.2.3.6: the header of an empty stored block, whose other four bytes are the tail that is left out.
    if (message.length === 0) return this.#ready(new Uint8Array(1));
    return this.#run(message, Number.POSITIVE_INFINITY) ?? NOTHING;
  }

  /**
   * The payload of a message if it is worth sending compressed; `undefined` if it is shorter than `threshold` or does
   * not shrink: it is then to be sent plain, and later messages will not refer to it (RFC 7692 §7.2.1).
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close` or while another message is under way.
   */
  tryDeflate(message: Uint8Array): Uint8Array | undefined {
    if (message.length < this.#options.threshold || message.length === 0) return this.#ready(undefined);
    return this.#run(message, message.length - 1);
  }

  /**
   * As `tryDeflate`, in another thread: `done` is called in a later turn, with `undefined` also if zlib failed. The
   * message must not change until then. Of all connections' messages at most so many are under way as `threadJobs`
   * allows. With context takeover there may be no other message under way; after `close` `done` is not called.
   */
  tryDeflateLater(message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void {
    this.#ready(undefined);
    const window = this.#window;
    // What is kept would not know of the message: the window does.
    this.#forget();
    this.#isBusy = window !== undefined;
    const finish = (input: Uint8Array, output?: Uint8Array): void => {
      if (this.#isClosed) return;
      this.#isBusy = false;
      const isWorth = output !== undefined && output.length - TAIL_LENGTH < input.length && endsWithTail(output);
      if (isWorth) window?.append(input);
      done(isWorth ? ownBytes(output.subarray(0, output.length - TAIL_LENGTH)) : undefined);
    };
    threadJobs.run(this, (next) => {
      const options = zlibOptions(this.#settings, window?.bytes ?? NOTHING);
      deflateInThread(message, options, (copy, output) => {
        next();
        finish(copy, output);
      });
    });
  }

  /**
   * A message that is deflated piece by piece. Several may be under way without context takeover only; with it no other
   * method may be called before its end.
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close` or while another message is under way.
   */
  start(): DeflatingMessage {
    this.#ready(undefined);
    const context = this.#take();
    this.#isBusy = this.#window !== undefined;
    return new DeflatingMessage(
      context,
      (piece) => this.#window?.append(piece),
      (isWhole) => {
        this.#isBusy = false;
        if (isWhole && !this.#isClosed) {
          this.#give(context);
          return;
        }
        giveDeflate(this.#settings, context);
        // The other side will not get all of what is in the window. Nothing has to be referred to.
        this.#window?.clear();
      },
    );
  }

  /** Gives all memory back, but for what messages under way have until their end. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.#forget();
    threadJobs.drop(this);
    this.#window?.clear();
  }

  /** For `KeptContexts` alone. */
  releaseContext(): void {
    const context = this.#context;
    this.#context = undefined;
    if (context !== undefined) giveDeflate(this.#settings, context);
  }

  #ready<T>(value: T): T {
    if (this.#isClosed) throw new CompressClosedError('Deflater');
    if (this.#isBusy) throw new CompressClosedError('Deflater', 'while another message was under way');
    return value;
  }

  #run(message: Uint8Array, most: number): Uint8Array | undefined {
    this.#ready(undefined);
    const context = this.#take();
    let output: Uint8Array | undefined;
    try {
      output = context.deflate(message, most + TAIL_LENGTH);
      if (output !== undefined && !endsWithTail(output)) throw new DeflateError();
    } catch (error) {
      context.close();
      throw error;
    }
    if (output === undefined) {
      // It has seen what the other side will not: the next message begins with the window alone.
      giveDeflate(this.#settings, context);
      return undefined;
    }
    this.#window?.append(message);
    this.#give(context);
    return ownBytes(output.subarray(0, output.length - TAIL_LENGTH));
  }

  #take(): DeflateContext {
    if (this.#window === undefined) return takeDeflate(this.#settings);
    const kept = this.#context;
    if (kept === undefined) return openDeflate(this.#settings, this.#window.bytes);
    this.#context = undefined;
    keptContexts.take(this);
    return kept;
  }

  #give(context: DeflateContext): void {
    if (this.#window === undefined) {
      giveDeflate(this.#settings, context);
    } else if (context.isKeepable) {
      this.#context = context;
      keptContexts.keep(this, deflateContextBytes(this.#settings));
    } else {
      giveDeflate(this.#settings, context);
    }
  }

  #forget(): void {
    keptContexts.take(this);
    this.releaseContext();
  }
}
