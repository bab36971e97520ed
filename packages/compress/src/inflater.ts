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
/** The longest that is asked of zlib: every supported Node allows an array of this size. */
const LONGEST = 0x7fff_ffff;

/**
 * What is put behind a payload that is inflated as a whole: the `00 00 ff ff` of RFC 7692 §7.2.2, and an empty stored
 * block with BFINAL. A payload that is complete leaves zlib between two blocks, so the final block ends the stream
 * exactly at the end; one that was cut off leaves it within a block, and zlib reports the fault or the missing end.
 */
const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

/**
 * The one cut that `TAIL` cannot show is within a stored block with exactly four bytes missing: they are made up from
 * it. In place of nothing this puts one byte into the block that the payload has opened; where the first four bytes are
 * taken for data instead, that byte is a block header of the type that does not exist (RFC 1951 §3.2.3).
 */
const PROBE: Uint8Array = Uint8Array.of(0x01, 0x00, 0xfe, 0xff, 0x07, 0x01, 0x00, 0x00, 0xff, 0xff);

/**
 * Decompresses the messages that one end of a connection receives (RFC 7692 §7.2.2), each up to a limit at which it
 * stops. Synchronous; never writes to what it is given; every result is the caller's to keep. Between messages it holds
 * the window, and a zlib context as long as there is room for it (see `KeptContexts`); without context takeover nothing.
 *
 * A payload must be complete: after its last block comes the first byte of an empty stored block, or nothing if that
 * block had BFINAL. What follows a block with BFINAL starts DEFLATE anew (RFC 7692 §7.2.3.4).
 */
export class Inflater implements ContextHolder {
  readonly #windowBits: number;
  readonly #window: SlidingWindow | undefined;
  readonly #source: ContextSource;
  // Kept from the message before.
  #context: InflateContext | undefined;
  #isRetired = false;
  #isClosed = false;

  /** @param direction `inbound` of the agreement. */
  constructor({ contextTakeover, windowBits }: DeflateDirection) {
    this.#windowBits = windowBits;
    this.#window = contextTakeover ? new SlidingWindow(windowBits) : undefined;
    this.#source = {
      work: 0,
      open: () => this.#take(),
      onOutput: (bytes) => this.#window?.append(bytes),
      giveBack: (context) => this.#give(context),
      discard: (context) => giveInflate(this.#windowBits, context),
    };
  }

  /** About as many bytes as a message takes that has begun and not ended. */
  get contextBytes(): number {
    return inflateContextBytes(this.#windowBits);
  }

  /**
   * What inflating has cost so far: the bytes it has put out, and what else takes time as so many bytes more. Grows with
   * each call; what it has grown by can be counted against a budget.
   */
  get work(): number {
    return this.#source.work;
  }

  /**
   * The message that a payload holds.
   * @param payload application data of all frames of the message.
   * @param limit the most bytes that the message may have, 0 or more; above 2^31 − 1 the same as that.
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
   * As `inflate`, but no longer than a few milliseconds: a message that takes longer is to be inflated step by step. Its
   * payload must not change until then, and with context takeover there may be no other message under way. Where zlib
   * cannot be driven the message is inflated at once, whatever its size.
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
   * A message whose payload comes in parts. Several may be on their way at once without context takeover only. Where
   * zlib cannot be driven the parts are collected, up to twice the limit and 64 KiB, and inflated together.
   * @param limit the most bytes that the message may have, 0 or more.
   * @throws {CompressOptionError} for the limit. {CompressClosedError} after `close`. {InflateError} if zlib fails.
   */
  start(limit: number): InflatingMessage {
    this.#check(limit);
    if (!isDrivable()) return new CollectedMessage(limit, (room, length) => this.#inflateWhole(room, length, limit));
    return new DrivenMessage(limit, this.#source);
  }

  /** Keeps no zlib context between messages from now on: there may be some more, and perhaps nobody reads them. */
  retire(): void {
    this.#isRetired = true;
    keptContexts.take(this);
    this.releaseContext();
  }

  /** Gives all memory back, but for what messages under way have until their end. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.retire();
  }

  /** For `KeptContexts` alone. */
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

  #take(): InflateContext {
    if (this.#window === undefined) return takeInflate(this.#windowBits);
    const kept = this.#context;
    if (kept === undefined) return openInflate(this.#windowBits, this.#window.bytes);
    this.#context = undefined;
    keptContexts.take(this);
    return kept;
  }

  #give(context: InflateContext): void {
    if (this.#window === undefined || this.#isRetired) {
      giveInflate(this.#windowBits, context);
      return;
    }
    this.#context = context;
    keptContexts.keep(this, inflateContextBytes(this.#windowBits));
  }

  // By the documented calls of Node, which take a stream as a whole.
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
      // RFC 7692 §7.2.3.4 adds a byte after BFINAL, so that the tail makes sense; without it the end is as certain.
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

  /** Makes sure that a stream which ended in the tail did not take the tail for something else. */
  #checkEnd(room: Uint8Array, start: number, length: number, stream: InflatedStream): void {
    if (start + stream.consumed !== length + TAIL.length) throw new InflateError('INFLATE_CORRUPT');
    if (!endsWithTail(stream.output)) return;
    const probed = this.#stream(room, start, length, PROBE, stream.output.length + 1);
    if (probed.output.length !== stream.output.length + 1) throw new InflateError('INFLATE_CORRUPT');
  }
}

// What is given away is of the caller alone, even without a byte: memory may be transferred.
function ownEmpty(bytes: Uint8Array): Uint8Array {
  return bytes.length > 0 ? bytes : new Uint8Array(0);
}
