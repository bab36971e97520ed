import { Alarm, afterInput, now, type Sleeper } from '../time/clock.js';

/** The time for an answer grows by `pongTimeout` for each so many bytes that may still be in transit before the ping. */
const BYTES_PER_EXTENSION = 512 * 1024;
/** Most bytes that are assumed to be in transit: socket buffers and network devices hold no more. */
const MAX_IN_TRANSIT = 16 * BYTES_PER_EXTENSION;

/** An alarm that is so many milliseconds late shows that this machine, this process or this page has slept. */
const SLEPT_FROM = 1000;

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
  /** Milliseconds of silence after `onTimeout(true)` that end the connection; Infinity for never. */
  readonly deadTimeout: number;
  /** Called once when they are over. */
  onDead(): void;
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
 * - A peer that was reported is dead when it stays silent for `deadTimeout`. A ping that waits to leave starts that time anew
 *   whenever bytes before it have moved.
 * - After a sleep of this machine, or of a page, the peer is pinged and has `pongTimeout` to answer before it is reported, or is
 *   dead. Each of these is put off once: in a hidden page every alarm may be late.
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
  // The time at which the peer is dead; 0 when it is not overdue, or is never dead; Infinity while this is being decided.
  #deadAt = 0;
  // The judgement that comes next was put off because of a sleep.
  #hasPutOff = false;

  constructor(owner: HeartbeatOwner) {
    this.#owner = owner;
  }

  /** Sends pings at these times from now on. */
  keep(times: HeartbeatTimes): void {
    const isOverdue = this.#isOverdue;
    const bytesAtOldestPing = this.#bytesAtOldestPing;
    const readByPeer = this.#readByPeer;
    const deadAt = this.#deadAt;
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
    // Without pings the silence of a peer shows nothing, so it is counted from now if they were off.
    if (isOverdue) this.#deadAt = deadAt > 0 ? deadAt : this.#timeOfDeath();
    this.#nextPing = now() + times.interval;
    this.#arm();
  }

  /** Called on a sign of life of the peer. */
  refresh(): void {
    this.#deadline = 0;
    this.#hasPutOff = false;
    this.#isJudging = false;
    this.#isOtherPingPending = false;
    this.#hasHeard = true;
    if (!this.#isOverdue) return;
    this.#isOverdue = false;
    this.#deadAt = 0;
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
    this.#hasPutOff = false;
    this.#isJudging = false;
    this.#isOtherPingPending = false;
    this.#bytesAtOldestPing = -1;
    this.#readByPeer = 0;
    this.#isOverdue = false;
    this.#deadAt = 0;
  }

  #arm(): void {
    let next = this.#deadAt > 0 ? this.#deadAt : Number.POSITIVE_INFINITY;
    if (this.#isBeating) next = Math.min(next, this.#nextPing, this.#deadline > 0 ? this.#deadline : this.#nextPing);
    if (next < Number.POSITIVE_INFINITY) this.#alarm = Alarm.set(next, this);
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
    if (this.#deadline > 0 && time >= this.#deadline) this.#judgeAnswer(time);
    if (this.#deadAt > 0 && time >= this.#deadAt) this.#judgeDeath(time);
    if (this.#isBeating && time >= this.#nextPing) {
      this.#nextPing = time + this.#interval;
      if (this.#blockedSince > 0) this.#checkBlockedPing(time);
      else this.#ping(time);
    }
    this.#arm();
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
      if (this.#deadAt > 0) this.#deadAt = this.#timeOfDeath();
    } else if (time - this.#blockedSince >= this.#stallTimeout) {
      this.#judgeLater();
    }
  }

  #judgeAnswer(time: number): void {
    if (this.#hasSlept(time - this.#deadline)) {
      // The answer may be on its way, or wait for its turn to be read.
      this.#deadline = time + this.#grace;
      this.#nextPing = time;
    } else {
      this.#judgeLater();
    }
  }

  #hasSlept(delay: number): boolean {
    if (delay < SLEPT_FROM || this.#hasPutOff) return false;
    this.#hasPutOff = true;
    return true;
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
      this.#hasPutOff = false;
      this.#deadAt = this.#timeOfDeath();
      this.#alarm?.cancel(this);
      this.#arm();
      this.#owner.onTimeout(true);
    }
  }

  #timeOfDeath(): number {
    const { deadTimeout } = this.#owner;
    return deadTimeout < Number.POSITIVE_INFINITY ? now() + deadTimeout : 0;
  }

  #judgeDeath(time: number): void {
    if (this.#hasSlept(time - this.#deadAt)) {
      // The peer may have answered everything that has reached it before the sleep.
      this.#deadAt = time + this.#grace;
      this.#nextPing = time;
      return;
    }
    this.#deadAt = Number.POSITIVE_INFINITY;
    afterInput(() => this.#decideDeath());
  }

  #decideDeath(): void {
    if (this.#deadAt !== Number.POSITIVE_INFINITY) return;
    if (this.#owner.hasReceived()) this.refresh();
    else if (!this.#owner.canHear()) this.#putOff(this.#grace);
    else if (this.#blockedSince > 0 && this.#owner.hasMoved()) this.#putOff(this.#owner.deadTimeout);
    else this.#owner.onDead();
  }

  // `keepPing` accepts any number.
  get #grace(): number {
    return this.#pongTimeout > 0 ? this.#pongTimeout : SLEPT_FROM;
  }

  #putOff(delay: number): void {
    this.#deadAt = now() + delay;
    this.#alarm?.cancel(this);
    this.#arm();
  }
}
