import { Opcode } from '@webson/frame';
import type { Lost } from '../contract/frame-queue.js';

const FIN = 0x80;
const OPCODE = 0x0f;

/** Frames that have left, at least, before the line is cut short of them. */
const TRIMMED_FROM = 64;

/** Frames in the order they are to leave, a Close behind all others. */
export class FrameLine {
  #frames: Uint8Array[] = [];
  // Those before it have left.
  #at = 0;
  #close: Uint8Array | undefined;
  #hasClosed = false;
  #length = 0;
  #total = 0;
  #left = 0;

  /** Bytes of the frames in it. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of all that were ever in it, but a Close. */
  get total(): number {
    return this.#total;
  }

  /** Bytes of those that have left. */
  get left(): number {
    return this.#left;
  }

  /** How many there are, but for a Close. */
  get size(): number {
    return this.#frames.length - this.#at;
  }

  /** Messages whose last frame is in it. */
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

  /** The next frame, which stays in it. */
  peek(): Uint8Array | undefined {
    return this.#frames[this.#at] ?? this.#close;
  }

  /** Takes the next frame out. */
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
      // A line that is never empty must not keep what has left.
      this.#frames = this.#frames.slice(this.#at);
      this.#at = 0;
    }
    return frame;
  }

  /** Drops all but a Close, and tells what that was. */
  drop(): Lost {
    const frames = this.#frames.slice(this.#at);
    const lost = { messages: countMessages(frames), bytes: lengthOf(frames) };
    this.#length -= lost.bytes;
    this.#forget();
    return lost;
  }

  /** Drops everything. */
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

/** How many messages end in one of the frames. */
export function countMessages(frames: readonly Uint8Array[]): number {
  return frames.filter((frame) => ((frame[0] ?? 0) & FIN) !== 0 && opcodeOf(frame) < Opcode.Close).length;
}

/** Bytes of all of them. */
export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
