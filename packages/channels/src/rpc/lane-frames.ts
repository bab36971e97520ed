import { MAX_LENGTH } from './options.js';
import { RpcError } from './rpc-error.js';

/** A message: text or bytes. */
export type LaneMessage = string | Uint8Array;

/** Bytes before each message: a bit that is set for bytes, and 31 of the length, big-endian. */
const HEAD = 4;
/** Most UTF-8 bytes of a unit of UTF-16. */
const WIDEST = 3;
/** Units of text that are encoded in memory that is used again. */
const SHORT = 4096;
/** Bytes of that memory. */
const SCRATCH = 64 * 1024;

const NOTHING: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True for a text whose bytes need not be known before it is sent. */
export function isShort(message: LaneMessage): message is string {
  return typeof message === 'string' && message.length <= SHORT;
}

/** A message that is not short, as a frame. @throws RpcError `RPC_MESSAGE_TOO_LARGE` for more than `most` bytes. */
export function encodeLong(message: LaneMessage, most: number): Uint8Array {
  const isText = typeof message === 'string';
  // A text has no fewer bytes than units.
  const body = isText && message.length <= most ? encoder.encode(message) : message;
  if (typeof body === 'string' || body.length > most) throw tooLarge('this is', body.length, most);
  const frame = new Uint8Array(HEAD + body.length);
  new DataView(frame.buffer).setUint32(0, isText ? body.length : (body.length | ~MAX_LENGTH) >>> 0);
  frame.set(body, HEAD);
  return frame;
}

// Made when it is first used, for all lanes: a batch is put together in one go.
let scratch: Uint8Array = NOTHING;

/**
 * Puts the short texts together that stand in `queue` from `from` on, as many as there is room for: at least one, if there is one.
 *
 * @returns their frames, in memory of their own, and the index of the first message that is not among them.
 */
export function encodeShort(queue: readonly LaneMessage[], from: number): { bytes: Uint8Array; next: number } {
  if (scratch === NOTHING) scratch = new Uint8Array(SCRATCH);
  let length = 0;
  let next = from;
  for (; next < queue.length; next++) {
    const text = queue[next] as LaneMessage;
    if (!isShort(text) || length + HEAD + WIDEST * text.length > SCRATCH) break;
    const { written } = encoder.encodeInto(text, scratch.subarray(length + HEAD));
    // A short text has less than 64 KiB.
    scratch[length] = 0;
    scratch[length + 1] = 0;
    scratch[length + 2] = written >> 8;
    scratch[length + 3] = written;
    length += HEAD + written;
  }
  return { bytes: scratch.slice(0, length), next };
}

/**
 * Finds the messages in a stream of bytes.
 *
 * Invariants:
 * - It holds at most twice what has come of a message, whatever length the message claims.
 */
export class LaneParser {
  readonly #maxMessageSize: number;
  // What has come of a message that is not whole, in memory that grows.
  #memory: Uint8Array = NOTHING;
  #have = 0;

  constructor(maxMessageSize: number) {
    this.#maxMessageSize = maxMessageSize;
  }

  /** True between two messages. */
  get isWhole(): boolean {
    return this.#have === 0;
  }

  /**
   * Adds the messages that end in `piece` to `messages`. Their bytes are their own.
   *
   * @throws RpcError `RPC_MESSAGE_TOO_LARGE`, `RPC_MALFORMED` for text that is not UTF-8.
   */
  push(piece: Uint8Array, messages: LaneMessage[]): void {
    let bytes = piece;
    if (this.#have > 0) {
      const part = piece.subarray(0, this.#need() - this.#have);
      this.#keep(part);
      bytes = piece.subarray(part.length);
      if (this.#have < HEAD || this.#have < this.#need()) {
        if (bytes.length > 0) this.push(bytes, messages);
        return;
      }
      messages.push(this.#message(this.#memory, 0));
      this.#memory = NOTHING;
      this.#have = 0;
    }
    let at = 0;
    while (bytes.length - at >= HEAD) {
      const end = at + HEAD + this.#lengthAt(bytes, at);
      if (end > bytes.length) break;
      messages.push(this.#message(bytes, at));
      at = end;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  // Bytes of the message that is not whole, as far as is known.
  #need(): number {
    return this.#have < HEAD ? HEAD : HEAD + this.#lengthAt(this.#memory, 0);
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    const length =
      (((bytes[at] as number) & 0x7f) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    if (length <= this.#maxMessageSize) return length;
    throw tooLarge('the peer has sent', length, this.#maxMessageSize);
  }

  #message(bytes: Uint8Array, at: number): LaneMessage {
    const start = at + HEAD;
    const end = start + this.#lengthAt(bytes, at);
    if ((bytes[at] as number) > 0x7f) return new Uint8Array(bytes.subarray(start, end));
    try {
      return decoder.decode(bytes.subarray(start, end));
    } catch {
      throw new RpcError('RPC_MALFORMED', `the peer has sent a text of ${end - start} bytes that is not UTF-8`);
    }
  }

  #keep(part: Uint8Array): void {
    const length = this.#have + part.length;
    if (length > this.#memory.length) {
      const memory = new Uint8Array(Math.max(2 * this.#memory.length, length));
      memory.set(this.#memory.subarray(0, this.#have));
      this.#memory = memory;
    }
    this.#memory.set(part, this.#have);
    this.#have = length;
  }
}

function tooLarge(who: string, length: number, most: number): RpcError {
  return new RpcError('RPC_MESSAGE_TOO_LARGE', `${who} a message of ${length} bytes; maxMessageSize is ${most}`);
}
