import { encodeClosePayload } from '@webson/frame';
import type { Adapter } from '../adapter.js';
import { isA } from '../application/thrown.js';
import { showUnheard, summaryOf } from '../application/unheard.js';
import type { ConnectionParts, ConnectionPlatform, Opened, TransportWatch } from '../connection-parts.js';
import { Handlers, type HandlersOwner } from '../handlers.js';
import { Message } from '../message.js';
import type { Settings } from '../options/options.js';
import type { CloseInfo } from '../protocol/close-info.js';
import {
  ClosedError,
  ConfigError,
  MessageCancelledError,
  MessageTooLargeError,
  NotReadyError,
  ProtocolError,
  WebsonError,
} from '../protocol/contract/errors.js';
import type { MessageBody, Reading } from '../protocol/contract/message-body.js';
import type { SharedMessage, SharedRun } from '../protocol/outbound/shared-message.js';
import { Collection } from '../reading/collection.js';
import { IncomingBody, type IncomingLimits } from '../reading/incoming-body.js';
import { MessageType, Status } from '../status.js';
import { after, atEndOfTurn, now, type Timer } from '../time/clock.js';
import { Dispatcher, type DispatcherOwner } from './dispatcher.js';
import { GuardedTransport } from './guarded-transport.js';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js';
import { Link, type LinkOwner } from './link.js';
import { linkOptions } from './link-options.js';
import { endError, type LoopOwner, MessageLoop } from './message-loop.js';
import { MessageWriter } from './message-writer.js';
import { type Ending, Offer, type PooledConnection, type PoolMembership } from './pooled-connection.js';
import { Receipt } from './receipt.js';
import { type StreamCarrier, type Taker, WholeMessage } from './stream-carrier.js';
import { warnUnhandled } from './unhandled.js';
import { expectStart, forgoStart, type Unstarted, warnNotStarted } from './unstarted.js';

const NONE: readonly never[] = [];

/** The bits of all types of messages, 0 to 15. */
const ALL_TYPES = 0xffff;

/** What a session passes to handlers, and knows of it. */
export interface SessionAdapter extends Adapter {
  /** As it may be shown. */
  readonly url: string | undefined;
}

const NOT_STARTED = 'the connection is not started: register onReady, or send after start()';

/**
 * The lives of a connection, one after the other: each has a {@link Link} of its own, and everything else outlives it. A
 * {@link Connection} is the public face of a session.
 *
 * Invariants:
 * - A life begins with `start`, `begin` or `restart`. It ends when the transport is gone and everything that has arrived was
 *   handled, but at the latest `timeout.close` after the closing began.
 * - Handlers, the dispatcher and the messages pending there go on into the next life.
 * - A session that is closed before it was started performs the closing handshake (RFC 6455 §7.1.2) and delivers nothing.
 */
export class Session
  implements
    LinkOwner,
    DispatcherOwner,
    HeartbeatOwner,
    HandlersOwner,
    PooledConnection,
    LoopOwner,
    StreamCarrier,
    Unstarted
{
  readonly adapter: SessionAdapter;
  readonly handlers: Handlers;
  onUnheard: PooledConnection['onUnheard'];
  readonly isClient: boolean;
  readonly #platform: ConnectionPlatform;
  #settings: Settings;
  #redial: ((signal: AbortSignal) => Promise<Opened>) | undefined;
  readonly #dispatcher: Dispatcher;
  readonly #heartbeat: Heartbeat;
  // Created when the first message is read as it arrives.
  #incomingLimits: IncomingLimits | undefined;
  #opened: Opened;
  #url: string | undefined;
  #link: Link | undefined;
  // Set while a loop reads the messages.
  #loop: MessageLoop | undefined;
  // Takes the messages of a type, past the handlers and those that wait for them.
  #taker: Taker | undefined;
  #endActions: readonly ((info: CloseInfo) => void)[] = NONE;
  // Set while somebody waits for what the peer has received.
  #receipt: Receipt | undefined;
  // Set as long as nobody has started the connection.
  #anteroom: TransportWatch | undefined;
  #status: Status = Status.YetReady;
  #isStarted = false;
  // True while the connection is ready, and its handlers have not been told yet.
  #isUntold = false;
  #isRedialling = false;
  // Set while `restart` dials: makes it fail.
  #abandon: ((error: Error) => void) | undefined;
  // True when this side has closed the connection for good, so that nobody should dial again.
  #isLeaving = false;
  #dismissActions: Set<() => void> | undefined;
  #ending: Omit<Ending, 'isLeaving'> | undefined;
  // How this life has ended; undefined before.
  #closeInfo: CloseInfo | undefined;
  // True when this side has closed this life, and the peer had not.
  #hasClosedFirst = false;
  #isTerminated = false;
  // True when `close` was called in this life before the peer's Close has arrived: for the trace.
  #isClosedHere = false;
  // The pools that hold the connection; the last of them tells its name and groups.
  #memberships: readonly PoolMembership[] = NONE;
  // Set while handlers go on after the transport is gone: ends the life without waiting for them.
  #finish: (() => void) | undefined;
  #pingInterval: number;
  #pongTimeout: number;
  #finished: ((info: CloseInfo) => void) | undefined;

  constructor(parts: ConnectionParts, adapter: SessionAdapter) {
    this.adapter = adapter;
    this.isClient = parts.isClient;
    this.#platform = parts.platform;
    this.#settings = parts.settings;
    this.#pingInterval = parts.settings.pingInterval;
    this.#pongTimeout = parts.settings.pongTimeout;
    this.#redial = parts.redial;
    this.#opened = parts;
    this.#url = parts.url;
    this.handlers = new Handlers(this);
    this.#dispatcher = new Dispatcher(parts.settings, this);
    this.#heartbeat = new Heartbeat(this);
    // Most connections are started in the same turn, and nothing has to be done for them.
    atEndOfTurn(() => this.#await());
  }

  get name(): string {
    return this.#memberships.at(-1)?.name ?? '';
  }

  get groups(): string[] {
    return [...(this.#memberships.at(-1)?.groups ?? NONE)];
  }

  get status(): Status {
    return this.#status;
  }

  get url(): string | undefined {
    return this.#url;
  }

  /** True as long as handlers for the first `Ready` are still to be called. */
  get isAwaited(): boolean {
    return this.#status === Status.YetReady || !this.#isStarted || this.#isUntold;
  }

  /** True once a life has begun. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The result of the last handshake. */
  get opened(): Opened {
    return this.#opened;
  }

  get bufferedAmount(): number {
    return this.#link?.bufferedAmount ?? 0;
  }

  /** See {@link Connection.closeInfo}. */
  get closeInfo(): CloseInfo | undefined {
    return this.#closeInfo;
  }

  /**
   * Starts the connection, if nobody has, and reads its data messages.
   *
   * @param streamed the bits of the types that are wanted at their beginning, whatever the handlers say.
   * @throws WebsonError `ALREADY_READ` while another loop reads them.
   */
  iterate(streamed = 0): MessageLoop {
    if (this.handlers.hasLoop) throw new WebsonError('ALREADY_READ', 'the connection is read by a loop already');
    const loop = new MessageLoop(this);
    if (!this.#isStarted && this.#wasClosed) {
      loop.end(undefined);
      return loop;
    }
    this.#setLoop(loop, streamed);
    this.begin();
    if (this.#closeInfo !== undefined) this.#endLoop(loop, this.#closeInfo);
    return loop;
  }

  onLoopLeft(code: number, reason: string): void {
    this.#setLoop(undefined, 0);
    this.close(code, reason);
  }

  /** @throws ClosedError when the connection was closed before it was started, or has ended. */
  checkOpen(): void {
    if (this.#isStarted ? this.#closeInfo !== undefined : this.#wasClosed) {
      throw new ClosedError('the connection is closed already');
    }
  }

  /** Calls `action` when this life has ended, at once if it has. */
  whenEnded(action: (info: CloseInfo) => void): void {
    if (this.#closeInfo === undefined) this.#endActions = [...this.#endActions, action];
    else action(this.#closeInfo);
  }

  /** Calls `action` when the peer has received what has left before this call, unless the connection ends first. */
  whenReceived(action: () => void): void {
    this.#receipt = new Receipt((payload) => {
      if (this.isOpen) this.#link?.send(MessageType.Ping, payload);
    }, action);
  }

  /** See {@link StreamCarrier}. @throws ConfigError when the type has an action, or another type is taken. */
  take(type: number, onStart: Taker['onStart']): void {
    if (this.#taker !== undefined || this.handlers.hasActionFor(type))
      throw new ConfigError(`type: messages of type ${type} have an action already`);
    this.#taker = { type, onStart };
    this.handlers.onMessage(type, () => {}, true);
    this.updateStreamed();
  }

  fail(code: number, reason: string, error: Error): void {
    this.#link?.fail(code, reason, error);
  }

  get maxStreams(): number {
    return this.#opened.streams?.maxStreams ?? 0;
  }

  writer(type: number, onStop: () => void): MessageWriter {
    return new MessageWriter(this.sendable(), type, onStop);
  }

  /** The handlers may want the messages of a type in another way than before: at their beginning, or complete. */
  updateStreamed(): void {
    this.#link?.setStreamed(this.#streamed);
  }

  /** See {@link Connection.start}. */
  start(): Promise<CloseInfo> {
    if (this.#isStarted) return Promise.reject(new WebsonError('ALREADY_STARTED', 'the connection was started before'));
    if (this.#isTerminated) return this.#endOfUnstarted();
    if (this.#wasClosed) return Promise.reject(new ClosedError('the connection was closed before it started'));
    return this.#run();
  }

  /** See {@link Connection.restart}. */
  async restart(): Promise<CloseInfo> {
    if (this.#redial === undefined) throw new ConfigError('restart: only a client that was dialled can dial again');
    if (this.#status !== Status.Closed) throw new ConfigError('restart: the connection has not ended yet');
    if (this.#isRedialling) throw new ConfigError('restart: the connection is dialling already');
    this.#isRedialling = true;
    this.#isLeaving = false;
    const dialling = new AbortController();
    const opening = this.#redial(dialling.signal);
    try {
      const abandoned = new Promise<never>((_resolve, reject) => {
        this.#abandon = (error) => {
          reject(error);
          dialling.abort(error);
        };
      });
      const opened = await Promise.race([opening, abandoned]);
      // `close` may have been called too late to win the race.
      if (this.#isLeaving) throw dismissedError();
      this.#opened = opened;
      this.#url = opened.url ?? this.#url;
      this.#settings = opened.settings ?? this.#settings;
      this.handlers.recall();
    } catch (error) {
      // A connection that is still established later is not wanted any more.
      opening.then(({ transport }) => transport.destroy()).catch(() => {});
      throw error;
    } finally {
      this.#isRedialling = false;
      this.#abandon = undefined;
    }
    return this.#run();
  }

  drained(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return Promise.reject(new NotReadyError(NOT_STARTED));
    return link.drained();
  }

  /** The current life. @throws NotReadyError before the first one. @throws ClosedError when it is closing or has ended. */
  sendable(): Link {
    const link = this.#link;
    if (link === undefined) throw new NotReadyError(NOT_STARTED);
    if (link.isClosing) throw new ClosedError('the connection is closed or closing');
    return link;
  }

  /** See {@link Adapter.close}. */
  close(code: number, reason: string): void {
    encodeClosePayload(code, reason);
    // This also holds when the peer has closed the connection, or the transport is gone: the caller does not want it back.
    if (this.#isRedialling || this.#status === Status.Closed) {
      this.#dismiss();
      return;
    }
    this.#isLeaving = true;
    this.shed(code, reason);
  }

  /** See {@link Adapter.terminate}. */
  terminate(): void {
    const isUnstarted = !this.#isStarted && this.#link === undefined;
    if (!isUnstarted && (this.#isRedialling || this.#status === Status.Closed)) {
      this.#dismiss();
      return;
    }
    this.#isLeaving = true;
    this.#isTerminated = true;
    this.#hasClosedFirst = true;
    forgoStart(this);
    const link = this.#link ?? this.#createLink();
    link.terminate('TERMINATED', 'this side has terminated the connection');
    this.#finish?.();
  }

  shed(code: number, reason: string): void {
    if (this.#isRedialling || this.#status === Status.Closed) return;
    // The connection is closed before it was started. The closing handshake needs a link that reads, but nothing is delivered.
    if (this.#link === undefined) this.#createLink().start();
    const link = this.#link;
    if (link?.hasPeerClosed === false) this.#isClosedHere = true;
    const isFirst = link?.isClosing === false && !link.hasPeerClosed;
    link?.close(code, reason);
    if (isFirst) this.#hasClosedFirst = true;
  }

  /** See {@link Adapter.keepPing}. */
  keepPing(interval: number, pongTimeout: number): void {
    if (interval > 0) this.#opened.checkType?.(MessageType.Ping);
    this.#pingInterval = interval;
    this.#pongTimeout = pongTimeout;
    // There is nobody to ping before `start` and after the end.
    if (this.#link?.isClosing === false) this.#beat();
  }

  /** Counts as a sign of life of the peer. */
  refreshPongTime(): void {
    this.#heartbeat.refresh();
  }

  // The following members are for pools: see `PooledConnection`.

  enter(membership: PoolMembership): void {
    this.#memberships = [...this.#memberships, membership];
  }

  leave(membership: PoolMembership): void {
    this.#memberships = this.#memberships.filter((other) => other !== membership);
  }

  begin(): boolean {
    if (this.#isStarted || this.#wasClosed) return false;
    this.#begin();
    return true;
  }

  beginSoon(): void {
    // The status is `Closed` when the peer has left meanwhile.
    this.#isStarted = true;
    this.#isUntold = true;
    this.#status = Status.Ready;
    const link = this.#createLink();
    link.standBy();
    this.#beat();
    atEndOfTurn(() => {
      this.#isUntold = false;
      this.handlers.tellStatus(Status.Ready, Status.YetReady);
      link.start();
    });
  }

  handOver(): Opened {
    this.#isStarted = true;
    this.#anteroom?.leave();
    this.#anteroom = undefined;
    return { ...this.#opened, url: this.#url, settings: this.#settings };
  }

  dialBy(redial: (signal: AbortSignal) => Promise<Opened>): void {
    this.#redial = redial;
  }

  get isOpen(): boolean {
    return this.#isStarted && this.#link?.isClosing === false;
  }

  offer(message: SharedMessage, mark: number, isKept: boolean, run?: SharedRun, token?: unknown): Offer {
    const link = this.#link;
    if (link === undefined || !this.#isStarted || link.isClosing) return Offer.Closed;
    return link.sendShared(message, mark, isKept, run, token);
  }

  get heldAmount(): number {
    return this.#link?.heldAmount ?? 0;
  }

  drainedTo(limit: number): Promise<void> {
    return this.#link?.drained(limit) ?? Promise.resolve();
  }

  get ending(): Ending | undefined {
    return this.#ending && { ...this.#ending, isLeaving: this.#isLeaving };
  }

  whenDismissed(action: () => void): () => void {
    const actions = this.#dismissActions ?? new Set();
    this.#dismissActions = actions.add(action);
    return () => actions.delete(action);
  }

  // The following members are for the parts of the session.

  get pongTimeout(): number {
    // `keepPing` accepts any number.
    return this.#pongTimeout > 0 ? this.#pongTimeout : this.#settings.pongTimeout;
  }

  get isSynchronized(): boolean {
    return this.#settings.synchronize;
  }

  onSignOfLife(): void {
    this.#heartbeat.refresh();
  }

  onSilence(): void {
    this.#heartbeat.overdue();
  }

  onPingLeft(): void {
    this.#heartbeat.pingLeft();
  }

  onAsked(): void {
    this.#heartbeat.asked();
  }

  hasReceived(): boolean {
    return this.#link?.hasReceived() === true;
  }

  get bytesTaken(): number {
    return this.#link?.bytesTaken ?? 0;
  }

  hasMoved(): boolean {
    return this.#link?.hasMoved() === true;
  }

  sendPing(): void {
    this.#link?.ping();
  }

  canHear(): boolean {
    const link = this.#link;
    // No ping is sent, and none is answered, after our Close.
    return link?.isListening === true && !link.isClosing;
  }

  get deadTimeout(): number {
    return this.#settings.deadTimeout;
  }

  onDead(): void {
    const silence = `no sign of life for ${this.deadTimeout} ms after a pong was overdue (timeout.dead)`;
    this.#link?.terminate('PONG_TIMEOUT', silence);
  }

  onTimeout(isOverdue: boolean): void {
    this.#setStatus(isOverdue ? Status.Timeout : Status.Ready);
  }

  onLoad(): void {
    this.#link?.onLoad();
  }

  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    if (!this.#isStarted) return;
    if (type === MessageType.Pong) {
      this.#heartbeat.answered();
      this.#receipt?.onPong(payload);
    }
    if (type >= MessageType.Close && !this.handlers.hasActionFor(type)) {
      if (type === MessageType.Ping) this.#link?.pong(payload);
      if (type === MessageType.Pong) this.#heartbeat.refresh();
      if (type <= MessageType.Pong) return;
    }
    if (this.#taker?.type === type) {
      this.#taker.onStart(new WholeMessage(payload));
      return;
    }
    const message = new Message(this.#platform, type, streamId, payload, isAscii);
    // Pings and pongs do not queue behind data: handlers of data may wait for a pong, and the peer for the answer to a ping.
    if (type === MessageType.Ping || type === MessageType.Pong) this.#dispatcher.interject(message);
    else this.#dispatcher.push(message);
  }

  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
    const body = new IncomingBody(reading, this.#incoming);
    // A message that nobody reads would hold up all others.
    if (!this.#isStarted || !this.handlers.takes(type)) {
      reading.stop();
      if (this.#isStarted) this.onUnhandled(type);
      return body;
    }
    if (this.#taker?.type === type) {
      body.take();
      this.#taker.onStart(body);
      return body;
    }
    const message = new Message(this.#platform, type, streamId, body, false);
    if (((this.#streamed >>> type) & 1) !== 0) this.#dispatcher.push(message, body);
    else this.#awaitWhole(message, body);
    return body;
  }

  // The handler of a message gets it when it is complete, although it has to be read as it arrives.
  #awaitWhole(message: Message, body: IncomingBody): void {
    const link = this.#link;
    const release = this.#dispatcher.hold(message, body);
    body.completed().then(
      () => release(true),
      (error: unknown) => {
        release(false);
        if (isA(error, MessageTooLargeError)) link?.fail(error.closeCode, error.message, error);
      },
    );
  }

  onEnd(info: CloseInfo): void {
    this.#heartbeat.stop();
    if (this.#incomingLimits !== undefined) {
      this.#incomingLimits.hasEnded = true;
      for (const attendance of this.#incomingLimits.left) attendance.endWatch();
      // The messages of the next life have limits of their own.
      this.#incomingLimits = undefined;
    }
    this.#closeCodec();
    this.#platform.traceEnd?.(info, this.#isTerminated || this.#isClosedHere, this.adapter);
    this.#ending = { info, time: now(), unsent: this.#link?.unsent ?? [] };
    this.#closeInfo = info;
    this.#receipt = undefined;
    for (const action of this.#endActions) action(info);
    this.#endActions = NONE;
    if (this.#loop !== undefined) this.#endLoop(this.#loop, info);
    let timer: Timer | undefined;
    let isFinished = false;
    const finish = (): void => {
      timer?.cancel();
      // The dispatcher may become idle after the time-out, in the next life.
      if (isFinished) return;
      isFinished = true;
      this.#finish = undefined;
      this.#setStatus(Status.Closed);
      this.handlers.recall();
      this.#finished?.(info);
    };
    this.#finish = finish;
    if (this.#isTerminated) finish();
    else this.#dispatcher.whenIdle(finish);
    // Most connections are idle by now and need no timer. The others have what is left of `timeout.close`.
    const since = this.#link?.closingSince ?? now();
    if (!isFinished) timer = after(Math.max(0, since + this.#settings.closeTimeout - now()), finish);
  }

  #setLoop(loop: MessageLoop | undefined, streamed: number): void {
    this.#loop = loop;
    this.handlers.setLoop(loop, streamed);
    this.updateStreamed();
    this.#dispatcher.setOneAtATime(loop !== undefined);
  }

  // The end comes behind the messages that wait for the loop.
  #endLoop(loop: MessageLoop, info: CloseInfo): void {
    const error = endError(info, this.#hasClosedFirst);
    this.#dispatcher.afterQueued(() => {
      loop.end(error);
      if (this.#loop === loop) this.#setLoop(undefined, 0);
    });
  }

  handle(message: Message): unknown {
    return this.handlers.handle(message);
  }

  onHandlerError(thrown: unknown): void {
    this.handlers.failed(thrown);
  }

  onUnhandled(type: number): void {
    this.#platform.trace?.(`a message of type ${type} was dropped: nobody handles it`, this.adapter);
    // Who has closed the connection expects nothing more.
    if (!this.#isLeaving && !this.#isClosedHere) warnUnhandled(this.#platform, type, this.isClient);
  }

  hear(thrown: unknown): void {
    this.handlers.failed(thrown, false);
  }

  onUncaught(error: Error, isFatal: boolean): void {
    const isSpared = this.#spares(error);
    // The connection is closed first: nothing that hears the error can keep it open.
    if (isFatal && !isSpared) this.#link?.fail(1011, 'internal error', error);
    if (this.onUnheard !== undefined) this.onUnheard(error, this.adapter, isSpared);
    else if (!isSpared) showUnheard(this.#platform, error, 'in a handler');
    else this.#platform.trace?.(`a handler was left by its peer: ${summaryOf(error)}`, this.adapter);
  }

  // Whether the peer has caused an error by leaving.
  #spares(error: Error): boolean {
    // The cancellation of a message concerns its reader only.
    if (isA(error, MessageCancelledError)) return true;
    const link = this.#link;
    if (link === undefined) return false;
    // A handler may have read on in a message for which the connection was failed.
    if (isA(error, ProtocolError)) return link.isClosing;
    // Handlers of messages before a Close may be unable to reply, or to read to the end. That must not spoil the closing handshake.
    return isA(error, ClosedError) && (link.isClosing || link.hasPeerClosed);
  }

  // `start` of a connection that was terminated before.
  #endOfUnstarted(): Promise<CloseInfo> {
    if (this.#ending !== undefined) return Promise.resolve(this.#ending.info);
    const others = this.#finished;
    return new Promise((resolve) => {
      this.#finished = (info) => {
        others?.(info);
        resolve(info);
      };
    });
  }

  // There is no transport to close, but everybody who would dial again is told.
  #dismiss(): void {
    this.#isLeaving = true;
    this.#abandon?.(dismissedError());
    for (const action of [...(this.#dismissActions ?? [])]) action();
  }

  // True when this side has closed the connection before it was started.
  get #wasClosed(): boolean {
    return this.#link !== undefined || this.#isLeaving;
  }

  // Nobody has started the connection in the turn in which it was opened.
  #await(): void {
    if (this.#isStarted || this.#link !== undefined) return;
    expectStart(this);
    const { watch } = this.#platform;
    if (watch !== undefined && this.#opened.transport.watch !== undefined) this.#watch(watch);
  }

  onForgotten(): void {
    warnNotStarted(this.#platform, this.isClient, this.adapter.url);
  }

  #watch(watch: NonNullable<ConnectionPlatform['watch']>): void {
    const transport = new GuardedTransport(this.#opened.transport);
    const options = {
      opened: this.#opened,
      settings: this.#settings,
      isClient: this.isClient,
      pingInterval: this.#pingInterval,
    };
    this.#anteroom = watch(transport, options, () => this.#onLeft());
    transport.watch(this.#anteroom);
  }

  // The transport is gone, and nobody has started the connection.
  #onLeft(): void {
    this.#anteroom = undefined;
    forgoStart(this);
    this.#platform.trace?.('ended before it was started', this.adapter);
    const previous = this.#status;
    this.#status = Status.Closed;
    // If the connection is started after all, observers must not see a life begin after this end.
    this.handlers.tellLastStatus(Status.Closed, previous);
  }

  #run(): Promise<CloseInfo> {
    const ended = new Promise<CloseInfo>((resolve) => {
      this.#finished = resolve;
    });
    this.#begin();
    return ended;
  }

  #begin(): void {
    // The status is `Closed` when the peer left before the start.
    if (!this.#isStarted) this.#status = Status.YetReady;
    this.#isStarted = true;
    this.#isLeaving = false;
    this.#hasClosedFirst = false;
    this.#closeInfo = undefined;
    this.#isTerminated = false;
    this.#isClosedHere = false;
    this.#finish = undefined;
    const link = this.#createLink();
    this.#beat();
    this.#setStatus(Status.Ready);
    link.start();
  }

  #beat(): void {
    const { stallTimeout } = this.#settings;
    // Where only whole messages can be sent, which may be so in one life and not in the next, a ping cannot.
    const interval = this.#opened.checkType === undefined ? this.#pingInterval : 0;
    this.#heartbeat.keep({ interval, pongTimeout: this.#pongTimeout, stallTimeout });
  }

  #createLink(): Link {
    const { transport, codec, streams, go, isUnmasked } = this.#opened;
    const isClient = this.isClient;
    const opcodes = this.handlers.customTypes;
    this.#anteroom?.leave();
    this.#anteroom = undefined;
    forgoStart(this);
    const options = linkOptions(this.#settings, { isClient, isUnmasked, opcodes, codec, streams, go });
    this.#link = new Link(this.#platform, transport, options, this, this.#dispatcher);
    this.#link.setStreamed(this.#streamed);
    this.onHeard();
    return this.#link;
  }

  // The types whose messages are handed over at their beginning; the bit of a type is 1 << type.
  get #streamed(): number {
    return this.handlers.streamed(this.#settings.triggerOnStart ? ALL_TYPES : 0);
  }

  onHeard(): void {
    const { heardTypes } = this.handlers;
    if (heardTypes.length > 0) this.#link?.accept(heardTypes);
  }

  get #incoming(): IncomingLimits {
    const { maxMessageSize, maxPendingBytes, streamIdleTimeout } = this.#settings;
    this.#incomingLimits ??= {
      maxMessageSize,
      streamIdleTimeout,
      left: new Set(),
      hasEnded: false,
      onLeft: (isLeft) => this.#dispatcher.keep(isLeft),
      collection: new Collection(Math.max(maxMessageSize, maxPendingBytes)),
    };
    return this.#incomingLimits;
  }

  // A codec that cannot be closed must not keep the end from being told.
  #closeCodec(): void {
    try {
      this.#opened.codec?.close();
    } catch {}
  }

  #setStatus(status: Status): void {
    const previous = this.#status;
    this.#status = status;
    this.handlers.tellStatus(status, previous);
  }
}

function dismissedError(): ClosedError {
  return new ClosedError('close() was called before the connection was there again');
}
