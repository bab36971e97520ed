import type { TurnWork } from '../protocol/inbound/turn-work.js';
import { atEndOfTurn } from '../time/clock.js';
import type { Transport } from '../transport.js';

/** The owner of an {@link Intake}: it decodes the bytes and decides how much may be read. */
export interface IntakeOwner {
  /** Decodes bytes, which are valid during the call only. Returns how many it took: fewer when the rest has to wait. */
  take(chunk: Uint8Array): number;
  /** True when work is left although all bytes were taken: `take` continues it, and may be called without any bytes. */
  readonly hasMore: boolean;
  /** Called when all bytes that may be taken for now were taken: replies can be sent. */
  onTaken(): void;
  /** False while incoming bytes have to wait: see {@link Admission}. */
  readonly mayRead: boolean;
  /** The budget of work for this turn of the event loop. */
  readonly work: Pick<TurnWork, 'isSpent' | 'isTouched' | 'refill'>;
  /** Called when no received bytes are left: an end of the transport can be handled then. */
  onEmpty(): void;
}

/**
 * The chunks that a transport has read, on their way to the decoder.
 *
 * Invariants:
 * - Bytes are taken in the order in which they arrived, each byte once, and `take` is never called from within `take`.
 * - Chunks that cannot be taken yet are kept, and the transport is paused while any are kept. So no more is kept than one chunk
 *   and whatever the transport delivers after `pause`.
 * - Kept chunks are taken in a later turn of the event loop, never within a call made by the application.
 */
export class Intake {
  readonly #transport: Transport;
  readonly #owner: IntakeOwner;
  #kept: Uint8Array[] | undefined;
  #isTaking = false;
  #isPaused = false;
  #wasPaused = false;
  #isScheduled = false;
  // Created on first use, as most connections never need it.
  #onTurnEnd: (() => void) | undefined;

  constructor(transport: Transport, owner: IntakeOwner) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** True while bytes are being taken: messages sent meanwhile are written once all are taken. */
  get isTaking(): boolean {
    return this.#isTaking;
  }

  /** True while the transport is paused. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True when no chunk waits to be taken. */
  get isEmpty(): boolean {
    return this.#kept === undefined && !this.#isTaking;
  }

  /** True when reading was paused at any time since the last call of this method. */
  takeWasPaused(): boolean {
    const was = this.#wasPaused;
    this.#wasPaused = this.#isPaused;
    return was;
  }

  /** Takes a chunk that has arrived, or keeps it. @param isLent the memory is valid during this call only. */
  receive(chunk: Uint8Array, isLent: boolean): void {
    // A transport may deliver a chunk from within `write`, while the previous chunk is being taken, and also after `pause`.
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
    else this.#endTaking();
  }

  /** Pauses or resumes the transport when the value of `mayRead` may have changed. */
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
    this.#endTaking();
  }

  #endTaking(): void {
    const owner = this.#owner;
    this.#pauseOrResume();
    owner.onTaken();
    if (this.#kept === undefined) owner.onEmpty();
    if (owner.work.isTouched || (this.#kept !== undefined && owner.mayRead)) this.#schedule();
  }

  #pauseOrResume(): void {
    const waits = this.#kept !== undefined || !this.#owner.mayRead;
    const pause = waits || this.#owner.work.isSpent;
    // A pause for the rest of a turn, when the budget of work is spent, does not count as holding bytes back.
    if (waits) this.#wasPaused = true;
    if (this.#isPaused === pause) return;
    this.#isPaused = pause;
    if (pause) this.#transport.pause();
    else this.#transport.resume();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#onTurnEnd ??= () => {
      this.#isScheduled = false;
      this.#owner.work.refill();
      if (this.#isTaking) return;
      if (this.#kept !== undefined) this.#takeKept();
      else this.#pauseOrResume();
    };
    atEndOfTurn(this.#onTurnEnd);
  }
}
