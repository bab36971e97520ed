import type { TurnWork } from '../protocol/inbound/turn-work.js';
import { atEndOfTurn } from '../time/clock.js';
import type { Transport } from '../transport.js';

/** Who decides what an {@link Intake} may read, and takes it. */
export interface IntakeOwner {
  /** Takes bytes, which are of use only for the time of the call. Returns how many: fewer than all when the rest has to wait. */
  take(chunk: Uint8Array): number;
  /** True when there is more to do although all bytes were taken: `take` goes on with it, if need be with none. */
  readonly hasMore: boolean;
  /** All that may be taken for now was: replies can leave. */
  onTaken(): void;
  /** False while what comes has to wait: see {@link Admission}. */
  readonly mayRead: boolean;
  /** What may be done in this turn of the event loop. */
  readonly work: Pick<TurnWork, 'isSpent' | 'isTouched' | 'refill'>;
  /** All has been taken that came before the peer's end, or the transport's. */
  onEmpty(): void;
}

/**
 * What a transport has read, on its way to be decoded.
 *
 * - Bytes are taken in the order they came, each once, and never from within another call of `take`.
 * - What cannot be taken yet is kept, and the transport is paused as long as anything is: so what is kept is a chunk, and
 *   what the transport had under way.
 * - What is kept is taken on in a later turn of the event loop, never from within a call of the application's.
 */
export class Intake {
  readonly #transport: Transport;
  readonly #owner: IntakeOwner;
  #kept: Uint8Array[] | undefined;
  #isTaking = false;
  #isPaused = false;
  #wasPaused = false;
  #isScheduled = false;
  // Made when it is first needed: on most connections it never is.
  #turnEnd: (() => void) | undefined;

  constructor(transport: Transport, owner: IntakeOwner) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** True while bytes are taken: what is sent meanwhile leaves when they all are. */
  get isTaking(): boolean {
    return this.#isTaking;
  }

  /** True while nothing is read. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True when nothing waits to be taken. */
  get isEmpty(): boolean {
    return this.#kept === undefined && !this.#isTaking;
  }

  /** True when reading was paused at any time since this was asked last. */
  takeWasPaused(): boolean {
    const was = this.#wasPaused;
    this.#wasPaused = this.#isPaused;
    return was;
  }

  /** Bytes have come. */
  receive(chunk: Uint8Array, isLent: boolean): void {
    // A transport may hand over a chunk while the one before it is taken, from within a write, and although it is paused.
    if (this.#isTaking || this.#isPaused) {
      this.#kept ??= [];
      this.#kept.push(isLent ? new Uint8Array(chunk) : chunk);
      return;
    }
    const owner = this.#owner;
    this.#isTaking = true;
    const taken = owner.take(chunk);
    if (taken < chunk.length || owner.hasMore)
      this.#keepFirst(isLent ? new Uint8Array(chunk.subarray(taken)) : chunk.subarray(taken));
    this.#isTaking = false;
    if (this.#kept !== undefined) this.#takeKept();
    else this.#done();
  }

  /** What `mayRead` depends on has changed. */
  update(): void {
    if (this.#isTaking) return;
    this.#pauseOrResume();
    if (this.#kept !== undefined && this.#owner.mayRead) this.#schedule();
  }

  #keepFirst(rest: Uint8Array): void {
    this.#kept ??= [];
    this.#kept.unshift(rest);
  }

  #takeKept(): void {
    const owner = this.#owner;
    this.#isTaking = true;
    let kept = this.#kept;
    while (kept !== undefined && owner.mayRead && !owner.work.isSpent) {
      const chunk = kept[0]!;
      const taken = owner.take(chunk);
      if (taken < chunk.length || owner.hasMore) kept[0] = chunk.subarray(taken);
      else kept.shift();
      if (kept.length === 0) this.#kept = undefined;
      kept = this.#kept;
    }
    this.#isTaking = false;
    this.#done();
  }

  #done(): void {
    const owner = this.#owner;
    this.#pauseOrResume();
    owner.onTaken();
    if (this.#kept === undefined) owner.onEmpty();
    if (owner.work.isTouched || (this.#kept !== undefined && owner.mayRead)) this.#schedule();
  }

  #pauseOrResume(): void {
    const waits = this.#kept !== undefined || !this.#owner.mayRead;
    const pause = waits || this.#owner.work.isSpent;
    // What nobody has read for the rest of a turn was not held back.
    if (waits) this.#wasPaused = true;
    if (this.#isPaused === pause) return;
    this.#isPaused = pause;
    if (pause) this.#transport.pause();
    else this.#transport.resume();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#turnEnd ??= () => {
      this.#isScheduled = false;
      this.#owner.work.refill();
      if (this.#isTaking) return;
      if (this.#kept !== undefined) this.#takeKept();
      else this.#pauseOrResume();
    };
    atEndOfTurn(this.#turnEnd);
  }
}
