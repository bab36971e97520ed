import { CloseCode, decodeClosePayload, encodeClosePayload, MAX_CONTROL_PAYLOAD, Opcode } from '@webson/frame';
import { type CloseInfo, closeInfoOf, type EndingFacts } from './close-info.js';
import { ClosedError, ProtocolError } from './contract/errors.js';
import { FLOW_OPCODE } from './contract/flow-entry.js';
import type { GoDialect } from './contract/go-dialect.js';
import type { InboundFlow, InboundFlowEvents } from './contract/inbound-flow.js';
import type { MessageBody, Reading } from './contract/message-body.js';
import type { SharedSettings } from './contract/shared-settings.js';
import type { FlowControl } from './contract/stream-agreement.js';
import type { InboundPlatform } from './inbound/inbound-platform.js';
import { Receiver } from './inbound/receiver.js';
import type { ReceiverEvents } from './inbound/receiver-events.js';
import { UnreadLimit } from './inbound/unread-limit.js';
import { blamed, explained } from './mismatch.js';
import type { UnsentMessage } from './outbound/journal.js';
import type { OutgoingEvents } from './outbound/outgoing-message.js';
import { PiecewiseMessage } from './outbound/piecewise-message.js';
import { Pongs } from './outbound/pongs.js';
import { Sender } from './outbound/sender.js';
import type { SharedMessage, SharedRun } from './outbound/shared-message.js';
import type { ProtocolEvents } from './protocol-events.js';
import { type ProtocolOptions, receiverOptionsOf } from './protocol-options.js';

/**
 * One endpoint of a WebSocket connection after the handshake, without sockets or timers: bytes and calls go in, events and
 * bytes come out (RFC 6455 §5-§8).
 *
 * Invariants:
 * - A fault of the peer is not thrown: it fails the connection, with a Close frame and an event (RFC 6455 §7.1.7).
 * - Nothing is read after a fault, nor after the peer's Close (RFC 6455 §1.4).
 * - Our Close leaves behind everything that was dispatched before it, as far as the peer's windows allow. No data follows it (RFC
 *   6455 §5.5.1).
 * - The newest ping that arrived before our Close is answered before that Close (RFC 6455 §5.5.2, §5.5.3).
 */
export class Protocol implements ReceiverEvents, InboundFlowEvents {
  readonly #events: ProtocolEvents;
  /** Decodes the bytes that arrive. */
  readonly inbound: Receiver;
  /** Encodes the messages that are sent. */
  readonly outbound: Sender;
  /** Counts the payload that has arrived and is unread, and grants windows to the peer. */
  readonly flow: InboundFlow;
  readonly #control: FlowControl | undefined;
  readonly #go: GoDialect | undefined;
  readonly #shared: SharedSettings;
  readonly #platform: InboundPlatform;
  #hasReceived = false;
  #hasSent = false;
  #isHeld: boolean;
  #closeSent = false;
  #closeCode: number = CloseCode.NoStatusReceived;
  // The payload of our Close while messages that were dispatched before it queue.
  #deferredClose: Uint8Array | undefined;
  // The payload of the peer's Close while the answer waits for handlers.
  #unanswered: Uint8Array | undefined;
  #closeReceived: { code: number; reason: string } | undefined;
  // Set when the peer has failed the connection, perhaps because of settings that differ.
  #blamed: Error | undefined;
  // Why this side has destroyed the transport, if it has.
  #cut: ((cause: Error | undefined) => Error) | undefined;
  #failure: { closeCode: number; reason: string; error: Error } | undefined;
  #hasPeerEnded = false;
  // True when our Close was handed over before the peer ended its side.
  #closedInTime = false;
  #isEnded = false;
  readonly #pongs: Pongs;
  #unsent: readonly UnsentMessage[] | undefined;

  constructor(platform: InboundPlatform, options: ProtocolOptions, events: ProtocolEvents) {
    const { isClient, codec, privateMask, alwaysMask = false, isUnmasked = false, streams, go } = options;
    this.#events = events;
    this.#platform = platform;
    this.#shared = options;
    this.#go = go;
    // A Go client loses the bytes that arrive together with the response to its handshake.
    this.#isHeld = go !== undefined && !isClient;
    this.#control = streams?.flow;
    this.outbound = new Sender(platform, {
      masked: !isUnmasked && (isClient || alwaysMask),
      privateMask,
      codec,
      chunkSize: options.chunkSize,
      streams,
      go,
      isHeld: this.#isHeld,
      onReady: codec && (() => this.#events.onOutput()),
    });
    this.#pongs = new Pongs(this.outbound);
    this.flow = streams?.flow?.inbound(this) ?? new UnreadLimit(options.maxUnread, this);
    this.inbound = new Receiver(platform, receiverOptionsOf(options), this.flow, this);
  }

  /** True when `close` was called or our Close is queued: no more data can be sent (RFC 6455 §5.5.1). */
  get isClosing(): boolean {
    return this.#closeSent || this.#deferredClose !== undefined;
  }

  /** True when the peer's Close has arrived: the peer sends nothing more. */
  get hasPeerClosed(): boolean {
    return this.#closeReceived !== undefined;
  }

  /** True when the peer's Close has arrived and ours is sent, or queued behind other output. */
  get isClosed(): boolean {
    return this.isClosing && this.#closeReceived !== undefined;
  }

  /** True when there is nothing to write, whether or not the transport is free, until something else happens. */
  get isWrittenOut(): boolean {
    const { outbox, isReady, isDeflating } = this.outbound;
    const owesPong = this.#pongs.isOwing && this.#mayAnswer;
    return outbox.length === 0 && !isReady && !isDeflating && !owesPong && !this.#isReadyToClose();
  }

  /** True while only pings queued by `knock` are sent, until the peer has spoken or `release` is called. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** True when there is something to write and the transport is free to take it. */
  get hasOutput(): boolean {
    const { outbox, isReady } = this.outbound;
    if (outbox.isBlocked) return false;
    if (this.#isHeld) return outbox.sendable > 0;
    if (outbox.sendable > 0 || this.#pongs.isDue) return true;
    return !outbox.isWaiting && (isReady || this.#owesFlow() || this.#isReadyToClose());
  }

  /**
   * Decodes bytes that the transport has read. They are unmasked in place, and those that are kept are copied.
   *
   * @returns how many bytes were decoded: fewer than all when the work of this turn is done, or after `suspend`.
   */
  receive(chunk: Uint8Array): number {
    this.#hasReceived = true;
    if (this.#isHeld) this.release();
    try {
      return this.inbound.push(chunk);
    } catch (error) {
      this.#blame(error);
      return chunk.length;
    }
  }

  /** Queues a ping to which a peer answers that has not spoken yet. */
  knock(): void {
    this.outbound.outbox.knock();
  }

  /** Lets all output leave that was held back until the peer has spoken. */
  release(): void {
    this.#isHeld = false;
    this.outbound.outbox.release();
  }

  /** Queues a whole message, or a control frame. Does nothing once our Close is queued. */
  send(type: number, payload: string | Uint8Array): void {
    if (this.isClosing || this.#isEnded) return;
    if (type >= Opcode.Close) this.outbound.control(type, payload);
    else this.outbound.message(type, payload);
  }

  /** Queues a whole message that other connections send, too: see {@link Sender.shared}. Does nothing once our Close is queued. */
  sendShared(message: SharedMessage, isKept: boolean, run?: SharedRun, token?: unknown): boolean {
    return !this.isClosing && !this.#isEnded && this.outbound.shared(message, isKept, run, token);
  }

  /** The messages sent with `isKept` that are not known to be passed on, now or at the end of the connection. */
  get unsent(): readonly UnsentMessage[] {
    return this.#unsent ?? this.outbound.unsent;
  }

  /** Begins a message that is sent piece by piece. `onRoom` is called whenever a piece is wanted. */
  open(type: number, events: OutgoingEvents): PiecewiseMessage {
    return new PiecewiseMessage(this.outbound.open(type, events), this.outbound, this.#events);
  }

  /** Answers a ping. */
  pong(payload: Uint8Array): void {
    if (this.#mayAnswer && !this.#isEnded) this.#pongs.answer(payload);
  }

  /**
   * Queues our Close behind all whole messages. The connection ends when the peer's Close has arrived. Messages that are sent
   * piece by piece are aborted. Does nothing when our Close is queued already.
   *
   * @throws RangeError when the code may not be sent or the reason exceeds 123 bytes.
   */
  close(code?: number, reason?: string): void {
    const payload = encodeClosePayload(code, reason);
    if (this.isClosing || this.#isEnded) return;
    this.#closeCode = code ?? CloseCode.NoStatusReceived;
    this.#queueClose(payload);
  }

  /** Answers the peer's Close if it still waits for an answer. */
  answerClose(): void {
    if (this.#unanswered !== undefined && !this.isClosing && !this.#isEnded) this.#answerClose(this.#unanswered);
  }

  /**
   * Fails the connection (RFC 6455 §7.1.7): our Close is queued, and nothing more is read.
   *
   * @param reason ASCII text for the peer, which is cut to the length that fits into a Close.
   */
  fail(closeCode: number, reason: string, error: Error): void {
    if (this.#failure !== undefined || this.#cut !== undefined || this.#isEnded) return;
    // A connection whose Close frames were exchanged has ended cleanly and cannot fail any more.
    if (this.hasPeerClosed && this.isClosing) return;
    this.#failure = { closeCode, reason: reason.slice(0, MAX_CONTROL_PAYLOAD - 2), error };
    this.inbound.stop(() => new ClosedError('the connection has failed', { cause: error }));
    this.#isHeld = false;
    this.outbound.outbox.expectNoAnswer(false);
    if (!this.#closeSent) this.#sendClose(encodeClosePayload(closeCode, this.#failure.reason));
    this.#events.onFailure();
  }

  /**
   * This side destroys the transport, and nothing more is read.
   *
   * @param createError makes the error for the CloseInfo, unless both have closed. It is given that of the transport, if any.
   */
  cut(createError: (cause: Error | undefined) => Error): void {
    this.#cut = createError;
    this.inbound.stop(() => new ClosedError('the connection has ended'));
  }

  /**
   * Is to be called regularly, and enforces the time limits of unfinished and cancelled messages.
   *
   * @param wasReading false when reading was paused for some of the time since the last call.
   */
  tick(wasReading: boolean): void {
    try {
      this.inbound.tick(wasReading);
    } catch (error) {
      this.#blame(error);
    }
  }

  /** Returns everything to write now, for one write. `taken` must follow. */
  takeOutput(): readonly Uint8Array[] {
    this.#hasSent = true;
    this.#pongs.beginWrite();
    this.#pongs.pay(this.#mayAnswer);
    if (this.#control !== undefined && this.#owesFlow()) {
      for (const payload of this.#control.encode(this.flow.take())) this.outbound.control(FLOW_OPCODE, payload);
    }
    if (this.outbound.isReady) this.outbound.fill();
    if (this.#deferredClose !== undefined && this.#isReadyToClose()) this.#sendClose(this.#deferredClose);
    return this.outbound.outbox.take();
  }

  /** @param done true when the transport is finished with the memory that was taken. Otherwise `drained` must follow. */
  taken(done: boolean): void {
    this.outbound.outbox.taken(done);
    if (done) this.outbound.passedOn();
  }

  /** The transport has passed on everything that it was given. */
  drained(): void {
    this.outbound.outbox.drained();
    this.outbound.passedOn();
  }

  /** The peer has ended its side of the transport and sends nothing more, not even a pong. */
  receiveEnd(): void {
    if (this.#hasPeerEnded) return;
    this.#hasPeerEnded = true;
    this.#closedInTime = this.#closeSent && this.outbound.outbox.length === 0;
    if (this.#go === undefined) return;
    // A Go peer never half-closes: it does not read any more, either.
    this.#pongs.clear();
    this.outbound.dropQueued();
    this.#giveUp();
    if (this.#deferredClose !== undefined) this.#sendClose(this.#deferredClose);
  }

  /** The `wait` of the outbox has lasted as long as it may, and the peer has not answered. */
  waited(): void {
    const { outbox } = this.outbound;
    const isAnswer = (outbox.wait?.pongTimeouts ?? 0) > 0;
    if (!outbox.waited() && this.#go !== undefined) {
      this.#giveUp();
      const error = this.#go.silent();
      this.fail(error.closeCode, 'no answer to a ping', error);
    } else if (isAnswer) {
      this.#events.onSilence();
    }
  }

  /** The transport is gone. Drops everything, and returns how the connection ended. */
  end(error?: Error): CloseInfo {
    this.#isEnded = true;
    this.inbound.stop(() => new ClosedError('the connection has ended'));
    const { unsentCount, outbox } = this.outbound;
    // Our Close may still have been waiting: for handlers, or for a Go peer.
    const hasAnswered = this.isClosing && (this.#go === undefined || (this.#closeSent && outbox.length === 0));
    this.#unsent = this.outbound.unsent;
    this.outbound.clear();
    this.#pongs.clear();
    const facts: EndingFacts = {
      settings: this.#shared,
      questions: this.#platform.questions,
      go: this.#go,
      failure: this.#failure,
      closeReceived: this.#closeReceived,
      blamed: this.#blamed,
      cut: this.#cut?.(error),
      closeSent: this.#closeSent,
      closeCode: this.#closeCode,
      hasAnswered,
      hasPeerEnded: this.#hasPeerEnded,
      closedInTime: this.#closedInTime,
      hasReceived: this.#hasReceived,
      hasSent: this.#hasSent,
      unsent: unsentCount,
    };
    return closeInfoOf(facts, error);
  }

  /** For the receiver alone. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    this.#events.onMessage(type, streamId, payload, isAscii);
  }

  /** For the receiver alone. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
    return this.#events.onMessageStart(type, streamId, reading);
  }

  /** For the receiver alone. */
  onFault(error: unknown): void {
    this.#blame(error);
  }

  /** For the receiver alone. */
  onStarving(): void {
    this.#events.onStarving();
  }

  /** For the flow control alone. */
  onGrant(): void {
    this.#events.onOutput();
  }

  /** For the flow control alone. */
  onUnread(): void {
    this.#events.onUnread();
  }

  /** For the receiver alone. */
  onControl(opcode: number, payload: Uint8Array): void {
    if (opcode === FLOW_OPCODE && this.#control !== undefined) {
      for (const entry of this.#control.decode(payload)) this.outbound.flow(entry);
      this.#events.onOutput();
      return;
    }
    if (opcode === Opcode.Pong && this.outbound.outbox.acknowledge(payload)) {
      this.#events.onSignOfLife();
      this.#events.onOutput();
      return;
    }
    if (opcode !== Opcode.Close) {
      this.#events.onControl(opcode, payload);
      return;
    }
    const received = decodeClosePayload(payload);
    // RFC 6455 §1.4, §7.1.7: bytes that follow a Close are not read.
    this.inbound.stop(() => new ClosedError('the peer has closed the connection'));
    this.#closeReceived = received ?? { code: CloseCode.NoStatusReceived, reason: '' };
    const { code, reason } = this.#closeReceived;
    // A Close that echoes ours is only an answer and blames nobody.
    if (!this.#closeSent || code !== this.#closeCode) {
      this.#blamed = blamed(code, reason, this.#shared, this.#platform.questions);
    }
    this.#isHeld = false;
    this.outbound.outbox.expectNoAnswer(!this.outbound.isEmpty);
    // A handler gets the same bytes, and may change them before the answer leaves.
    const answer = new Uint8Array(payload);
    if (this.#events.mayAnswerClose) this.#answerClose(answer);
    else this.#unanswered = answer;
    this.#events.onPeerClose(payload);
  }

  // A fault of the peer fails the connection. Any other error is thrown on.
  #blame(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.fail(error.closeCode, error.message, explained(error, this.#shared, this.#platform.questions));
  }

  // RFC 6455 §5.5.1: the answer echoes the peer's Close. Messages that were dispatched before leave before it, if windows allow.
  #answerClose(payload: Uint8Array): void {
    if (!this.#closeSent) this.#queueClose(payload);
  }

  // Queues our Close behind all whole messages that may still leave.
  #queueClose(payload: Uint8Array): void {
    this.#deferredClose = payload;
    if (!this.outbound.abortPartial() || this.#isReadyToClose()) this.#sendClose(payload);
  }

  // Drops everything that would have to wait for the peer.
  #giveUp(): void {
    this.#isHeld = false;
    this.outbound.giveUp();
  }

  #isReadyToClose(): boolean {
    if (this.#deferredClose === undefined) return false;
    if (this.outbound.isEmpty) return true;
    // A peer that has sent its Close grants no more windows.
    return this.hasPeerClosed && this.#go === undefined && this.outbound.isShut;
  }

  // No FLOW frame follows our Close: RFC 6455 §5.5.1 forbids data, and a grant would be of no use.
  #owesFlow(): boolean {
    return this.flow.hasEntries && !this.#closeSent;
  }

  // Pongs may overtake our Close in some outboxes: otherwise two peers, each waiting for a pong before its Close, would deadlock.
  get #mayAnswer(): boolean {
    return !this.#closeSent || this.outbound.outbox.answersFirst;
  }

  #sendClose(payload: Uint8Array): void {
    // RFC 6455 §5.5.2: a ping that arrived before our Close has to be answered.
    this.#pongs.pay(this.#mayAnswer);
    this.#closeSent = true;
    if (!this.#mayAnswer) this.#pongs.clear();
    this.#deferredClose = undefined;
    this.outbound.control(Opcode.Close, payload);
    this.outbound.dropQueued();
  }
}
