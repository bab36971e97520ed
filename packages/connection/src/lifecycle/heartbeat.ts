import { Alarm, afterInput, now, type Sleeper } from '../time/clock.js';

/** For each time that so many bytes went before a ping, and may still be on their way, as much time more for an answer. */
const STRIDE = 512 * 1024;
/** Systems on the way keep no more, for who does not read. */
const MOST_ON_THE_WAY = 16 * STRIDE;

/** Whose heart beats. */
export interface HeartbeatOwner {
  /** Sends a ping as soon as it can leave; `pingLeft` is to be called then. */
  sendPing(): void;
  /** False while nothing is read: a pong could not be seen then. */
  canHear(): boolean;
  /** True when bytes have gone to the peer since this was asked last. */
  hasMoved(): boolean;
  /** True when the system has got bytes of the peer since this was asked last, although nothing was made of them yet. */
  hasReceived(): boolean;
  /** Bytes that have gone to the peer, ever. */
  readonly bytesTaken: number;
  /** The peer seems to be gone, or is there after all. */
  onTimeout(isOverdue: boolean): void;
}

/** The times of a {@link Heartbeat}, in ms. */
export interface HeartbeatTimes {
  /** From a ping to the next; 0 or less: never. */
  interval: number;
  /** From the time that a ping has left to its pong, or any other sign of life; for bytes before it see {@link Heartbeat}. */
  pongTimeout: number;
  /** That a ping may wait to leave while nothing moves in either direction. */
  stallTimeout: number;
}

/**
 * Sends pings, and tells when a peer shows no sign of life (RFC 6455 §5.5.2).
 *
 * - Any byte of the peer is a sign of life, one of half a TLS record too.
 * - The time for an answer begins when a ping has left, not when it was due.
 * - What the system has taken may lie in its buffers and in those of others on the way, and the ping behind it: for each
 *   512 KiB that have gone since what the peer is known to have read there is as much time once more, up to 16 times.
 * - Nobody is called dead before what lies unread in the socket has been read: this process may have been busy.
 */
export class Heartbeat implements Sleeper {
  readonly #owner: HeartbeatOwner;
  // Its times, not the object they came in: there may be very many connections.
  #interval = 0;
  #pongTimeout = 0;
  #stallTimeout = 0;
  // Unset while it goes off.
  #alarm: Alarm | undefined;
  #isBeating = false;
  #nextPing = 0;
  // A ping waits to leave since this time, or since something moved; 0: none does.
  #blockedSince = 0;
  #hasHeard = false;
  // Nothing has come since a ping left that was not sent from here.
  #isAsked = false;
  // Bytes that had gone to the peer when the oldest ping without a pong had; -1 without one.
  #pingAt = -1;
  // Bytes that the peer is known to have read.
  #readByPeer = 0;
  // When a sign of life becomes overdue; 0 when none is awaited.
  #deadline = 0;
  // It is, by the clock: what is unread is looked at.
  #isJudging = false;
  #isOverdue = false;

  constructor(owner: HeartbeatOwner) {
    this.#owner = owner;
  }

  /** Beats in these times from now on. */
  keep(times: HeartbeatTimes): void {
    const isOverdue = this.#isOverdue;
    const pingAt = this.#pingAt;
    const readByPeer = this.#readByPeer;
    this.stop();
    // A sign of life that comes after all is still to be told of.
    this.#isOverdue = isOverdue;
    this.#pingAt = pingAt;
    this.#readByPeer = readByPeer;
    this.#interval = times.interval;
    this.#pongTimeout = times.pongTimeout;
    this.#stallTimeout = times.stallTimeout;
    if (!(times.interval > 0)) return;
    this.#isBeating = true;
    this.#nextPing = now() + times.interval;
    this.#arm();
  }

  /** The peer has shown that it is there. */
  refresh(): void {
    this.#deadline = 0;
    this.#isJudging = false;
    this.#isAsked = false;
    this.#hasHeard = true;
    if (!this.#isOverdue) return;
    this.#isOverdue = false;
    this.#owner.onTimeout(false);
  }

  /** The ping has left. */
  pingLeft(): void {
    this.#blockedSince = 0;
    if (!this.#isBeating) return;
    const { bytesTaken } = this.#owner;
    if (this.#pingAt < 0) this.#pingAt = bytesTaken;
    if (this.#deadline > 0 || this.#isJudging) return;
    const onTheWay = Math.min(bytesTaken - this.#readByPeer, MOST_ON_THE_WAY);
    this.#owner.hasReceived();
    this.#deadline = now() + this.#pongTimeout * (1 + Math.floor(onTheWay / STRIDE));
    if (this.#deadline < this.#nextPing) this.#rearm();
  }

  /** A pong has come. */
  answered(): void {
    if (this.#pingAt < 0) return;
    this.#readByPeer = this.#pingAt;
    this.#pingAt = -1;
  }

  /** A ping that was not sent from here has left. */
  asked(): void {
    this.#isAsked = true;
    this.#owner.hasReceived();
  }

  /** It has no answer in time; but something else may have come. */
  overdue(): void {
    if (this.#isAsked) this.#judgeLater();
  }

  /** Beats no more. */
  stop(): void {
    this.#alarm?.cancel(this);
    this.#alarm = undefined;
    this.#isBeating = false;
    this.#deadline = 0;
    this.#blockedSince = 0;
    this.#isJudging = false;
    this.#isAsked = false;
    this.#pingAt = -1;
    this.#readByPeer = 0;
    this.#isOverdue = false;
  }

  #arm(): void {
    const next = this.#deadline > 0 ? Math.min(this.#deadline, this.#nextPing) : this.#nextPing;
    this.#alarm = Alarm.set(next, this);
  }

  #rearm(): void {
    // Else it is going off, and is set when it has.
    if (this.#alarm === undefined) return;
    this.#alarm.cancel(this);
    this.#arm();
  }

  /** For the clock alone. */
  wake(): void {
    const time = now();
    this.#alarm = undefined;
    if (this.#deadline > 0 && time >= this.#deadline) this.#judgeLater();
    if (time >= this.#nextPing) {
      this.#nextPing = time + this.#interval;
      if (this.#blockedSince > 0) this.#lookAtBlocked(time);
      else this.#ping(time);
    }
    if (this.#isBeating) this.#arm();
  }

  #ping(time: number): void {
    this.#blockedSince = time;
    this.#hasHeard = false;
    this.#owner.hasMoved();
    this.#owner.sendPing();
  }

  // The ping before could not leave.
  #lookAtBlocked(time: number): void {
    if (this.#hasHeard || this.#owner.hasMoved()) {
      this.#blockedSince = time;
      this.#hasHeard = false;
    } else if (time - this.#blockedSince >= this.#stallTimeout) {
      this.#judgeLater();
    }
  }

  #judgeLater(): void {
    this.#deadline = 0;
    if (this.#isJudging) return;
    this.#isJudging = true;
    afterInput(() => this.#judge());
  }

  #judge(): void {
    if (!this.#isJudging) return;
    this.#isJudging = false;
    if (this.#owner.hasReceived()) {
      this.refresh();
    } else if (!this.#owner.canHear()) {
      this.#deadline = now() + this.#pongTimeout;
      this.#rearm();
    } else if (!this.#isOverdue) {
      this.#isOverdue = true;
      this.#owner.onTimeout(true);
    }
  }
}
