import type { DeflateDirection } from './agreement.js';
import { CompressClosedError, DeflateError } from './errors.js';
import { MIN_WINDOW_BITS, type ResolvedCompressOptions } from './options.js';
import { deflateStream, ownBytes } from './raw-stream.js';
import { SlidingWindow } from './window.js';

const NOTHING = new Uint8Array(0);
const TAIL_LENGTH = 4;

/**
 * Compresses the messages that one end of a connection sends (RFC 7692 §7.2.1). Synchronous; never writes to what it is
 * given; every result is the caller's to keep. It holds no zlib state between calls: with context takeover the window,
 * without it nothing.
 */
export class Deflater {
  readonly #direction: DeflateDirection;
  readonly #options: ResolvedCompressOptions;
  readonly #window: SlidingWindow | undefined;
  #closed = false;

  /** @param direction `outbound` of the agreement. */
  constructor(direction: DeflateDirection, options: ResolvedCompressOptions) {
    this.#direction = direction;
    this.#options = options;
    // By run lengths alone (see deflateStream) nothing before the message is of use.
    const remembers = direction.contextTakeover && direction.windowBits > MIN_WINDOW_BITS;
    this.#window = remembers ? new SlidingWindow(direction.windowBits) : undefined;
  }

  /**
   * The payload of a message, to be sent with RSV1 on its first frame. At least one byte: `00` for an empty message.
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close`.
   */
  deflate(message: Uint8Array): Uint8Array {
    return this.deflatePart(message, true);
  }

  /**
   * The payload of a message if it is worth sending compressed; `undefined` if it is shorter than `threshold` or does
   * not shrink: it is then to be sent plain, and later messages will not refer to it (RFC 7692 §7.2.1).
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close`.
   */
  tryDeflate(message: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    if (message.length < this.#options.threshold) return undefined;
    const payload = this.#run(message, true);
    if (payload.length >= message.length) return undefined;
    this.#window?.append(message);
    return payload;
  }

  /**
   * The payload of one part of a message whose end is not known yet: the payloads joined are that of the message. Parts
   * do not refer to each other unless context takeover is agreed. Parts of several messages may be mixed without
   * context takeover only.
   * @param last whether the message ends with this part, which may be empty.
   * @throws {DeflateError} if zlib fails, {CompressClosedError} after `close`.
   */
  deflatePart(part: Uint8Array, last: boolean): Uint8Array {
    this.#assertOpen();
    const payload = this.#run(part, last);
    this.#window?.append(part);
    return payload;
  }

  /** Gives all memory back. May be called again. */
  close(): void {
    this.#closed = true;
    this.#window?.clear();
  }

  #assertOpen(): void {
    if (this.#closed) throw new CompressClosedError('Deflater');
  }

  #run(part: Uint8Array, last: boolean): Uint8Array {
    // RFC 7692 §7.2.3.6: the header of an empty stored block, whose other four bytes are the tail that is left out.
    if (part.length === 0) return new Uint8Array(last ? 1 : 0);
    const { level, memLevel } = this.#options;
    const output = deflateStream(part, {
      level,
      memLevel,
      windowBits: this.#direction.windowBits,
      dictionary: this.#window?.bytes ?? NOTHING,
    });
    if (!last) return ownBytes(output);
    if (!endsWithTail(output)) throw new DeflateError();
    return ownBytes(output.subarray(0, output.length - TAIL_LENGTH));
  }
}

/** Whether bytes end with `00 00 ff ff`, the length fields of an empty stored block (RFC 7692 §7.2.1). */
export function endsWithTail(bytes: Uint8Array): boolean {
  const { length } = bytes;
  return bytes[length - 1] === 0xff && bytes[length - 2] === 0xff && bytes[length - 3] === 0 && bytes[length - 4] === 0;
}
