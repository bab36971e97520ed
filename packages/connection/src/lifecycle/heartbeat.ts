import { Alarm, afterInput, now, type Sleeper } from '../time/clock.js';

/** The time for an answer grows by `pongTimeout` for each so many bytes that may still be in transit before the ping. */
const BYTES_PER_EXTENSION = 512 * 1024;
/** Most bytes that are assumed to be in transit: socket buffers and network devices hold no more. */
const MAX_IN_TRANSIT = 16 * BYTES_PER_EXTENSION;

/** The owner of a {@link Heartbeat}. */
export interface HeartbeatOwner {
  /** Sends a ping, and calls `pingLeft` when the transport has taken it. */
  sendPing(): void;
  /** False while reading is paused, when a pong could not be seen. */
  canHear(): boolean;
  /** True when the transport has taken bytes since the last call of this method. */
  hasMoved(): boolean;
  /** True when the system has received bytes since the last call of this method, although they may not be decoded yet. */
  hasReceived(): boolean;
  /** Bytes that the transport has taken since the connection began. */
  readonly bytesTaken: number;
  /** Called with true when the peer has shown no sign of life in time, with false when one comes after all. */
  onTimeout(isOverdue: boolean): void;
}

/** The times of a {@link Heartbeat}, in ms. */
export interface HeartbeatTimes {
  /** Time between two pings; 0 or less for none. */
  interval: number;
  /** Time from the moment that a ping has left to a sign of life. See {@link Heartbeat} for how it is extended. */
  pongTimeout: number;
  /** Time that a ping may wait to leave while no byte moves in either direction. */
  stallTimeout: number;
}

/**
 * Sends pings, and reports a peer that shows no sign of life (RFC 6455 §5.5.2, §5.5.3).
 *
 * Invariants:
 * - Any byte from the peer is a sign of life, even one of an incomplete TLS record.
 * - The time for an answer begins when a ping has left, not when it was due.
 * - A ping may be queued behind earlier bytes, in the buffers of the systems and the network. So the time for an answer is
 *   extended by `pongTimeout` for each 512 KiB sent since the last byte that the peer is known to have read, up to 16 times.
 * - A peer is never reported before the unread bytes in the socket have been read: this process may have been busy.
 */
export class Heartbeat implements Sleeper {
  readonly #owner: HeartbeatOwner;
  // The times are copied so that the object they came in is not kept: there may be very many connections.
  #interval = 0;
  #pongTimeout = 0;
  #stallTimeout = 0;
  // Unset while `wake` runs.
  #alarm: Alarm | undefined;
  #isBeating = false;
  #nextPing = 0;
  // The time since which a ping waits to leave without any byte moving; 0 when no ping waits.
  #blockedSince = 0;
  #hasHeard = false;
  // A ping that the protocol has sent on its own account has left, and no sign of life has come since.
  #isOtherPingPending = false;
  // The value of `bytesTaken` when the oldest ping without a pong left; -1 when every ping has its pong.
  #bytesAtOldestPing = -1;
  // The number of bytes that the peer is known to have read, by the pongs it has sent.
  #readByPeer = 0;
  // The time at which a sign of life becomes overdue; 0 when none is awaited.
  #deadline = 0;
  // The deadline has passed, and the unread bytes in the socket are being read before the peer is reported.
  #isJudging = false;
  #isOverdue = false;

  constructor(owner: HeartbeatOwner) {
    this.#owner = owner;
  }

  /** Sends pings at these times from now on. */
  keep(times: HeartbeatTimes): void {
    const isOverdue = this.#isOverdue;
    const bytesAtOldestPing = this.#bytesAtOldestPing;
    const readByPeer = this.#readByPeer;
    this.stop();
    // A sign of life that comes after a timeout still has to be reported.
    this.#isOverdue = isOverdue;
    this.#bytesAtOldestPing = bytesAtOldestPing;
    this.#readByPeer = readByPeer;
    this.#interval = times.interval;
    this.#pongTimeout = times.pongTimeout;
    this.#stallTimeout = times.stallTimeout;
    if (!(times.interval > 0)) return;
    this.#isBeating = true;
    this.#nextPing = now() + times.interval;
    this.#arm();
  }

  /** Called on a sign of life of the peer. */
  refresh(): void {
    this.#deadline = 0;
    this.#isJudging = false;
    this.#isOtherPingPending = false;
    this.#hasHeard = true;
    if (!this.#isOverdue) return;
    this.#isOverdue = false;
    this.#owner.onTimeout(false);
  }

  /** Called when the ping that `sendPing` was asked for has left. */
  pingLeft(): void {
    this.#blockedSince = 0;
    if (!this.#isBeating) return;
    const { bytesTaken } = this.#owner;
    if (this.#bytesAtOldestPing < 0) this.#bytesAtOldestPing = bytesTaken;
    if (this.#deadline > 0 || this.#isJudging) return;
    const inTransit = Math.min(bytesTaken - this.#readByPeer, MAX_IN_TRANSIT);
    this.#owner.hasReceived();
    this.#deadline = now() + this.#pongTimeout * (1 + Math.floor(inTransit / BYTES_PER_EXTENSION));
    if (this.#deadline < this.#nextPing) this.#rearm();
  }

  /** Called when a pong has come. */
  answered(): void {
    if (this.#bytesAtOldestPing < 0) return;
    this.#readByPeer = this.#bytesAtOldestPing;
    this.#bytesAtOldestPing = -1;
  }

  /** Called when a ping has left that the protocol has sent on its own account. */
  asked(): void {
    this.#isOtherPingPending = true;
    this.#owner.hasReceived();
  }

  /** Called when such a ping was not answered in time. The peer is reported unless another sign of life has come. */
  overdue(): void {
    if (this.#isOtherPingPending) this.#judgeLater();
  }

  /** Stops sending pings, and forgets what is awaited. */
  stop(): void {
    this.#alarm?.cancel(this);
    this.#alarm = undefined;
    this.#isBeating = false;
    this.#deadline = 0;
    this.#blockedSince = 0;
    this.#isJudging = false;
    this.#isOtherPingPending = false;
    this.#bytesAtOldestPing = -1;
    this.#readByPeer = 0;
    this.#isOverdue = false;
  }

  #arm(): void {
    const next = this.#deadline > 0 ? Math.min(this.#deadline, this.#nextPing) : this.#nextPing;
    this.#alarm = Alarm.set(next, this);
  }

  #rearm(): void {
    // Without an alarm `wake` is running, which sets the next one.
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
      if (this.#blockedSince > 0) this.#checkBlockedPing(time);
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

  // The previous ping still waits to leave.
  #checkBlockedPing(time: number): void {
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
