import { CloseCode } from '@webson/frame';
import type { CloseInfo } from '../protocol/close-info.js';
import { ClosedError, WebsonError } from '../protocol/contract/errors.js';
import type { MessageBody, Reading } from '../protocol/contract/message-body.js';
import type { Platform } from '../protocol/contract/platform.js';
import type { TurnWork } from '../protocol/inbound/turn-work.js';
import type { UnsentMessage } from '../protocol/outbound/journal.js';
import type { OutgoingEvents } from '../protocol/outbound/outgoing-message.js';
import type { PiecewiseMessage } from '../protocol/outbound/piecewise-message.js';
import type { SharedMessage, SharedRun } from '../protocol/outbound/shared-message.js';
import { Protocol } from '../protocol/protocol.js';
import type { ProtocolEvents } from '../protocol/protocol-events.js';
import type { ProtocolOptions } from '../protocol/protocol-options.js';
import {
  Admission,
  type AdmissionOptions,
  type AdmissionOwner,
  type HandlerLoad,
  type Stall,
} from '../reading/admission.js';
import { mostQueued } from '../reading/backlog.js';
import { Intake, type IntakeOwner } from '../reading/intake.js';
import { MessageType } from '../status.js';
import { after, afterInput, atEndOfTurn, now, type Timer } from '../time/clock.js';
import type { Transport, TransportSink } from '../transport.js';
import { CloseAnswer, type CloseAnswerOwner, type PendingHandlers } from './close-answer.js';
import { GuardedTransport } from './guarded-transport.js';
import { Patience } from './patience.js';
import { Offer } from './pooled-connection.js';

/** Above this many bytes queued in one turn they are written before its end. */
const WRITE_FROM = 256 * 1024;

/** Writes of one connection in a row while it has more to send: each of them costs less than a turn of the event loop. */
const WRITES_PER_TURN = 4;

/** Why a connection is given up that was sent more than it may fall behind. */
const TOO_MUCH = 'more is queued for the peer than it may fall behind';

/** Milliseconds that a transport is given to end when both Close frames have passed. */
const LINGER = 500;

/** Who owns a {@link Link}. */
export interface LinkOwner {
  /** A message is complete, or a control frame has come. `isAscii`: known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A message has begun; with `triggerOnStart` alone. What it returns takes the payload as it arrives. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /** Milliseconds that a pong may take. */
  readonly pongTimeout: number;
  /** Something has come, or the peer's system has taken something: it is there. */
  onSignOfLife(): void;
  /** A ping that `ping` asked for has left. */
  onPingLeft(): void;
  /** One that is the protocol's own has. */
  onAsked(): void;
  /** The peer has not answered that in time. */
  onSilence(): void;
  /** The transport is gone: the last event. */
  onEnd(info: CloseInfo): void;
}

/**
 * Milliseconds that a Go client is given to get ready to read, if it does not speak first. It loses what comes before: so
 * a ping goes first, and another, until it answers; a client that never does is let go after so many.
 */
const HOLD = 50;
const KNOCKS = 20;

/** How a {@link Link} behaves. */
export interface LinkOptions extends ProtocolOptions, AdmissionOptions {
  /** Milliseconds from our Close to the end of the transport at the latest. */
  closeTimeout: number;
  /** Milliseconds in which something must come of an unfinished message on a stream. */
  streamIdleTimeout: number;
}

interface Waiter {
  /** Bytes that may be queued. */
  limit: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Where a ping is on its way out. */
const Ping = { None: 0, Wanted: 1, Leaving: 2 } as const;
type Ping = (typeof Ping)[keyof typeof Ping];

/** One life of a connection: joins a protocol machine to a transport, and keeps the time of its closing. */
export class Link implements TransportSink, ProtocolEvents, IntakeOwner, AdmissionOwner, CloseAnswerOwner {
  readonly #transport: GuardedTransport;
  readonly #owner: LinkOwner;
  readonly #options: LinkOptions;
  readonly #protocol: Protocol;
  readonly #admission: Admission;
  readonly #intake: Intake;
  #isScheduled = false;
  #atEndOfTurn: (() => void) | undefined;
  #isWriting = false;
  #ping: Ping = Ping.None;
  // Bytes that the system had taken when `hasMoved` was asked last.
  #takenBefore = 0;
  // Bytes that the system had handed over when `hasReceived` was asked last.
  #receivedBefore = 0;
  // The same, when `write` returned that has to be followed by `onDrain`.
  #takenAtOnce = 0;
  #ticker: Timer | undefined;
  // The transport will hand over nothing more.
  #isInputOver = false;
  // Nothing more will be written: the end of our side follows the last bytes.
  #isEnding = false;
  #isEnded = false;
  #isGone = false;
  #goneError: Error | undefined;
  #isFinished = false;
  #closeTimer: Timer | undefined;
  #closingSince: number | undefined;
  readonly #handlers: PendingHandlers;
  // Set while the peer's Close waits for its answer.
  #closeAnswer: CloseAnswer | undefined;
  // Nothing is owed to the peer any more, nor by it, but the end of the transport.
  #isDone = false;
  #holdTimer: Timer | undefined;
  readonly #patience: Patience | undefined;
  #waiters: Waiter[] | undefined;
  #goneActions: Set<() => void> | undefined;

  constructor(
    platform: Platform,
    transport: Transport,
    options: LinkOptions,
    owner: LinkOwner,
    handlers: HandlerLoad & PendingHandlers,
  ) {
    this.#transport = new GuardedTransport(transport);
    this.#owner = owner;
    this.#options = options;
    this.#handlers = handlers;
    this.#protocol = new Protocol(platform, options, this);
    this.#admission = new Admission(handlers, this.#protocol, options, this);
    this.#intake = new Intake(this.#transport, this);
    // No closure is made in here: with one all connections would keep what it shares.
    if (options.go !== undefined) this.#patience = this.#createPatience(owner);
  }

  /** Begins to read. */
  start(): void {
    this.#transport.start(this);
    // Handlers of a life before may still be pending.
    this.#update();
    if (this.#options.streams !== undefined) this.#tick();
    if (this.#protocol.isHeld) this.#hold(KNOCKS);
  }

  /** True when no data can be sent any more. */
  get isClosing(): boolean {
    return this.#protocol.isClosing || this.#isEnding || this.#isGone;
  }

  /** The peer's Close has come: it sends nothing more. */
  get hasPeerClosed(): boolean {
    return this.#protocol.hasPeerClosed;
  }

  /** When either side began to close it, in milliseconds as `now` tells them. */
  get closingSince(): number | undefined {
    return this.#closingSince;
  }

  /** False while nothing of the peer's is read: reading is paused, or its Close was the last. */
  get isListening(): boolean {
    return !this.#intake.isPaused && !this.#protocol.hasPeerClosed;
  }

  get bufferedAmount(): number {
    return this.#protocol.outbound.bufferedAmount;
  }

  /** As `bufferedAmount`, with what it takes to keep the messages; or what those sent with `isKept` hold, if that is more. */
  get heldAmount(): number {
    return Math.max(this.#protocol.outbound.heldAmount, this.#protocol.outbound.journalBytes);
  }

  /** Queues a message or control frame. False above `highWaterMark`. */
  send(type: number, payload: string | Uint8Array): boolean {
    const protocol = this.#protocol;
    protocol.send(type, payload);
    const held = protocol.outbound.heldAmount;
    const mark = this.#options.highWaterMark;
    // Most replies: they leave when the chunk has been read.
    if (this.#intake.isTaking && held < WRITE_FROM && held <= mark) return true;
    this.#written();
    if (held > mark && protocol.outbound.heldAmount - payload.length > mostQueued(mark)) this.onStall(TOO_MUCH);
    return protocol.outbound.heldAmount <= mark;
  }

  /**
   * Queues a message that other connections send too. `Full`, and nothing done, when something is queued and more than
   * `mark` bytes would be.
   */
  sendShared(message: SharedMessage, mark: number, isKept: boolean, run?: SharedRun, token?: unknown): Offer {
    const protocol = this.#protocol;
    const held = this.heldAmount;
    if (held > 0 && held + message.size > mark) return Offer.Full;
    const isAttached = protocol.sendShared(message, isKept, run, token);
    this.#written();
    return isAttached ? Offer.Attached : Offer.Taken;
  }

  /** Messages sent with `isKept` that are not known to be passed on to the system. */
  get unsent(): readonly UnsentMessage[] {
    return this.#protocol.unsent;
  }

  /**
   * Sends a ping as soon as it can leave: while the peer has yet to read what is on its way, more would only pile up. None
   * to a peer that has sent its Close: it would not answer.
   */
  ping(): void {
    if (this.#protocol.hasPeerClosed) return;
    if (this.#ping === Ping.None) this.#ping = Ping.Wanted;
    this.#written();
  }

  /** True when the system has taken bytes since this was asked last. */
  hasMoved(): boolean {
    const before = this.#takenBefore;
    this.#takenBefore = this.bytesTaken;
    return this.#takenBefore !== before;
  }

  /** True when the system has handed over bytes since this was asked last, where `onData` need not have told of them. */
  hasReceived(): boolean {
    const before = this.#receivedBefore;
    this.#receivedBefore = this.#transport.bytesReceived ?? 0;
    return this.#receivedBefore > before;
  }

  /** Bytes that the system has taken, ever. */
  get bytesTaken(): number {
    return this.#transport.bytesTaken ?? this.#protocol.outbound.outbox.passedOn;
  }

  /** Answers a ping. */
  pong(payload: Uint8Array): void {
    this.#protocol.pong(payload);
    this.#written();
  }

  /** Begins a message that is sent piece by piece: `onRoom` tells when a piece is wanted. */
  open(type: number, events: OutgoingEvents): PiecewiseMessage {
    const message = this.#protocol.open(type, events);
    if (this.#protocol.outbound.partialOverhead > mostQueued(this.#options.highWaterMark)) this.onStall(TOO_MUCH);
    return message;
  }

  /** Somebody begins to wait for room, or waits no longer. */
  setWaiting(isWaiting: boolean): void {
    this.#countSender(isWaiting ? 1 : -1);
    this.#update();
  }

  /** Resolves when at most `limit` bytes are queued, `highWaterMark` by default; rejects with ClosedError at the end. */
  drained(limit: number = this.#options.highWaterMark): Promise<void> {
    if (this.#isGone) return Promise.reject(closedError());
    if (this.heldAmount <= limit) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters ??= [];
      this.#waiters.push({ limit, resolve, reject });
      this.setWaiting(true);
    });
  }

  /** Ends the transport at once; what is queued is lost. */
  destroy(): void {
    this.#transport.destroy();
  }

  /** Calls `action` when the transport is gone; the function returned takes that back. */
  whenGone(action: () => void): () => void {
    const actions = this.#goneActions ?? new Set();
    this.#goneActions = actions.add(action);
    return () => actions.delete(action);
  }

  /** Begins the closing handshake. @throws RangeError for a code or reason that may not be sent. */
  close(code: number, reason?: string): void {
    this.#protocol.close(code, reason);
    this.#armCloseTimer();
    // It answers the peer's, if that has waited.
    if (this.#closeAnswer !== undefined) this.onAnswerDue();
    this.#update();
    this.#written();
  }

  /** Fails the connection (RFC 6455 §7.1.7) for a reason that is not the peer's; `error` goes into the CloseInfo. */
  fail(closeCode: number, reason: string, error: Error): void {
    this.#protocol.fail(closeCode, reason, error);
  }

  /** How much the handlers have to do may have changed. */
  onLoad(): void {
    // What has to wait for the handlers is not even decoded.
    if (!this.#intake.isTaking) this.#update();
    else if (this.#admission.mustStop) this.#protocol.inbound.suspend();
  }

  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    this.#owner.onMessage(type, streamId, payload, isAscii);
  }

  onControl(type: number, payload: Uint8Array): void {
    this.#owner.onMessage(type, 0, payload, false);
  }

  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
    return this.#owner.onMessageStart(type, streamId, reading);
  }

  onStarving(): void {
    this.#update();
  }

  onSignOfLife(): void {
    this.#owner.onSignOfLife();
  }

  onSilence(): void {
    this.#owner.onSilence();
  }

  onOutput(): void {
    this.#written();
  }

  onUnread(): void {
    this.#update();
  }

  /** For the protocol alone. */
  get mayAnswerClose(): boolean {
    return this.#handlers.unsettled === 0 || this.isClosing || this.isStuck;
  }

  onPeerClose(payload: Uint8Array): void {
    const mustWait = !this.#protocol.isClosing;
    this.#owner.onMessage(MessageType.Close, 0, payload, false);
    if (mustWait && !this.#protocol.isClosing) {
      const answer = new CloseAnswer(this.#handlers, this.#options.closeTimeout, this);
      if (!this.#protocol.isClosing) this.#closeAnswer = answer;
    }
    this.#expectEnd();
  }

  onFailure(): void {
    this.#closeAnswer?.stop();
    this.#closeAnswer = undefined;
    this.#expectEnd();
  }

  onData(chunk: Uint8Array, isLent = false): void {
    this.#owner.onSignOfLife();
    this.#intake.receive(chunk, isLent);
  }

  /** For the intake alone. */
  take(chunk: Uint8Array): number {
    try {
      const taken = this.#protocol.receive(chunk);
      this.#admission.read(taken);
      return taken;
    } catch (error) {
      // Whoever threw: it is this connection that cannot go on, and no other.
      this.#transport.fail(error);
      return chunk.length;
    }
  }

  /** For the intake alone. */
  onTaken(): void {
    this.#flush();
    if (this.#intake.isPaused || this.#protocol.flow.isShut) this.#admission.watch();
  }

  /** For the intake alone. */
  get mayRead(): boolean {
    return this.#admission.mayRead;
  }

  /** For the intake alone. */
  get work(): TurnWork {
    return this.#protocol.inbound.work;
  }

  /** For the intake alone. */
  get hasMore(): boolean {
    return this.#protocol.inbound.hasMore;
  }

  /** For the intake alone. */
  onEmpty(): void {
    if (this.#isInputOver) this.#endInput();
    if (this.#isGone) this.#finish();
  }

  /** For the admission alone. */
  onStall(why: Stall | typeof TOO_MUCH): void {
    const error = why === TOO_MUCH ? why : `${why}, for timeout.stall`;
    this.#protocol.fail(CloseCode.TryAgainLater, why, new WebsonError('STALLED', error));
    // A peer that takes nothing will not take our Close either: what is queued need not be kept for it any longer.
    if (why === 'the peer does not read what it is sent') this.#endSoon();
  }

  onDrain(): void {
    // Only the peer's system makes room in ours. Over TLS what ours has taken at once is told of later, too.
    if ((this.#transport.bytesTaken ?? 0) > this.#takenAtOnce) this.#owner.onSignOfLife();
    this.#protocol.drained();
    this.#flush();
  }

  onEnd(): void {
    this.#isInputOver = true;
    this.#readRest();
  }

  onClose(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#goneError = error;
    this.#closeTimer?.cancel();
    this.#ticker?.cancel();
    this.#holdTimer?.cancel();
    this.#patience?.look(undefined);
    this.#closeAnswer?.stop();
    for (const { reject } of this.#waiters ?? []) reject(closedError());
    this.#waiters = undefined;
    for (const action of this.#goneActions ?? []) action();
    this.#readRest();
  }

  // What was read and not decoded comes before the end: there is no more of it than that.
  #readRest(): void {
    this.#admission.isOver = true;
    if (this.#intake.isEmpty) this.onEmpty();
    else this.#intake.update();
  }

  #endInput(): void {
    this.#isInputOver = false;
    this.#protocol.receiveEnd();
    // Whoever half-closes without a Close has nothing more to say, and gets what is queued.
    if (this.#closeAnswer === undefined) this.#end();
    // A Go peer has no half of a connection.
    else if (this.#options.go !== undefined) this.onAnswerDue();
    this.#armCloseTimer();
  }

  /** For the answer to a Close alone. */
  get isStuck(): boolean {
    return this.#protocol.outbound.needsPeer;
  }

  /** For the same. */
  onAnswerDue(): void {
    this.#closeAnswer?.stop();
    this.#closeAnswer = undefined;
    this.#protocol.answerClose();
    this.#expectEnd();
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#admission.stop();
    this.#owner.onEnd(this.#protocol.end(this.#transport.fault ?? this.#goneError));
  }

  // The last frame of the peer has come. RFC 6455 §7.1.1: the server ends the transport first, the client waits for it.
  #expectEnd(): void {
    this.#armCloseTimer();
    this.#admission.isOver = true;
    this.#intake.update();
    const mustLinger = this.#options.isClient && this.#protocol.isClosed;
    if (this.#closeAnswer === undefined && !mustLinger) this.#end();
    this.#written();
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#written();
  }

  #tick(): void {
    this.#ticker = after(this.#options.streamIdleTimeout, () => {
      // What was not read cannot have come.
      this.#protocol.tick(!this.#intake.takeWasPaused());
      this.#admission.watch();
      this.#tick();
    });
  }

  #hold(knocks: number): void {
    this.#holdTimer = after(HOLD, () => {
      if (!this.#protocol.isHeld) return;
      if (knocks > 0) {
        this.#protocol.knock();
        this.#hold(knocks - 1);
      } else {
        this.#protocol.release();
      }
      this.#written();
    });
  }

  #createPatience(owner: LinkOwner): Patience {
    return new Patience(owner, () => this.#waited());
  }

  #waited(): void {
    // While nothing is read an answer could not be heard.
    if (!this.#intake.isPaused) this.#protocol.waited();
    this.#written();
  }

  // RFC 6455 §7.1.1: the client waits for the server to end the transport, and the server for the client to end its side of
  // it; but not for ever.
  #expectClose(): void {
    this.#isDone = true;
    this.#endSoon();
  }

  #endSoon(): void {
    this.#closeTimer?.cancel();
    this.#closeTimer = after(Math.min(LINGER, this.#options.closeTimeout), () => this.#transport.destroy());
  }

  #armCloseTimer(): void {
    if (this.#isGone) return;
    this.#closingSince ??= now();
    this.#closeTimer ??= after(this.#options.closeTimeout, () => this.#stopWaiting());
  }

  // What the peer has sent in time may lie unread in the socket: this process may have been busy.
  #stopWaiting(): void {
    const timer = this.#closeTimer;
    afterInput(() => {
      if (this.#closeTimer === timer) this.#transport.destroy();
    });
  }

  // Something may have been queued. While a chunk is read its end is soon enough, else the end of the turn.
  #written(): void {
    if (this.#protocol.outbound.outbox.length >= WRITE_FROM) this.#flush();
    if (this.#intake.isTaking || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#atEndOfTurn ??= () => {
      this.#isScheduled = false;
      this.#flush();
    };
    atEndOfTurn(this.#atEndOfTurn);
  }

  #flush(): void {
    // A transport may hand over a chunk from within `write`: what that brings about leaves with the next.
    if (this.#isGone || this.#isWriting) return;
    const protocol = this.#protocol;
    if (this.#ping === Ping.Wanted && !protocol.outbound.isBlocked) {
      this.#ping = Ping.Leaving;
      protocol.send(MessageType.Ping, '');
    }
    // What is granted, or answered, after the end of our side is of no use to anybody.
    let hasOutput = protocol.hasOutput && !this.#isEnded;
    if (hasOutput) {
      this.#isWriting = true;
      // What the system takes at once makes room for more; the other connections have their turn all the same.
      for (let i = 0; i < WRITES_PER_TURN && hasOutput; i++) {
        const isTaken = this.#transport.write(protocol.takeOutput());
        if (!isTaken) this.#takenAtOnce = this.#transport.bytesTaken ?? 0;
        protocol.taken(isTaken);
        hasOutput = protocol.hasOutput;
      }
      this.#isWriting = false;
      if (hasOutput) this.#written();
    }
    if (this.#ping === Ping.Leaving && !protocol.outbound.outbox.isBlocked) {
      this.#ping = Ping.None;
      this.#owner.onPingLeft();
    }
    // An answer is waited for from the time that what asks for it has left.
    this.#patience?.look(protocol.outbound.outbox.isBlocked ? undefined : protocol.outbound.outbox.wait);
    if (this.#isEnding && !this.#isEnded && protocol.isWrittenOut) {
      this.#isEnded = true;
      this.#transport.end();
    }
    const held = protocol.outbound.heldAmount;
    if (this.#admission.isOver && !this.#isDone && protocol.isClosed && held === 0) this.#expectClose();
    if (this.#waiters !== undefined) this.#wakeWaiters(this.heldAmount);
    if (held > this.#options.highWaterMark || this.#admission.hasBacklog) {
      this.#admission.updateBacklog(held, this.bytesTaken);
      this.#update();
    } else if (this.#intake.isPaused) {
      // What is left may wait for the peer from now on.
      this.#update();
    }
  }

  #update(): void {
    this.#intake.update();
    if (this.#intake.isPaused || this.#protocol.flow.isShut || this.#admission.hasBacklog) this.#admission.watch();
  }

  #wakeWaiters(held: number): void {
    const waiters = this.#waiters ?? [];
    const waiting = waiters.filter(({ limit }) => held > limit);
    if (waiting.length === waiters.length) return;
    this.#waiters = waiting.length > 0 ? waiting : undefined;
    for (const { limit, resolve } of waiters) {
      if (held > limit) continue;
      this.#countSender(-1);
      resolve();
    }
  }

  #countSender(more: number): void {
    this.#admission.waitingSenders += more;
    this.#protocol.flow.setAwaited(this.#admission.waitingSenders > 0);
  }
}

function closedError(): ClosedError {
  return new ClosedError('the connection has ended before everything was sent');
}
