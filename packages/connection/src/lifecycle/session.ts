import { encodeClosePayload } from '@webson/frame';
import type { Adapter } from '../adapter.js';
import { isA } from '../application/thrown.js';
import type { ConnectionParts, Opened } from '../connection-parts.js';
import { Handlers, type HandlersOwner } from '../handlers.js';
import { Message } from '../message.js';
import type { Settings } from '../options/options.js';
import type { CloseInfo } from '../protocol/close-info.js';
import { ClosedError, ConfigError, NotReadyError, WebsonError } from '../protocol/contract/errors.js';
import type { MessageBody, Reading } from '../protocol/contract/message-body.js';
import type { Platform } from '../protocol/contract/platform.js';
import type { SharedMessage, SharedRun } from '../protocol/outbound/shared-message.js';
import { Collection } from '../reading/collection.js';
import { IncomingBody, type IncomingLimits } from '../reading/incoming-body.js';
import { MessageType, Status } from '../status.js';
import { after, atEndOfTurn, now, type Timer } from '../time/clock.js';
import { Anteroom } from './anteroom.js';
import { Dispatcher, type DispatcherOwner } from './dispatcher.js';
import { GuardedTransport } from './guarded-transport.js';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js';
import { Link, type LinkOwner } from './link.js';
import { linkOptions } from './link-options.js';
import { type Ending, Offer, type PooledConnection, type PoolMembership } from './pooled-connection.js';

const NONE: readonly never[] = [];

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
export class Session implements LinkOwner, DispatcherOwner, HeartbeatOwner, HandlersOwner, PooledConnection {
  readonly adapter: Adapter;
  readonly handlers: Handlers;
  readonly #isClient: boolean;
  readonly #platform: Platform;
  readonly #settings: Settings;
  readonly #redial: (() => Promise<Opened>) | undefined;
  readonly #dispatcher: Dispatcher;
  readonly #heartbeat: Heartbeat;
  // Created when the first message is read as it arrives.
  #incomingLimits: IncomingLimits | undefined;
  #opened: Opened;
  #link: Link | undefined;
  // Set as long as nobody has started the connection.
  #anteroom: Anteroom | undefined;
  #status: Status = Status.YetReady;
  #isStarted = false;
  #isRedialling = false;
  // Set while `restart` dials: makes it fail.
  #abandon: ((error: Error) => void) | undefined;
  // True when this side has closed the connection for good, so that nobody should dial again.
  #isLeaving = false;
  #dismissActions: Set<() => void> | undefined;
  #ending: Omit<Ending, 'isLeaving'> | undefined;
  #isTerminated = false;
  // The pools that hold the connection; the last of them tells its name and groups.
  #memberships: readonly PoolMembership[] = NONE;
  // Set while handlers go on after the transport is gone: ends the life without waiting for them.
  #finish: (() => void) | undefined;
  #pingInterval: number;
  #pongTimeout: number;
  #finished: ((info: CloseInfo) => void) | undefined;

  constructor(parts: ConnectionParts, adapter: Adapter) {
    this.adapter = adapter;
    this.#isClient = parts.isClient;
    this.#platform = parts.platform;
    this.#settings = parts.settings;
    this.#pingInterval = parts.settings.pingInterval;
    this.#pongTimeout = parts.settings.pongTimeout;
    this.#redial = parts.redial;
    this.#opened = parts;
    this.handlers = new Handlers(this);
    this.#dispatcher = new Dispatcher(parts.settings, this);
    this.#heartbeat = new Heartbeat(this);
    // Most connections are started in the same turn and need no anteroom.
    if (parts.transport.watch !== undefined) atEndOfTurn(() => this.#watch());
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

  /** See {@link Connection.start}. */
  start(): Promise<CloseInfo> {
    if (this.#isStarted) return Promise.reject(new WebsonError('ALREADY_STARTED', 'the connection was started before'));
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
    const opening = this.#redial();
    try {
      const abandoned = new Promise<never>((_resolve, reject) => {
        this.#abandon = reject;
      });
      const opened = await Promise.race([opening, abandoned]);
      // `close` may have been called too late to win the race.
      if (this.#isLeaving) throw dismissedError();
      this.#opened = opened;
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
    if (link === undefined) return Promise.reject(new NotReadyError('the connection is not started'));
    return link.drained();
  }

  /** The current life. @throws NotReadyError before the first one. @throws ClosedError when it is closing or has ended. */
  sendable(): Link {
    const link = this.#link;
    if (link === undefined) throw new NotReadyError('the connection is not started');
    if (link.isClosing) throw new ClosedError('the connection is closed or closing');
    return link;
  }

  /** See {@link Adapter.close}. */
  close(code: number, reason: string): void {
    if (this.#isRedialling || this.#status === Status.Closed) {
      encodeClosePayload(code, reason);
      this.#dismiss();
      return;
    }
    // The connection is closed before it was started. The closing handshake needs a link that reads, but nothing is delivered.
    if (this.#link === undefined) {
      encodeClosePayload(code, reason);
      this.#open();
    }
    this.#link?.close(code, reason);
    // This also holds when the peer has closed the connection, or the transport is gone: the caller does not want it back.
    if (code === 1000 || code === 1001) this.#isLeaving = true;
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

  terminate(): void {
    this.#isTerminated = true;
    if (this.#link === undefined) new GuardedTransport(this.#opened.transport).destroy();
    else this.#link.destroy();
    this.#finish?.();
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

  onTimeout(isOverdue: boolean): void {
    this.#setStatus(isOverdue ? Status.Timeout : Status.Ready);
  }

  onLoad(): void {
    this.#link?.onLoad();
  }

  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    if (!this.#isStarted) return;
    if (type === MessageType.Pong) this.#heartbeat.answered();
    if (type >= MessageType.Close && !this.handlers.hasActionFor(type)) {
      if (type === MessageType.Ping) this.#link?.pong(payload);
      if (type === MessageType.Pong) this.#heartbeat.refresh();
      if (type <= MessageType.Pong) return;
    }
    const message = new Message(this.#platform, type, streamId, payload, isAscii);
    // Pings and pongs do not queue behind data: handlers of data may wait for a pong, and the peer for the answer to a ping.
    if (type === MessageType.Ping || type === MessageType.Pong) this.#dispatcher.interject(message);
    else this.#dispatcher.push(message);
  }

  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
    const body = new IncomingBody(reading, this.#incoming);
    // A message that nobody reads would hold up all others.
    if (this.#isStarted && this.handlers.takes(type)) {
      this.#dispatcher.push(new Message(this.#platform, type, streamId, body, false), body);
    } else {
      reading.stop();
    }
    return body;
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
    this.#ending = { info, time: now(), unsent: this.#link?.unsent ?? [] };
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

  handle(message: Message): unknown {
    return this.handlers.handle(message);
  }

  onHandlerError(thrown: unknown): void {
    this.handlers.failed(thrown);
  }

  onUncaught(error: Error): void {
    const link = this.#link;
    // Handlers of messages before a Close may be unable to reply, or to read to the end. That must not spoil the closing handshake.
    if (isA(error, ClosedError) && (link?.isClosing === true || link?.hasPeerClosed === true)) return;
    link?.fail(1011, 'internal error', error);
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

  #watch(): void {
    if (this.#isStarted || this.#link !== undefined) return;
    const { codec, streams, go } = this.#opened;
    const transport = new GuardedTransport(this.#opened.transport);
    const { alwaysMask, privateMask, maxPayloadSize, closeTimeout } = this.#settings;
    const options = {
      isClient: this.#isClient,
      alwaysMask,
      privateMask,
      maxPayloadSize,
      hasStreams: streams !== undefined,
      hasCodec: codec !== undefined,
      isGo: go !== undefined,
      closeTimeout,
      pingInterval: this.#pingInterval,
    };
    this.#anteroom = new Anteroom(transport, options, () => this.#onLeft());
    transport.watch(this.#anteroom);
  }

  // The transport is gone, and nobody has started the connection.
  #onLeft(): void {
    this.#anteroom = undefined;
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
    this.#isTerminated = false;
    this.#finish = undefined;
    const link = this.#createLink();
    this.#beat();
    this.#setStatus(Status.Ready);
    link.start();
  }

  #beat(): void {
    const { stallTimeout } = this.#settings;
    this.#heartbeat.keep({ interval: this.#pingInterval, pongTimeout: this.#pongTimeout, stallTimeout });
  }

  #open(): void {
    this.#createLink().start();
  }

  #createLink(): Link {
    const { transport, codec, streams, go, isUnmasked } = this.#opened;
    const isClient = this.#isClient;
    const opcodes = this.handlers.customTypes;
    this.#anteroom?.leave();
    this.#anteroom = undefined;
    const options = linkOptions(this.#settings, { isClient, isUnmasked, opcodes, codec, streams, go });
    this.#link = new Link(this.#platform, transport, options, this, this.#dispatcher);
    this.onHeard();
    return this.#link;
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
