import type { Socket } from 'node:net';
import { type Break, type BreakKind, BreakPoint } from './break.js';
import { type Conditions, type ConditionsChange, changed } from './conditions.js';

/** Something under way: bytes, or the end of the sending side. */
interface Parcel {
  readonly content: Uint8Array | 'end' | 'reset';
  /** The earliest time to pass it on, in ms of `performance.now`. */
  readonly due: number;
}

/** A pipe with a limited rate passes on at most the bytes of this many milliseconds at a time. */
const PORTION = 20;

/**
 * One direction of a link: passes on the bytes of one socket to the other, under its {@link Conditions}.
 *
 * - The order of bytes never changes, and no byte is added.
 * - The end of the sending side follows its bytes, a FIN as a FIN and a reset as a reset.
 * - The end of the receiving side is not passed back; the pipe in the other direction does that.
 */
export class Pipe {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #random: () => number;
  readonly #onOver: () => void;
  readonly #onBreak: (kind: BreakKind) => void;
  #conditions: Conditions;
  #queue: Parcel[] = [];
  #queued = 0;
  #lastDue = 0;
  // The time at which the rate allows the next byte to pass.
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  // The number of pieces passed on so far.
  #pieces = 0;
  #break: { readonly kind: BreakKind; readonly point: BreakPoint } | undefined;
  // True from the moment when the break was reached until it is carried out, a turn later.
  #isBreaking = false;
  #isHeld = false;
  #isSwallowing = false;
  #isTargetFull = false;
  #hasSourceEnded = false;
  #isOver = false;
  #passed = 0;
  #passedAt = performance.now();

  /**
   * @param random returns a number from 0 to below 1.
   * @param onOver called once, when nothing more will be passed on.
   * @param onBreak called when this direction breaks as `breakAt` has set.
   */
  constructor(
    source: Socket,
    target: Socket,
    conditions: Conditions,
    random: () => number,
    onOver: () => void,
    onBreak: (kind: BreakKind) => void,
  ) {
    this.#source = source;
    this.#target = target;
    this.#conditions = conditions;
    this.#random = random;
    this.#onOver = onOver;
    this.#onBreak = onBreak;
    source.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    source.on('end', () => this.#sourceEnded('end'));
    source.on('close', () => this.#sourceEnded('reset'));
    target.on('drain', () => {
      this.#isTargetFull = false;
      this.#pump();
    });
    // Bytes under way have no receiver any more.
    target.on('close', () => this.#drop());
  }

  /** Bytes that have been passed on. */
  get passed(): number {
    return this.#passed;
  }

  /**
   * The time when bytes were last passed on, in ms of `performance.now`; before that, the time when the pipe was made.
   */
  get passedAt(): number {
    return this.#passedAt;
  }

  /** True when nothing more will be passed on. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Changes the conditions of later bytes. The rate and the size of pieces also change for bytes under way. */
  set(change: ConditionsChange): void {
    this.#conditions = changed(this.#conditions, change);
    this.#pump();
  }

  /** Passes on nothing until `release`. The sending side is not told, and writes until its buffers are full. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Ends `hold`. No byte is lost. */
  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  /**
   * Accepts all bytes from now on and passes on nothing, not even an end, so that the sending side notices nothing. It
   * cannot be undone, because bytes are missing.
   */
  swallow(): void {
    this.#isSwallowing = true;
    this.#drop();
  }

  /** Makes this direction break after a number of bytes. @throws RangeError when `after` is out of its range. */
  breakAt(where: Break): void {
    this.#break = { kind: where.kind, point: new BreakPoint(where) };
    this.#pump();
  }

  /** Drops all bytes from now on, and ends the stream towards the receiver. */
  endEarly(): void {
    this.swallow();
    this.#target.end(() => this.#finish());
  }

  #receive(chunk: Uint8Array): void {
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
    this.#stopWaiting();
    if (this.#hasSourceEnded) this.#finish();
    else this.#source.resume();
  }

  // Passes on what is due, as long as the receiving socket accepts more.
  #pump(): void {
    this.#stopWaiting();
    // More bytes of the same turn come behind the break.
    if (this.#isBreaking) return;
    while (!this.#isHeld && !this.#isTargetFull) {
      // A break before the first byte waits until that byte has arrived.
      if (this.#break?.point.isReached && (this.#break.point.hasPassed || this.#queue.length > 0)) {
        this.#breakSoon(this.#break.kind);
        return;
      }
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
      // The next piece waits for a turn, so that the receiver gets the pieces one by one.
      if (this.#isSplit && this.#queue.length > 0) {
        this.#turn = setImmediate(() => this.#pump());
        return;
      }
    }
  }

  // One turn later, so that the bytes that have passed reach the receiver before the break.
  #breakSoon(kind: BreakKind): void {
    this.#break = undefined;
    this.#isBreaking = true;
    setImmediate(() => {
      this.#isBreaking = false;
      this.#onBreak(kind);
    });
  }

  get #isSplit(): boolean {
    const { split } = this.#conditions;
    return typeof split !== 'number' || split < Number.POSITIVE_INFINITY;
  }

  #passOn(parcel: Parcel, bytes: Uint8Array): void {
    const { rate, buffer } = this.#conditions;
    let length = Math.min(bytes.length, this.#nextSize());
    if (rate < Number.POSITIVE_INFINITY) length = Math.min(length, Math.max(1, Math.floor((rate * PORTION) / 1000)));
    if (this.#break !== undefined) length = Math.min(length, this.#break.point.reach(bytes));
    if (rate < Number.POSITIVE_INFINITY) {
      this.#freeAt = Math.max(this.#freeAt, performance.now() - PORTION) + (length / rate) * 1000;
    }
    if (length === bytes.length) this.#queue.shift();
    else this.#queue[0] = { content: bytes.subarray(length), due: parcel.due };
    this.#queued -= length;
    this.#passed += length;
    this.#passedAt = performance.now();
    const piece = bytes.subarray(0, length);
    this.#break?.point.pass(piece);
    this.#isTargetFull = !this.#target.write(piece);
    if (this.#queued < buffer) this.#source.resume();
  }

  #nextSize(): number {
    const { split } = this.#conditions;
    if (typeof split !== 'number') return split[this.#pieces++ % split.length] as number;
    return split < Number.POSITIVE_INFINITY ? 1 + Math.floor(this.#random() * split) : split;
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
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
