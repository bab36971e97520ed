import { Opcode } from '@webson/frame';
import type { Sender } from './sender.js';

/** Most pings that are answered one by one between two writes. Beyond that only the newest ping is answered. */
const PONGS_PER_WRITE = 16;

/**
 * The answers to pings (RFC 6455 §5.5.2, §5.5.3).
 *
 * Invariants:
 * - A peer that sends pings and does not read costs one pong: while the transport is blocked only the newest ping is answered,
 *   as RFC 6455 §5.5.3 allows.
 * - Pongs leave before all messages that queue.
 */
export class Pongs {
  readonly #sender: Sender;
  #owed: Uint8Array | undefined;
  #sent = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** True while a ping waits for its answer. */
  get isOwing(): boolean {
    return this.#owed !== undefined;
  }

  /** True when that answer could leave with the next write. */
  get isDue(): boolean {
    return this.#owed !== undefined && this.#sender.outbox.fits(this.#owed.length);
  }

  /** Answers a ping, now or later. */
  answer(payload: Uint8Array): void {
    const { outbox } = this.#sender;
    if (outbox.isBlocked || this.#sent >= PONGS_PER_WRITE || !outbox.fits(payload.length)) {
      this.#owed = new Uint8Array(payload);
      return;
    }
    this.#sent++;
    this.#sender.control(Opcode.Pong, payload);
  }

  /** A write begins. */
  beginWrite(): void {
    this.#sent = 0;
  }

  /** Queues the answer that is owed, if it can leave. Drops it instead when no answer may be sent any more. */
  pay(mayAnswer: boolean): void {
    const owed = this.#owed;
    if (owed === undefined || !this.isDue) return;
    this.#owed = undefined;
    if (mayAnswer) this.#sender.control(Opcode.Pong, owed);
  }

  /** Drops the answer that is owed. */
  clear(): void {
    this.#owed = undefined;
  }
}
