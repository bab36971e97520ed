import type { Socket } from 'node:net';
import { type Conditions, type ConditionsChange, changed } from './conditions.js';

/** What is under way: bytes, or how the sending side ended. */
interface Parcel {
  readonly content: Uint8Array | 'end' | 'reset';
  /** When it arrives at the earliest, in ms of `performance.now`. */
  readonly due: number;
}

/** A throttled pipe passes on so many milliseconds' worth of bytes at a time. */
const PORTION = 20;

/**
 * One direction of a link: passes on what one socket reads to the other, under its {@link Conditions}.
 *
 * - The order of bytes is never changed, and none is made up.
 * - The end of the sending side follows its bytes: a FIN as a FIN, a reset as a reset.
 * - The end of the receiving side is not told to the sending one: that is for the pipe in the other direction.
 */
export class Pipe {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #random: () => number;
  readonly #onOver: () => void;
  #conditions: Conditions;
  #queue: Parcel[] = [];
  #queued = 0;
  #lastDue = 0;
  // When the rate lets the next byte pass.
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isHeld = false;
  #isSwallowing = false;
  #isTargetFull = false;
  #hasSourceEnded = false;
  #isOver = false;
  #passed = 0;
  #passedAt = performance.now();

  /**
   * @param random from 0 to below 1.
   * @param onOver called once, when nothing more will be passed on.
   */
  constructor(source: Socket, target: Socket, conditions: Conditions, random: () => number, onOver: () => void) {
    this.#source = source;
    this.#target = target;
    this.#conditions = conditions;
    this.#random = random;
    this.#onOver = onOver;
    source.on('data', (chunk: Uint8Array) => this.#take(chunk));
    source.on('end', () => this.#sourceEnded('end'));
    source.on('close', () => this.#sourceEnded('reset'));
    target.on('drain', () => {
      this.#isTargetFull = false;
      this.#pump();
    });
    // Nobody is left to pass anything on to.
    target.on('close', () => this.#drop());
  }

  /** Bytes that were passed on. */
  get passed(): number {
    return this.#passed;
  }

  /** When bytes were passed on last, or the pipe was made; in ms of `performance.now`. */
  get passedAt(): number {
    return this.#passedAt;
  }

  /** Nothing more will be passed on. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Changes the conditions, for what comes from now on; the rate and the size of pieces for what is under way, too. */
  set(change: ConditionsChange): void {
    this.#conditions = changed(this.#conditions, change);
    this.#pump();
  }

  /** Stops to pass on anything, without a word: the sending side runs into the end of its buffers. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Ends `hold`: everything goes on, nothing is lost. */
  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  /**
   * From now on takes everything and passes on nothing, not even an end: the sending side believes that all is well. There
   * is no way back, for bytes are missing.
   */
  swallow(): void {
    this.#isSwallowing = true;
    this.#drop();
  }

  #take(chunk: Uint8Array): void {
    if (this.#isSwallowing || this.#target.destroyed) return;
    this.#push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= this.#conditions.buffer) this.#source.pause();
    this.#pump();
  }

  #sourceEnded(how: 'end' | 'reset'): void {
    if (this.#hasSourceEnded) return;
    this.#hasSourceEnded = true;
    if (this.#isSwallowing || this.#target.destroyed) {
      this.#finish();
      return;
    }
    this.#push(how);
    this.#pump();
  }

  #push(content: Parcel['content']): void {
    const { delay, jitter } = this.#conditions;
    this.#lastDue = Math.max(this.#lastDue, performance.now() + delay + jitter * this.#random());
    this.#queue.push({ content, due: this.#lastDue });
  }

  #drop(): void {
    this.#queue = [];
    this.#queued = 0;
    clearTimeout(this.#timer);
    if (this.#hasSourceEnded) this.#finish();
    else this.#source.resume();
  }

  // Passes on what is due, as far as the other side takes it.
  #pump(): void {
    clearTimeout(this.#timer);
    const { split } = this.#conditions;
    while (!this.#isHeld && !this.#isTargetFull) {
      const [parcel] = this.#queue;
      if (parcel === undefined) break;
      const wait = Math.max(parcel.due, this.#freeAt) - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        return;
      }
      if (typeof parcel.content === 'string') {
        this.#end(parcel.content);
        return;
      }
      this.#passOn(parcel, parcel.content);
      // So that the other side sees one piece after the other.
      if (split < Number.POSITIVE_INFINITY && this.#queue.length > 0) {
        this.#timer = setTimeout(() => this.#pump(), 0);
        return;
      }
    }
  }

  #passOn(parcel: Parcel, bytes: Uint8Array): void {
    const { rate, split, buffer } = this.#conditions;
    let length = bytes.length;
    if (split < Number.POSITIVE_INFINITY) length = Math.min(length, 1 + Math.floor(this.#random() * split));
    if (rate < Number.POSITIVE_INFINITY) {
      length = Math.min(length, Math.max(1, Math.floor((rate * PORTION) / 1000)));
      this.#freeAt = Math.max(this.#freeAt, performance.now() - PORTION) + (length / rate) * 1000;
    }
    if (length === bytes.length) this.#queue.shift();
    else this.#queue[0] = { content: bytes.subarray(length), due: parcel.due };
    this.#queued -= length;
    this.#passed += length;
    this.#passedAt = performance.now();
    this.#isTargetFull = !this.#target.write(bytes.subarray(0, length));
    if (this.#queued < buffer) this.#source.resume();
  }

  #end(how: 'end' | 'reset'): void {
    this.#queue = [];
    if (how === 'end') this.#target.end(() => this.#finish());
    else {
      this.#target.resetAndDestroy();
      this.#finish();
    }
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
  }
}
