import type { DeflateDirection } from './agreement.js';
import { endsWithTail } from './deflater.js';
import { CompressClosedError, CompressOptionError, InflateError } from './errors.js';
import { InflatingMessage, TAIL_ROOM } from './inflating-message.js';
import { type InflatedStream, inflateStream, ownBytes } from './raw-stream.js';
import { SlidingWindow } from './window.js';

const NOTHING = new Uint8Array(0);

/**
 * What is put behind a payload: the `00 00 ff ff` of RFC 7692 §7.2.2, and an empty stored block with BFINAL. A payload
 * that is complete leaves zlib between two blocks, so the final block ends the stream exactly at the end; one that was
 * cut off leaves it within a block, and zlib reports the fault or the missing end.
 */
const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

/**
 * The one cut that `TAIL` cannot show is within a stored block with exactly four bytes missing: they are made up from
 * it. In place of nothing this puts one byte into the block that the payload has opened; where the first four bytes are
 * taken for data instead, that byte is a block header of the type that does not exist (RFC 1951 §3.2.3).
 */
const PROBE: Uint8Array = Uint8Array.of(0x01, 0x00, 0xfe, 0xff, 0x07, 0x01, 0x00, 0x00, 0xff, 0xff);

/** How often DEFLATE may start anew in one message: each time costs a fixed amount for as little as two bytes. */
const MAX_RESTARTS = 1024;

/**
 * Decompresses the messages that one end of a connection receives (RFC 7692 §7.2.2), each up to a limit at which it
 * stops. Synchronous; never writes to what it is given; every result is the caller's to keep. It holds no zlib state
 * between calls: with context takeover the window, without it nothing.
 *
 * A payload must be complete: after its last block comes the first byte of an empty stored block, or nothing if that
 * block had BFINAL. What follows a block with BFINAL starts DEFLATE anew (RFC 7692 §7.2.3.4).
 */
export class Inflater {
  readonly #windowBits: number;
  readonly #window: SlidingWindow | undefined;
  #closed = false;

  /** @param direction `inbound` of the agreement. */
  constructor(direction: DeflateDirection) {
    this.#windowBits = direction.windowBits;
    this.#window = direction.contextTakeover ? new SlidingWindow(direction.windowBits) : undefined;
  }

  /**
   * The message that a payload holds.
   * @param payload application data of all frames of the message.
   * @param limit the most bytes that the message may have, 0 or more; above 2^31 − 1 the same as that.
   * @throws {InflateError} `INFLATE_LIMIT`, `INFLATE_CORRUPT` or `INFLATE_FAILED`; with context takeover the connection
   *   cannot go on after it. {CompressOptionError} for the limit. {CompressClosedError} after `close`.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array {
    checkLimit(limit);
    const room = new Uint8Array(payload.length + TAIL_ROOM);
    room.set(payload);
    return this.#run(room, payload.length, limit);
  }

  /**
   * A message whose payload comes in parts. Several may be on their way at once without context takeover only.
   * @param limit the most bytes that the message may have, 0 or more.
   * @throws {CompressOptionError} for the limit. {CompressClosedError} after `close`.
   */
  start(limit: number): InflatingMessage {
    checkLimit(limit);
    if (this.#closed) throw new CompressClosedError('Inflater');
    return new InflatingMessage(limit, (room, length) => this.#run(room, length, limit));
  }

  /** Gives all memory back; messages under way cannot be finished. May be called again. */
  close(): void {
    this.#closed = true;
    this.#window?.clear();
  }

  #run(room: Uint8Array, length: number, limit: number): Uint8Array {
    if (this.#closed) throw new CompressClosedError('Inflater');
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

function join(outputs: readonly Uint8Array[], total: number): Uint8Array {
  const joined = new Uint8Array(total);
  let position = 0;
  for (const output of outputs) {
    joined.set(output, position);
    position += output.length;
  }
  return joined;
}

function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new CompressOptionError('INVALID_LIMIT', 'limit', limit, 'an integer of 0 or more');
  }
}
