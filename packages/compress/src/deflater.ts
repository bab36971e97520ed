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
 * The size, as a power of two, of the window that is kept for a connection whose zlib context was released. A sender
 * need not use its whole window (RFC 7692 §7.1.2.2), and a new context takes time for every byte of the window that it
 * reads.
 */
const REMEMBERED_BITS = 13;

/**
 * Compresses the messages that one end of a connection sends (RFC 7692 §7.2.1).
 *
 * - The given bytes are never written to, and the caller owns every result.
 * - With context takeover a `Deflater` holds the window between messages, and a zlib context as long as the process has
 *   room for it (see `KeptContexts`); then only one message at a time is under way. Without context takeover it holds
 *   nothing.
 * - The window holds only messages that the peer gets compressed: a message that is sent uncompressed is not added to
 *   it, and a message that is given up empties it (RFC 7692 §7.2.1).
 */
export class Deflater implements ContextHolder {
  readonly #options: ResolvedCompressOptions;
  readonly #settings: DeflateSettings;
  readonly #window: SlidingWindow | undefined;
  // The zlib context of the message before, kept for the next one.
  #context: DeflateContext | undefined;
  #isBusy = false;
  #isClosed = false;

  /** @param direction `outbound` of the agreement. */
  constructor({ contextTakeover, windowBits }: DeflateDirection, options: ResolvedCompressOptions) {
    this.#options = options;
    this.#settings = { level: options.level, memLevel: options.memLevel, windowBits };
    this.#window = contextTakeover ? new SlidingWindow(Math.min(windowBits, REMEMBERED_BITS)) : undefined;
  }

  /** True for a message of `threadFrom` bytes or more, which `tryDeflateLater` should deflate. */
  isLarge(message: Uint8Array): boolean {
    return message.length >= this.#options.threadFrom && message.length >= this.#options.threshold;
  }

  /**
   * Deflates a message into a payload that is sent with RSV1 on its first frame: at least one byte, which is `00` for
   * an empty message.
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close` or while another message is under way.
   */
  deflate(message: Uint8Array): Uint8Array {
    // RFC 7692 §7.2.3.6: the header of an empty stored block; its other four bytes are the tail that is not sent.
    if (message.length === 0) return this.#whenReady(new Uint8Array(1));
    return this.#run(message, Number.POSITIVE_INFINITY) ?? NOTHING;
  }

  /**
   * Deflates a message if that is worthwhile. Returns `undefined` if it is shorter than `threshold` or does not shrink;
   * it must then be sent uncompressed, and later messages will not refer to it (RFC 7692 §7.2.1).
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close` or while another message is under way.
   */
  tryDeflate(message: Uint8Array): Uint8Array | undefined {
    if (message.length < this.#options.threshold || message.length === 0) return this.#whenReady(undefined);
    return this.#run(message, message.length - 1);
  }

  /**
   * Does what `tryDeflate` does in another thread. `done` is called in a later turn of the event loop, with `undefined`
   * also if zlib failed; it is not called after `close`. The message must not change until then. `threadJobs` bounds
   * how many messages of all connections are under way. With context takeover no other message may be under way.
   */
  tryDeflateLater(message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void {
    this.#whenReady(undefined);
    const window = this.#window;
    // The kept context will not see this message, which later ones may refer to. The window will.
    this.#dropContext();
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
   * Starts a message that is deflated piece by piece. Without context takeover several may be under way at once; with
   * it no other method but `close` may be called before the message has ended.
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close` or while another message is under way.
   */
  start(): DeflatingMessage {
    this.#whenReady(undefined);
    const context = this.#takeContext();
    this.#isBusy = this.#window !== undefined;
    return new DeflatingMessage(
      context,
      (piece) => this.#window?.append(piece),
      (isWhole) => {
        this.#isBusy = false;
        if (isWhole && !this.#isClosed) {
          this.#giveContext(context);
          return;
        }
        giveDeflate(this.#settings, context);
        // The window holds pieces that the peer may not get, so later messages must not refer to it.
        this.#window?.clear();
      },
    );
  }

  /** Frees all memory, except that of messages under way, which lasts until their end. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.#dropContext();
    threadJobs.drop(this);
    this.#window?.clear();
  }

  /** Called by `KeptContexts` alone. */
  releaseContext(): void {
    const context = this.#context;
    this.#context = undefined;
    if (context !== undefined) giveDeflate(this.#settings, context);
  }

  #whenReady<T>(value: T): T {
    if (this.#isClosed) throw new CompressClosedError('Deflater');
    if (this.#isBusy) throw new CompressClosedError('Deflater', 'while another message was under way');
    return value;
  }

  #run(message: Uint8Array, most: number): Uint8Array | undefined {
    this.#whenReady(undefined);
    const context = this.#takeContext();
    let output: Uint8Array | undefined;
    try {
      output = context.deflate(message, most + TAIL_LENGTH);
      if (output !== undefined && !endsWithTail(output)) throw new DeflateError();
    } catch (error) {
      context.close();
      throw error;
    }
    if (output === undefined) {
      // The context has seen a message that the peer will not get compressed. The next message starts from the window.
      giveDeflate(this.#settings, context);
      return undefined;
    }
    this.#window?.append(message);
    this.#giveContext(context);
    return ownBytes(output.subarray(0, output.length - TAIL_LENGTH));
  }

  #takeContext(): DeflateContext {
    if (this.#window === undefined) return takeDeflate(this.#settings);
    const kept = this.#context;
    if (kept === undefined) return openDeflate(this.#settings, this.#window.bytes);
    this.#context = undefined;
    keptContexts.take(this);
    return kept;
  }

  #giveContext(context: DeflateContext): void {
    if (this.#window === undefined) {
      giveDeflate(this.#settings, context);
    } else if (context.isKeepable) {
      this.#context = context;
      keptContexts.keep(this, deflateContextBytes(this.#settings));
    } else {
      giveDeflate(this.#settings, context);
    }
  }

  #dropContext(): void {
    keptContexts.take(this);
    this.releaseContext();
  }
}
