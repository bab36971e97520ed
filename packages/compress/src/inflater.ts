import type { DeflateDirection } from './agreement.js';
import { CollectedMessage, TAIL_ROOM } from './collected-message.js';
import { type ContextSource, DrivenMessage, MAX_RESTARTS } from './driven-message.js';
import { isDrivable } from './driven-zlib.js';
import { CompressClosedError, CompressOptionError, InflateError } from './errors.js';
import { giveInflate, type InflateContext, inflateContextBytes, openInflate, takeInflate } from './inflate-context.js';
import type { InflatingMessage } from './inflating-message.js';
import { type ContextHolder, keptContexts } from './kept-contexts.js';
import { endsWithTail, type InflatedStream, inflateStream, join, ownBytes } from './raw-stream.js';
import { SCRATCH_LENGTH } from './scratch.js';
import { type PartlyInflated, WholeMessage } from './whole-message.js';
import { SlidingWindow } from './window.js';

const NOTHING = new Uint8Array(0);
/** The largest message that is inflated; every supported version of Node allows an array of this size. */
const LONGEST = 0x7fff_ffff;

/**
 * The bytes that are appended to a payload that is inflated as a whole: the `00 00 ff ff` of RFC 7692 §7.2.2, and an
 * empty stored block with BFINAL. A complete payload leaves zlib between two blocks, so that the final block ends the
 * stream exactly at its last byte. A truncated payload leaves zlib within a block, and it reports an error or a missing
 * end.
 */
const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

/**
 * The only truncation that `TAIL` does not show is a stored block that lacks exactly four bytes: the first four bytes
 * of `TAIL` then complete it. `PROBE` puts one byte into the stored block that a complete payload has opened, which
 * adds one byte of output. If its first four bytes are taken for data instead, the next byte is a block header of a
 * type that does not exist (RFC 1951 §3.2.3), and zlib fails.
 */
const PROBE: Uint8Array = Uint8Array.of(0x01, 0x00, 0xfe, 0xff, 0x07, 0x01, 0x00, 0x00, 0xff, 0xff);

/**
 * Decompresses the messages that one end of a connection receives (RFC 7692 §7.2.2), synchronously.
 *
 * - No message yields more than its limit.
 * - The given bytes are never written to, and the caller owns every result.
 * - A payload must be complete: its last block is followed by the first byte of an empty stored block, or by nothing if
 *   the block has BFINAL. Bytes behind a block with BFINAL start a new DEFLATE stream (RFC 7692 §7.2.3.4).
 * - With context takeover an `Inflater` holds the window between messages, and a zlib context as long as the process
 *   has room for it (see `KeptContexts`); then only one message at a time is under way. Without context takeover it
 *   holds nothing.
 */
export class Inflater implements ContextHolder {
  readonly #windowBits: number;
  readonly #window: SlidingWindow | undefined;
  readonly #source: ContextSource;
  // The zlib context of the message before, kept for the next one.
  #context: InflateContext | undefined;
  #isRetired = false;
  #isClosed = false;

  /** @param direction `inbound` of the agreement. */
  constructor({ contextTakeover, windowBits }: DeflateDirection) {
    this.#windowBits = windowBits;
    this.#window = contextTakeover ? new SlidingWindow(windowBits) : undefined;
    this.#source = {
      work: 0,
      open: () => this.#takeContext(),
      onOutput: (bytes) => this.#window?.append(bytes),
      giveBack: (context) => this.#giveContext(context),
      discard: (context) => giveInflate(this.#windowBits, context),
    };
  }

  /** About how many bytes of memory a message under way takes. */
  get contextBytes(): number {
    return inflateContextBytes(this.#windowBits);
  }

  /**
   * The work of inflating so far, in units of one byte of output; input and the start of a message count as so many
   * bytes more. It only grows, so that its increase can be counted against a budget of time.
   */
  get work(): number {
    return this.#source.work;
  }

  /**
   * Inflates the payload of a message.
   * @param payload the application data of all frames of the message.
   * @param limit the most bytes that the message may have, 0 or more; a limit above 2^31 − 1 counts as that.
   * @throws {InflateError} `INFLATE_LIMIT`, `INFLATE_CORRUPT` or `INFLATE_FAILED`; with context takeover the connection
   *   cannot go on after it. {CompressOptionError} for the limit. {CompressClosedError} after `close`.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array {
    const begun = this.begin(payload, limit);
    if (begun instanceof Uint8Array) return begun;
    for (;;) {
      const message = begun.step();
      if (message !== undefined) return message;
    }
  }

  /**
   * Inflates the payload of a message for a few milliseconds at most. If that is not enough, the result is to be
   * stepped until it returns the message; its payload must not change until then, and with context takeover no other
   * message may be under way. Where zlib cannot be driven, the message is inflated at once, whatever its size.
   * @throws as `inflate`.
   */
  begin(payload: Uint8Array, limit: number): Uint8Array | PartlyInflated {
    this.#check(limit);
    if (!isDrivable()) {
      const room = new Uint8Array(payload.length + TAIL_ROOM);
      room.set(payload);
      return this.#inflateWhole(room, payload.length, limit);
    }
    const message = new DrivenMessage(Math.min(limit, LONGEST), this.#source);
    message.push(payload);
    message.end();
    const first = message.pull(SCRATCH_LENGTH) ?? NOTHING;
    if (message.isDone) return ownEmpty(first);
    const second = message.pull(SCRATCH_LENGTH);
    if (second === undefined) return ownEmpty(first);
    const whole = new WholeMessage(message, this.#source, first, second);
    return whole.step() ?? whole;
  }

  /**
   * Starts a message whose payload arrives in parts. Without context takeover several may be under way at once. Where
   * zlib cannot be driven, the parts are collected, up to twice the limit plus 64 KiB, and inflated together.
   * @param limit the most bytes that the message may have, 0 or more.
   * @throws {CompressOptionError} for the limit. {CompressClosedError} after `close`. {InflateError} if zlib fails.
   */
  start(limit: number): InflatingMessage {
    this.#check(limit);
    if (!isDrivable()) return new CollectedMessage(limit, (room, length) => this.#inflateWhole(room, length, limit));
    return new DrivenMessage(limit, this.#source);
  }

  /** Keeps no zlib context between messages from now on. Further messages may be inflated, but few are expected. */
  retire(): void {
    this.#isRetired = true;
    keptContexts.take(this);
    this.releaseContext();
  }

  /** Frees all memory, except that of messages under way, which lasts until their end. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.retire();
  }

  /** Called by `KeptContexts` alone. */
  releaseContext(): void {
    const context = this.#context;
    this.#context = undefined;
    if (context !== undefined) giveInflate(this.#windowBits, context);
  }

  #check(limit: number): void {
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw new CompressOptionError('INVALID_LIMIT', 'limit', limit, 'an integer of 0 or more');
    }
    if (this.#isClosed) throw new CompressClosedError('Inflater');
  }

  #takeContext(): InflateContext {
    if (this.#window === undefined) return takeInflate(this.#windowBits);
    const kept = this.#context;
    if (kept === undefined) return openInflate(this.#windowBits, this.#window.bytes);
    this.#context = undefined;
    keptContexts.take(this);
    return kept;
  }

  #giveContext(context: InflateContext): void {
    if (this.#window === undefined || this.#isRetired) {
      giveInflate(this.#windowBits, context);
      return;
    }
    this.#context = context;
    keptContexts.keep(this, inflateContextBytes(this.#windowBits));
  }

  // Uses the documented calls of Node, which inflate a whole stream at a time.
  #inflateWhole(room: Uint8Array, length: number, limit: number): Uint8Array {
    const outputs: Uint8Array[] = [];
    let start = 0;
    let total = 0;
    for (let restarts = 0; ; restarts++) {
      if (restarts > MAX_RESTARTS) throw new InflateError('INFLATE_CORRUPT');
      const { output, consumed } = this.#stream(room, start, length, TAIL, limit - total);
      start += consumed;
      if (start > length) this.#checkEnd(room, start - consumed, length, { output, consumed });
      this.#window?.append(output);
      outputs.push(output);
      total += output.length;
      // RFC 7692 §7.2.3.4 has senders add a byte behind a block with BFINAL. A payload that ends without it is
      // accepted.
      if (start >= length) break;
    }
    return outputs.length === 1 ? ownBytes(outputs[0] ?? NOTHING) : join(outputs, total);
  }

  #stream(room: Uint8Array, start: number, length: number, tail: Uint8Array, limit: number): InflatedStream {
    room.set(tail, length);
    return inflateStream(room.subarray(start, length + tail.length), {
      windowBits: this.#windowBits,
      limit,
      dictionary: this.#window?.bytes ?? NOTHING,
    });
  }

  /** Makes sure that a stream that ended within the tail did not take the tail for its own data. */
  #checkEnd(room: Uint8Array, start: number, length: number, stream: InflatedStream): void {
    if (start + stream.consumed !== length + TAIL.length) throw new InflateError('INFLATE_CORRUPT');
    if (!endsWithTail(stream.output)) return;
    const probed = this.#stream(room, start, length, PROBE, stream.output.length + 1);
    if (probed.output.length !== stream.output.length + 1) throw new InflateError('INFLATE_CORRUPT');
  }
}

// The caller may transfer the buffer of a result, so even an empty result must not be shared.
function ownEmpty(bytes: Uint8Array): Uint8Array {
  return bytes.length > 0 ? bytes : new Uint8Array(0);
}
