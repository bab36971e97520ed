import { CloseCode } from '@webson/frame';
import type { CloseInfo } from '../protocol/close-info.js';
import { ClosedError, WebsonError } from '../protocol/contract/errors.js';
import type { MessageBody, Reading } from '../protocol/contract/message-body.js';
import type { InboundPlatform } from '../protocol/inbound/inbound-platform.js';
import type { TurnWork } from '../protocol/inbound/turn-work.js';
import type { UnsentMessage } from '../protocol/outbound/journal.js';
import type { OutgoingEvents } from '../protocol/outbound/outgoing-message.js';
import type { PiecewiseMessage } from '../protocol/outbound/piecewise-message.js';
import type { SharedMessage, SharedRun } from '../protocol/outbound/shared-message.js';
import { Protocol } from '../protocol/protocol.js';
import type { ProtocolEvents } from '../protocol/protocol-events.js';
import { Admission, type AdmissionOwner, type HandlerLoad, type Stall } from '../reading/admission.js';
import { mostQueued } from '../reading/backlog.js';
import { Intake, type IntakeOwner } from '../reading/intake.js';
import { MessageType } from '../status.js';
import { after, atEndOfTurn, type Timer } from '../time/clock.js';
import type { Transport, TransportSink } from '../transport.js';
import { CloseAnswer, type CloseAnswerOwner, type PendingHandlers } from './close-answer.js';
import { Closing } from './closing.js';
import { GuardedTransport } from './guarded-transport.js';
import { Hold } from './hold.js';
import type { LinkOptions } from './link-options.js';
import { Patience } from './patience.js';
import { Offer } from './pooled-connection.js';
import { Waiters } from './waiters.js';

/** Output is written before the end of the turn when at least this many bytes of it are queued. */
const WRITE_FROM = 256 * 1024;

/** Most writes in a row while a connection has more to send. A write costs less than a turn of the event loop. */
const WRITES_PER_TURN = 4;

/** The close reason when the application queues more than the peer may fall behind. */
const TOO_MUCH = 'more is queued for the peer than it may fall behind';

/** The owner of a {@link Link}. */
export interface LinkOwner {
  /** A message is complete, or a control frame has arrived. `isAscii` is true when the payload is known to be ASCII only. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A message has begun: see `ReceiverEvents.onMessageStart`. The body returned takes the payload as it arrives. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /** Milliseconds that a pong may take. */
  readonly pongTimeout: number;
  /** Bytes have arrived, or the peer's system has taken some: the peer is alive. */
  onSignOfLife(): void;
  /** A ping requested by `ping` has left. */
  onPingLeft(): void;
  /** A ping of the protocol's own has left. */
  onAsked(): void;
  /** The peer has not answered the ping of the protocol in time. */
  onSilence(): void;
  /** The transport is gone. This is the last event. */
  onEnd(info: CloseInfo): void;
}

/** The states of a ping on its way out. */
const Ping = { None: 0, Wanted: 1, Leaving: 2 } as const;
type Ping = (typeof Ping)[keyof typeof Ping];

/**
 * One life of a connection: joins a {@link Protocol} to a transport.
 *
 * Invariants:
 * - All output of one chunk, or of one turn of the event loop, leaves in one write. Only 256 KiB of output or more leave earlier.
 * - Nothing is written within another write, nor after the end of this side of the transport.
 * - This side ends when everything that is queued has left. The server ends it first and the client waits for that (RFC 6455
 *   §7.1.1), within the deadlines of {@link Closing}.
 * - Everything that was read is decoded before the owner is told of the end. It is told once.
 */
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
  // The bytes that the system had taken at the last call of `hasMoved`.
  #takenBefore = 0;
  // The bytes that the system had handed over at the last call of `hasReceived`.
  #receivedBefore = 0;
  // The bytes that the system had taken when the last `write` returned that `onDrain` has to follow.
  #takenAtWrite = 0;
  #ticker: Timer | undefined;
  // True when the transport will hand over nothing more and this has yet to be told to the protocol.
  #isInputOver = false;
  // True when the end of this side is to follow the bytes that are queued.
  #isEnding = false;
  #isEnded = false;
  #isGone = false;
  // True when this side has destroyed the transport.
  #isCut = false;
  #goneError: Error | undefined;
  #isFinished = false;
  // Set when either side has begun to close the connection.
  #closing: Closing | undefined;
  readonly #handlers: PendingHandlers;
  // Set while the peer's Close waits for its answer.
  #closeAnswer: CloseAnswer | undefined;
  // True when both sides have sent everything, and the transport has yet to end.
  #isLingering = false;
  // Set when a Go client has to speak first.
  #hold: Hold | undefined;
  readonly #patience: Patience | undefined;
  // Set while somebody waits for `drained`.
  #waiters: Waiters | undefined;
  #goneActions: Set<() => void> | undefined;

  constructor(
    platform: InboundPlatform,
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
    // A closure made in the constructor would keep its arguments in memory for every connection.
    if (options.go !== undefined) this.#patience = this.#createPatience(owner);
  }

  /** Nothing is written before `start`. */
  standBy(): void {
    this.#isWriting = true;
  }

  /** Begins to read. */
  start(): void {
    // A handler for `Ready` may have terminated the connection.
    if (this.#isCut) return;
    this.#isWriting = false;
    this.#transport.start(this);
    // Handlers of an earlier life may still be pending.
    this.#update();
    if (this.#options.streams !== undefined) this.#tick();
    if (this.#protocol.isHeld) this.#hold = this.#createHold();
  }

  /** True when no more data can be sent. */
  get isClosing(): boolean {
    return this.#protocol.isClosing || this.#isEnding || this.#isGone || this.#isCut;
  }

  /** True when the peer's Close has arrived: the peer sends nothing more. */
  get hasPeerClosed(): boolean {
    return this.#protocol.hasPeerClosed;
  }

  /** When either side began to close the connection, in milliseconds as `now` returns them. */
  get closingSince(): number | undefined {
    return this.#closing?.since;
  }

  /** False while nothing is read from the peer: reading is paused, or the peer's Close has arrived. */
  get isListening(): boolean {
    return !this.#intake.isPaused && !this.#protocol.hasPeerClosed;
  }

  get bufferedAmount(): number {
    return this.#protocol.outbound.bufferedAmount;
  }

  /** `bufferedAmount` plus the overhead of queued messages, or the memory of messages sent with `isKept` if that is more. */
  get heldAmount(): number {
    return Math.max(this.#protocol.outbound.heldAmount, this.#protocol.outbound.journalBytes);
  }

  /** Queues a message or control frame. Returns false when more than `highWaterMark` bytes are queued. */
  send(type: number, payload: string | Uint8Array): boolean {
    const protocol = this.#protocol;
    protocol.send(type, payload);
    const held = protocol.outbound.heldAmount;
    const mark = this.#options.highWaterMark;
    // Most replies take this path: they leave when the chunk has been read.
    if (this.#intake.isTaking && held < WRITE_FROM && held <= mark) return true;
    this.#scheduleFlush();
    if (held > mark && protocol.outbound.heldAmount - payload.length > mostQueued(mark)) this.onStall(TOO_MUCH);
    return protocol.outbound.heldAmount <= mark;
  }

  /**
   * Queues a message that other connections send, too. Returns `Full` and does nothing when something is queued already and
   * the message would bring it above `mark` bytes.
   */
  sendShared(message: SharedMessage, mark: number, isKept: boolean, run?: SharedRun, token?: unknown): Offer {
    const protocol = this.#protocol;
    const held = this.heldAmount;
    if (held > 0 && held + message.size > mark) return Offer.Full;
    const isAttached = protocol.sendShared(message, isKept, run, token);
    this.#scheduleFlush();
    return isAttached ? Offer.Attached : Offer.Taken;
  }

  /** The messages sent with `isKept` that the transport has not reported as passed on to the system. */
  get unsent(): readonly UnsentMessage[] {
    return this.#protocol.unsent;
  }

  /**
   * Sends one ping, but not before the peer has read the bytes that are on their way, as pings would only pile up behind these.
   * Does nothing when the peer has sent its Close, because it would not answer.
   */
  ping(): void {
    if (this.#protocol.hasPeerClosed) return;
    if (this.#ping === Ping.None) this.#ping = Ping.Wanted;
    this.#scheduleFlush();
  }

  /** True when the system has taken bytes since the last call. */
  hasMoved(): boolean {
    const before = this.#takenBefore;
    this.#takenBefore = this.bytesTaken;
    return this.#takenBefore !== before;
  }

  /** True when the system has handed over bytes since the last call, even if `onData` was not called with them yet. */
  hasReceived(): boolean {
    const before = this.#receivedBefore;
    this.#receivedBefore = this.#transport.bytesReceived ?? 0;
    return this.#receivedBefore > before;
  }

  /** The bytes that the system has taken since the connection began. */
  get bytesTaken(): number {
    const transport = this.#transport;
    return transport.bytesTaken ?? this.#protocol.outbound.outbox.passedOn + transport.passed;
  }

  /** Answers a ping. */
  pong(payload: Uint8Array): void {
    this.#protocol.pong(payload);
    this.#scheduleFlush();
  }

  /** Begins a message that is sent piece by piece. `onRoom` is called whenever a piece is wanted. */
  open(type: number, events: OutgoingEvents): PiecewiseMessage {
    const message = this.#protocol.open(type, events);
    if (this.#protocol.outbound.partialOverhead > mostQueued(this.#options.highWaterMark)) this.onStall(TOO_MUCH);
    return message;
  }

  /** Counts somebody who begins to wait for room, or who waits no longer. */
  setWaiting(isWaiting: boolean): void {
    this.#countSenders(isWaiting ? 1 : -1);
    this.#update();
  }

  /** Resolves when at most `limit` bytes are queued, `highWaterMark` by default; rejects with ClosedError at the end. */
  drained(limit: number = this.#options.highWaterMark): Promise<void> {
    if (this.#isGone) return Promise.reject(closedError());
    if (this.heldAmount <= limit) return Promise.resolve();
    this.#waiters ??= new Waiters();
    const drained = this.#waiters.add(limit);
    this.setWaiting(true);
    return drained;
  }

  /**
   * Ends the connection at once: nothing more is sent or read, and the owner is told by the end of this turn of the event loop,
   * even if the transport does not report its end. An error with this code and message goes into the CloseInfo, unless the
   * connection has failed or closed before.
   */
  terminate(code: 'TERMINATED' | 'PONG_TIMEOUT', message: string): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#protocol.cut((cause) => new WebsonError(code, message, cause && { cause }));
    this.#transport.destroy();
    atEndOfTurn(() => this.onClose());
  }

  /** Calls `action` when the transport is gone. The function returned cancels that. */
  whenGone(action: () => void): () => void {
    const actions = this.#goneActions ?? new Set();
    this.#goneActions = actions.add(action);
    return () => actions.delete(action);
  }

  /** Begins the closing handshake. @throws RangeError for a code or reason that may not be sent. */
  close(code: number, reason?: string): void {
    this.#protocol.close(code, reason);
    this.#beginClosing();
    // This Close is the answer to the peer's Close if that has waited.
    if (this.#closeAnswer !== undefined) this.onAnswerDue();
    this.#update();
    this.#scheduleFlush();
  }

  /** Fails the connection (RFC 6455 §7.1.7) for a fault of this side. `error` goes into the CloseInfo. */
  fail(closeCode: number, reason: string, error: Error): void {
    this.#protocol.fail(closeCode, reason, error);
  }

  /** Messages of these types that begin from now on are handed over as they arrive: see `Receiver.setStreamed`. */
  setStreamed(types: number): void {
    this.#protocol.inbound.setStreamed(types);
  }

  /** Accepts messages of these types too, in addition to the standard ones and those of the options. */
  accept(types: Iterable<number>): void {
    this.#protocol.inbound.accept(types);
  }

  /** The load of the handlers may have changed. */
  onLoad(): void {
    // A message that would have to wait for the handlers is not even decoded.
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
    this.#scheduleFlush();
  }

  onUnread(): void {
    this.#update();
  }

  /** Only for the {@link Protocol}. */
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

  /** Only for the {@link Intake}. */
  take(chunk: Uint8Array): number {
    try {
      const taken = this.#protocol.receive(chunk);
      this.#admission.read(taken);
      return taken;
    } catch (error) {
      // Whatever threw the error, only this connection cannot go on.
      this.#transport.fail(error);
      return chunk.length;
    }
  }

  /** Only for the {@link Intake}. */
  onTaken(): void {
    this.#flush();
    if (this.#intake.isPaused || this.#protocol.flow.isShut) this.#admission.watch();
  }

  /** Only for the {@link Intake}. */
  get mayRead(): boolean {
    return this.#admission.mayRead;
  }

  /** Only for the {@link Intake}. */
  get work(): TurnWork {
    return this.#protocol.inbound.work;
  }

  /** Only for the {@link Intake}. */
  get hasMore(): boolean {
    return this.#protocol.inbound.hasMore;
  }

  /** Only for the {@link Intake}. */
  onEmpty(): void {
    if (this.#isInputOver) this.#endInput();
    if (this.#isGone) this.#finish();
  }

  /** Only for the {@link Admission}. */
  onPassed(): void {
    this.#update();
  }

  /** Only for the {@link Admission}. */
  onStall(why: Stall | typeof TOO_MUCH): void {
    const error = why === TOO_MUCH ? why : `${why}, for timeout.stall`;
    this.#protocol.fail(CloseCode.TryAgainLater, why, new WebsonError('STALLED', error));
    // A peer that reads nothing will not read our Close either, so the queue is not kept for it any longer.
    if (why === 'the peer does not read what it is sent') this.#closing?.linger();
  }

  onDrain(): void {
    if (this.#transport.writeOn()) return;
    // Room in our system's buffer shows that the peer's system has taken bytes. TLS also reports bytes late that our system took
    // within `write`; these show nothing.
    if ((this.#transport.bytesTaken ?? 0) > this.#takenAtWrite) this.#owner.onSignOfLife();
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
    this.#closing?.stop();
    this.#ticker?.cancel();
    this.#hold?.stop();
    this.#patience?.look(undefined);
    this.#closeAnswer?.stop();
    this.#waiters?.reject(closedError);
    this.#waiters = undefined;
    for (const action of this.#goneActions ?? []) action();
    this.#readRest();
  }

  // Decodes everything that was read before the end is handled. No more bytes will come.
  #readRest(): void {
    this.#admission.isOver = true;
    if (this.#intake.isEmpty) this.onEmpty();
    else this.#intake.update();
  }

  #endInput(): void {
    this.#isInputOver = false;
    this.#protocol.receiveEnd();
    // A peer that half-closes without a Close sends nothing more, but gets everything that is queued.
    if (this.#closeAnswer === undefined) this.#end();
    // A Go peer never half-closes: it does not read any more, either.
    else if (this.#options.go !== undefined) this.onAnswerDue();
    this.#beginClosing();
  }

  /** Only for the {@link CloseAnswer}. */
  get isStuck(): boolean {
    return this.#protocol.outbound.needsPeer;
  }

  /** Only for the {@link CloseAnswer}. */
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

  // The last frame of the peer has arrived. RFC 6455 §7.1.1: the server ends the transport first, and the client waits for it.
  #expectEnd(): void {
    this.#beginClosing();
    this.#admission.isOver = true;
    this.#intake.update();
    const mustLinger = this.#options.isClient && this.#protocol.isClosed;
    if (this.#closeAnswer === undefined && !mustLinger) this.#end();
    this.#scheduleFlush();
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#scheduleFlush();
  }

  #tick(): void {
    this.#ticker = after(this.#options.streamIdleTimeout, () => {
      // The peer is not to blame for bytes that were not read.
      this.#protocol.tick(!this.#intake.takeWasPaused());
      this.#admission.watch();
      this.#tick();
    });
  }

  #createHold(): Hold {
    return new Hold(this.#protocol, () => this.#scheduleFlush());
  }

  #createPatience(owner: LinkOwner): Patience {
    return new Patience(owner, () => this.#waited());
  }

  #waited(): void {
    // An answer that has arrived is not seen while reading is paused.
    if (!this.#intake.isPaused) this.#protocol.waited();
    this.#scheduleFlush();
  }

  #linger(): void {
    this.#isLingering = true;
    this.#closing?.linger();
  }

  #beginClosing(): void {
    if (!this.#isGone) this.#closing ??= new Closing(this.#transport, this.#options.closeTimeout);
  }

  // Called when something may have been queued. It is written when the current chunk has been read, or at the end of the turn.
  #scheduleFlush(): void {
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
    // A transport may hand over a chunk from within `write`. The output that this leads to leaves with the next write.
    if (this.#isGone || this.#isCut || this.#isWriting) return;
    const protocol = this.#protocol;
    if (this.#ping === Ping.Wanted && !protocol.outbound.isBlocked) {
      this.#ping = Ping.Leaving;
      protocol.send(MessageType.Ping, '');
    }
    // After the end of this side windows and pongs can no longer be sent.
    let hasOutput = protocol.hasOutput && !this.#isEnded;
    if (hasOutput) {
      this.#isWriting = true;
      // More can be written when the system takes bytes at once. The limit gives other connections their turn.
      for (let i = 0; i < WRITES_PER_TURN && hasOutput; i++) {
        const isTaken = this.#transport.write(protocol.takeOutput());
        if (!isTaken) this.#takenAtWrite = this.#transport.bytesTaken ?? 0;
        protocol.taken(isTaken);
        hasOutput = protocol.hasOutput;
      }
      this.#isWriting = false;
      if (hasOutput) this.#scheduleFlush();
    }
    if (this.#ping === Ping.Leaving && !protocol.outbound.outbox.isBlocked) {
      this.#ping = Ping.None;
      this.#owner.onPingLeft();
    }
    // The wait for an answer begins when the frame that asks for it has left.
    this.#patience?.look(protocol.outbound.outbox.isBlocked ? undefined : protocol.outbound.outbox.wait);
    if (this.#isEnding && !this.#isEnded && protocol.isWrittenOut) {
      this.#isEnded = true;
      this.#transport.end();
    }
    const held = protocol.outbound.heldAmount;
    if (this.#admission.isOver && !this.#isLingering && protocol.isClosed && held === 0) this.#linger();
    if (this.#waiters !== undefined) this.#wakeWaiters(this.#waiters);
    if (held > this.#options.highWaterMark || this.#admission.hasBacklog) {
      this.#admission.updateBacklog(held, this.bytesTaken);
      this.#update();
    } else if (this.#intake.isPaused) {
      // The remaining output may have begun to wait for the peer.
      this.#update();
    }
  }

  #update(): void {
    this.#intake.update();
    if (this.#intake.isPaused || this.#protocol.flow.isShut || this.#admission.hasBacklog) this.#admission.watch();
  }

  #wakeWaiters(waiters: Waiters): void {
    const woken = waiters.wake(this.heldAmount);
    if (woken === 0) return;
    if (waiters.isEmpty) this.#waiters = undefined;
    this.#countSenders(-woken);
  }

  #countSenders(more: number): void {
    this.#admission.waitingSenders += more;
    this.#protocol.flow.setAwaited(this.#admission.waitingSenders > 0);
  }
}

function closedError(): ClosedError {
  return new ClosedError('the connection has ended before everything was sent');
}
