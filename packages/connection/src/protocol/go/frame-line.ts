import { Opcode } from '@webson/frame';
import type { Lost } from '../contract/frame-queue.js';

const FIN = 0x80;
const OPCODE = 0x0f;

/** The references to frames that have left are dropped when there are at least this many. */
const TRIMMED_FROM = 64;

/**
 * The frames that wait, in the order in which they are to leave.
 *
 * Invariants:
 * - A Close leaves after all other frames (RFC 6455 §5.5.1). `drop` keeps it.
 * - Frames that have left are kept in memory only as long as they are fewer than 64, or than those that wait.
 */
export class FrameLine {
  #frames: Uint8Array[] = [];
  // The index of the next frame. The frames before it have left.
  #at = 0;
  #close: Uint8Array | undefined;
  #hasClosed = false;
  #length = 0;
  #total = 0;
  #left = 0;

  /** The bytes of the frames in the line, including a Close. */
  get length(): number {
    return this.#length;
  }

  /** The bytes of all frames that were ever added, without a Close. */
  get total(): number {
    return this.#total;
  }

  /** The bytes of the frames that have left, without a Close. */
  get left(): number {
    return this.#left;
  }

  /** The number of frames in the line, without a Close. */
  get size(): number {
    return this.#frames.length - this.#at;
  }

  /** The number of messages whose last frame is in the line. */
  get messages(): number {
    return countMessages(this.#frames.slice(this.#at));
  }

  /** True once the Close has left. */
  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  add(frame: Uint8Array): void {
    this.#length += frame.length;
    this.#total += frame.length;
    this.#frames.push(frame);
  }

  addClose(frame: Uint8Array): void {
    this.#length += frame.length;
    this.#close = frame;
  }

  /** Returns the next frame and leaves it in the line. */
  peek(): Uint8Array | undefined {
    return this.#frames[this.#at] ?? this.#close;
  }

  /** Takes the next frame out of the line. */
  next(): Uint8Array | undefined {
    const frame = this.peek();
    if (frame === undefined) return undefined;
    this.#length -= frame.length;
    if (this.#at === this.#frames.length) {
      this.#close = undefined;
      this.#hasClosed = true;
      return frame;
    }
    this.#left += frame.length;
    this.#at++;
    if (this.#at === this.#frames.length) {
      this.#forget();
    } else if (this.#at >= TRIMMED_FROM && this.#at * 2 >= this.#frames.length) {
      // A line that never becomes empty must not keep the frames that have left.
      this.#frames = this.#frames.slice(this.#at);
      this.#at = 0;
    }
    return frame;
  }

  /** Drops all frames except a Close, and returns how much that was. */
  drop(): Lost {
    const frames = this.#frames.slice(this.#at);
    const lost = { messages: countMessages(frames), bytes: lengthOf(frames) };
    this.#length -= lost.bytes;
    this.#forget();
    return lost;
  }

  /** Drops all frames. */
  clear(): void {
    this.drop();
    this.#close = undefined;
    this.#length = 0;
  }

  #forget(): void {
    this.#frames = [];
    this.#at = 0;
  }
}

export function opcodeOf([first = 0]: Uint8Array): number {
  return first & OPCODE;
}

/** Returns how many messages end in one of the frames. */
export function countMessages(frames: readonly Uint8Array[]): number {
  return frames.filter((frame) => ((frame[0] ?? 0) & FIN) !== 0 && opcodeOf(frame) < Opcode.Close).length;
}

/** Returns the total length in bytes. */
export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
