import { Alarm, now, type Sleeper } from './clock.js';

/** Whose heart beats. */
export interface HeartbeatOwner {
  sendPing(): void;
  /** False while nothing is read: a pong could not be seen then. */
  canHear(): boolean;
  /** A pong is overdue, or came after all. */
  onTimeout(isOverdue: boolean): void;
}

/** Sends pings, and tells when the pong to one does not come in time (RFC 6455 §5.5.2). */
export class Heartbeat implements Sleeper {
  readonly #owner: HeartbeatOwner;
  #interval = 0;
  #pongTimeout = 0;
  #alarm: Alarm | undefined;
  #nextPing = 0;
  // When the pong that is awaited becomes overdue; 0 when none is awaited.
  #deadline = 0;
  #isOverdue = false;

  constructor(owner: HeartbeatOwner) {
    this.#owner = owner;
  }

  /**
   * Pings every `interval` ms from now on, 0 or less: never. A pong that takes longer than `pongTimeout` ms is overdue.
   */
  keep(interval: number, pongTimeout: number): void {
    const isOverdue = this.#isOverdue;
    this.stop();
    // A pong that comes after all is still to be told of.
    this.#isOverdue = isOverdue;
    this.#interval = interval;
    this.#pongTimeout = pongTimeout;
    if (!(interval > 0)) return;
    this.#nextPing = now() + interval;
    this.#arm();
  }

  /** A pong has come. */
  refresh(): void {
    this.#deadline = 0;
    if (!this.#isOverdue) return;
    this.#isOverdue = false;
    this.#owner.onTimeout(false);
  }

  /** A ping that was not sent from here has no pong in time. */
  overdue(): void {
    if (this.#isOverdue) return;
    this.#isOverdue = true;
    this.#owner.onTimeout(true);
  }

  /** Beats no more. */
  stop(): void {
    this.#alarm?.cancel(this);
    this.#alarm = undefined;
    this.#deadline = 0;
    this.#isOverdue = false;
  }

  #arm(): void {
    const next = this.#deadline > 0 ? Math.min(this.#deadline, this.#nextPing) : this.#nextPing;
    this.#alarm = Alarm.set(next, this);
  }

  /** For the clock alone. */
  wake(): void {
    const time = now();
    const alarm = this.#alarm;
    if (this.#deadline > 0 && time >= this.#deadline) {
      if (this.#owner.canHear()) {
        this.#deadline = 0;
        if (!this.#isOverdue) {
          this.#isOverdue = true;
          this.#owner.onTimeout(true);
        }
      } else {
        this.#deadline = time + this.#pongTimeout;
      }
    }
    // `onTimeout` may have ended it, or begun it anew.
    if (this.#alarm !== alarm) return;
    if (time >= this.#nextPing) {
      this.#nextPing = time + this.#interval;
      if (this.#deadline === 0) this.#deadline = time + this.#pongTimeout;
      this.#owner.sendPing();
    }
    this.#arm();
  }
}
