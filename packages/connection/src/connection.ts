import { decodeClosePayload, encodeClosePayload, FrameError } from '@webson/frame';
import type { Negotiated } from '@webson/handshake';
import type { Adapter, MessageSource } from './adapter.js';
import { Anteroom } from './anteroom.js';
import { after, atEndOfTurn, now, type Timer } from './clock.js';
import { Collection } from './collection.js';
import { Dispatcher, type DispatcherOwner } from './dispatcher.js';
import { GuardedTransport } from './guarded-transport.js';
import {
  type ErrorAction,
  type EventHandler,
  Handlers,
  type MessageAction,
  type ReadyAction,
  type StatusAction,
} from './handlers.js';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js';
import { IncomingBody, type IncomingLimits } from './incoming-body.js';
import { Link, type LinkOwner } from './link.js';
import { linkOptions } from './link-options.js';
import { Message } from './message.js';
import type { Settings } from './options.js';
import { checkControlLength, checkType, toPayload } from './payload.js';
import { type Ending, Offer, type PoolAccess } from './pool-access.js';
import { ClosedError, ConfigError, MessageCancelledError, NotReadyError, WebsonError } from './protocol/errors.js';
import { FLOW_OPCODE } from './protocol/flow-entry.js';
import type { GoDialect } from './protocol/go/settings.js';
import type { MessageCodec } from './protocol/message-codec.js';
import type { MessageBody } from './protocol/message-table.js';
import type { Platform } from './protocol/platform.js';
import type { CloseInfo } from './protocol/protocol.js';
import type { Reading } from './protocol/receiver.js';
import type { StreamAgreement } from './protocol/stream-agreement.js';
import { sendFrom } from './reader.js';
import { spared } from './spared.js';
import { MessageType, Status } from './status.js';
import { promiseOf } from './thenable.js';
import { isA, toError } from './thrown.js';
import type { Transport } from './transport.js';

/** What an opening handshake leads to. */
export interface Opened {
  readonly transport: Transport;
  readonly negotiated: Negotiated;
  /** Set when compression is agreed. */
  readonly codec?: MessageCodec | undefined;
  /** Set when streams are agreed. */
  readonly streams?: StreamAgreement | undefined;
  /** Set towards a Go peer: that the settings want it is not enough. */
  readonly go?: GoDialect | undefined;
}

/** What a connection is made of. */
export interface ConnectionParts extends Opened {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly isClient: boolean;
  readonly url?: string | undefined;
  /** A client: dials once more. */
  readonly redial?: () => Promise<Opened>;
}

/** What the parts of a connection tell it. */
interface PartsOwner extends LinkOwner, DispatcherOwner, HeartbeatOwner {}

let access: PoolAccess<Connection>;
let ownerFor: (connection: Connection) => PartsOwner;

/** What a pool can do with its connections, beyond what is for everybody. */
export function poolAccess(): PoolAccess<Connection> {
  return access;
}

/** A WebSocket connection, client or server (RFC 6455). Made by `dial`, `takeOver` and `serve`. */
export class Connection implements Adapter {
  static {
    access = {
      setMembership(connection, name, group) {
        connection.#name = name;
        connection.#group = group;
      },
      message(encoder, type, payload) {
        checkType(type);
        if (type >= MessageType.Close) throw new RangeError(`type: a data type, 1 to 7, expected, got ${type}`);
        return encoder.message(type, typeof payload === 'string' ? payload : toPayload(payload));
      },
      begin(connection) {
        if (connection.#isStarted || connection.#wasClosed) return false;
        connection.#begin();
        return true;
      },
      isOpen: (connection) => connection.#isStarted && connection.#link?.isClosing === false,
      offer(connection, message, mark, isKept, run, token) {
        const link = connection.#link;
        if (link === undefined || !connection.#isStarted || link.isClosing) return Offer.Closed;
        return link.sendShared(message, mark, isKept, run, token);
      },
      queued: (connection) => connection.#link?.heldAmount ?? 0,
      drained: (connection, limit) => connection.#link?.drained(limit) ?? Promise.resolve(),
      terminate(connection) {
        connection.#isTerminated = true;
        if (connection.#link === undefined) new GuardedTransport(connection.#opened.transport).destroy();
        else connection.#link.destroy();
        connection.#finish?.();
      },
      ending: (connection) => connection.#ending && { ...connection.#ending, isLeaving: connection.#isLeaving },
      whenDismissed(connection, action) {
        const actions = connection.#dismissActions ?? new Set();
        connection.#dismissActions = actions.add(action);
        return () => actions.delete(action);
      },
    };

    // Kept from its users, and one object for all parts: there may be very many connections.
    class Owner implements PartsOwner {
      readonly #connection: Connection;

      constructor(connection: Connection) {
        this.#connection = connection;
      }

      onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
        this.#connection.#onMessage(type, streamId, payload, isAscii);
      }

      onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
        return this.#connection.#onMessageStart(type, streamId, reading);
      }

      get pongTimeout(): number {
        // `keepPing` takes any number.
        const kept = this.#connection.#pongTimeout;
        return kept > 0 ? kept : this.#connection.#settings.pongTimeout;
      }

      onSignOfLife(): void {
        this.#connection.#heartbeat.refresh();
      }

      onAsked(): void {
        this.#connection.#heartbeat.asked();
      }

      onSilence(): void {
        this.#connection.#heartbeat.overdue();
      }

      onEnd(info: CloseInfo): void {
        this.#connection.#onEnd(info);
      }

      handle(message: Message): unknown {
        return this.#connection.#handle(message);
      }

      onHandlerError(error: unknown): void {
        this.#connection.#onHandlerError(error);
      }

      onLoad(): void {
        this.#connection.#link?.onLoad();
      }

      onPingLeft(): void {
        this.#connection.#heartbeat.pingLeft();
      }

      hasMoved(): boolean {
        return this.#connection.#link?.hasMoved() === true;
      }

      hasReceived(): boolean {
        return this.#connection.#link?.hasReceived() === true;
      }

      get bytesTaken(): number {
        return this.#connection.#link?.bytesTaken ?? 0;
      }

      sendPing(): void {
        this.#connection.#link?.ping();
      }

      canHear(): boolean {
        const link = this.#connection.#link;
        // After our Close no ping is sent, and none is answered.
        return link?.isListening === true && !link.isClosing;
      }

      onTimeout(isOverdue: boolean): void {
        this.#connection.#setStatus(isOverdue ? Status.Timeout : Status.Ready);
      }
    }
    ownerFor = (connection) => new Owner(connection);
  }

  /** True on the side that dialled. */
  readonly isClient: boolean;
  /** Where a client dialled; undefined on a server. */
  readonly url: string | undefined;
  readonly #platform: Platform;
  readonly #settings: Settings;
  readonly #redial: (() => Promise<Opened>) | undefined;
  readonly #handlers = new Handlers();
  readonly #owner: PartsOwner;
  readonly #dispatcher: Dispatcher;
  readonly #heartbeat: Heartbeat;
  // Made when a message is read as it arrives.
  #incomingLimits: IncomingLimits | undefined;
  #opened: Opened;
  #link: Link | undefined;
  // As long as nobody has started it.
  #anteroom: Anteroom | undefined;
  #name = '';
  #group = '';
  #status: Status = Status.YetReady;
  #isStarted = false;
  #isRedialling = false;
  // Gives up what `restart` is about to do.
  #abandon: ((error: Error) => void) | undefined;
  // Nobody wants it back.
  #isLeaving = false;
  #dismissActions: Set<() => void> | undefined;
  #ending: Omit<Ending, 'isLeaving'> | undefined;
  #isTerminated = false;
  // Ends a life whose transport is gone, whatever the handlers are still at.
  #finish: (() => void) | undefined;
  #pingInterval: number;
  #pongTimeout: number;
  #finished: ((info: CloseInfo) => void) | undefined;

  /** Made by `dial`, `takeOver`, `serve`, or over a transport of one's own after a handshake of one's own. */
  constructor(parts: ConnectionParts) {
    this.isClient = parts.isClient;
    this.url = parts.url;
    this.#platform = parts.platform;
    this.#settings = parts.settings;
    this.#pingInterval = parts.settings.pingInterval;
    this.#pongTimeout = parts.settings.pongTimeout;
    this.#redial = parts.redial;
    this.#opened = parts;
    this.#owner = ownerFor(this);
    this.#dispatcher = new Dispatcher(parts.settings, this.#owner);
    this.#heartbeat = new Heartbeat(this.#owner);
    // Most are started in the same turn.
    if (parts.transport.watch !== undefined) atEndOfTurn(() => this.#watch());
  }

  get name(): string {
    return this.#name;
  }

  get group(): string {
    return this.#group;
  }

  get status(): Status {
    return this.#status;
  }

  /** The sub-protocol agreed, '' for none (RFC 6455 §1.9). */
  get protocol(): string {
    return this.#opened.negotiated.protocol;
  }

  /**
   * The extensions agreed, by name, with their parameters (RFC 6455 §9). Streams with a Go peer, agreed on by a header field,
   * are 'webson-streams' here too.
   */
  get extensions(): Readonly<Record<string, Readonly<Record<string, string | true>>>> {
    const { negotiated, streams, go } = this.#opened;
    const beside = go !== undefined && streams !== undefined ? [go.extension(streams)] : [];
    const entries = [...negotiated.extensions, ...beside].map(({ name, params }) => {
      return [name, Object.fromEntries(params.map((param) => [param.name, param.value]))] as const;
    });
    return Object.fromEntries(entries);
  }

  get bufferedAmount(): number {
    return this.#link?.bufferedAmount ?? 0;
  }

  /** Calls `action` when the connection gets ready: once, not again after a timeout or a restart. */
  onReady(action: ReadyAction): this {
    if (this.#status === Status.YetReady || !this.#isStarted) this.#handlers.onReady(action);
    return this;
  }

  /** Calls `action` every time the status becomes `status`. */
  onStatus(status: Status, action: StatusAction): this {
    this.#handlers.onStatus(status, action);
    return this;
  }

  /**
   * Calls `action` with every message of that type; it replaces the one before. For 9, Ping, and 10, Pong, it also
   * replaces what is done by default: answer with `pong`, and `refreshPongTime`. Types beside those of RFC 6455 are
   * accepted from the peer when they have an action before `start`.
   *
   * @param type 1-15.
   * @throws RangeError for any other type.
   */
  onMessage(type: number, action: MessageAction): this {
    checkType(type);
    this.#handlers.onMessage(type, action);
    return this;
  }

  /** Calls `action` with what a handler threw or rejected with. Without one the connection is closed with 1011. */
  onError(action: ErrorAction): this {
    this.#handlers.error = action;
    return this;
  }

  /** Adds handlers under a name. @throws ConfigError when the name is taken. */
  apply(handler: EventHandler): this {
    if (!this.#handlers.apply(handler)) throw new ConfigError(`handler name: ${JSON.stringify(handler.name)} is taken`);
    return this;
  }

  /** Takes the handlers of that name away. False when there are none. */
  revoke(name: string): boolean {
    return this.#handlers.revoke(name);
  }

  /** True once `start` was called. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /**
   * Begins: calls the handlers for `Ready`, then reads. Resolves once the connection has ended and every message that
   * came has been handed to its handler; never rejects because of the peer.
   *
   * When the peer has left before, the status has been `Closed` since, and those handlers that were there then have been
   * told: what it had sent is handed to the handlers all the same, and the others see a short life.
   *
   * Rejects with a WebsonError `ALREADY_STARTED` the second time, with ClosedError after `close`.
   */
  start(): Promise<CloseInfo> {
    if (this.#isStarted) return Promise.reject(new WebsonError('ALREADY_STARTED', 'the connection was started before'));
    if (this.#wasClosed) return Promise.reject(new ClosedError('the connection was closed before it started'));
    return this.#run();
  }

  /**
   * A client whose connection has ended dials once more, with the same options and handlers, and starts.
   *
   * Resolves as `start` does. Rejects with ConfigError on a server or while the connection lives, with what `dial`
   * rejects with, and with ClosedError when `close` is called before the connection is there again.
   */
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
      // `close` may have come too late for the race.
      if (this.#isLeaving) throw dismissedError();
      this.#opened = opened;
      this.#handlers.recall();
    } catch (error) {
      // Whatever may still come of it.
      opening.then(({ transport }) => transport.destroy()).catch(() => {});
      throw error;
    } finally {
      this.#isRedialling = false;
      this.#abandon = undefined;
    }
    return this.#run();
  }

  dispatch(type: number, payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    checkType(type);
    const link = this.#sendable();
    if (type === MessageType.Close) throw new RangeError('type: a Close is sent by close()');
    if (type === FLOW_OPCODE && this.#opened.streams?.flow !== undefined) {
      throw new RangeError(`type: ${FLOW_OPCODE} is taken by the flow control of streams`);
    }
    const bytes = typeof payload === 'string' ? payload : toPayload(payload);
    if (type > MessageType.Close) checkControlLength(bytes, this.#platform);
    return link.send(type, bytes);
  }

  dispatchReader(type: number, source: MessageSource, options: { signal?: AbortSignal } = {}): Promise<void> {
    return spared(this.#dispatchReader(type, source, options));
  }

  drained(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return Promise.reject(new NotReadyError('the connection is not started'));
    return spared(link.drained());
  }

  ping(payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    return this.dispatch(MessageType.Ping, payload);
  }

  pong(payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    return this.dispatch(MessageType.Pong, payload);
  }

  close(code = 1000, reason = ''): void {
    if (this.#isRedialling || this.#status === Status.Closed) {
      encodeClosePayload(code, reason);
      this.#dismiss();
      return;
    }
    // Closed before it was started: the closing handshake needs someone to read, but nothing is delivered.
    if (this.#link === undefined) {
      encodeClosePayload(code, reason);
      this.#open();
    }
    this.#link?.close(code, reason);
    // Also when the peer has closed it, or the transport is gone: who says so then does not want it back, either.
    if (code === 1000 || code === 1001) this.#isLeaving = true;
  }

  refreshPongTime(): void {
    this.#heartbeat.refresh();
  }

  keepPing(interval: number, pongTimeout: number): void {
    this.#pingInterval = interval;
    this.#pongTimeout = pongTimeout;
    // Before `start` and after the end there is nobody to ping.
    if (this.#link?.isClosing === false) this.#beat();
  }

  async #dispatchReader(type: number, source: MessageSource, options: { signal?: AbortSignal }): Promise<void> {
    checkType(type);
    if (type >= MessageType.Close) throw new RangeError(`type: a data type, 1 to 7, expected, got ${type}`);
    await sendFrom(this.#sendable(), type, source, options.signal);
  }

  // There is nothing to close; but whoever would dial again has to know.
  #dismiss(): void {
    this.#isLeaving = true;
    this.#abandon?.(dismissedError());
    for (const action of [...(this.#dismissActions ?? [])]) action();
  }

  // This side has closed it before it was started.
  get #wasClosed(): boolean {
    return this.#link !== undefined || this.#isLeaving;
  }

  #watch(): void {
    if (this.#isStarted || this.#link !== undefined) return;
    const { codec, streams, go } = this.#opened;
    const transport = new GuardedTransport(this.#opened.transport);
    const { alwaysMask, privateMask, maxPayloadSize, closeTimeout } = this.#settings;
    const options = {
      isClient: this.isClient,
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
    const calls = this.#handlers.statusCalls(Status.Closed, previous, this);
    // Should it be started after all, they must not hear of another life after its end.
    this.#handlers.dismiss();
    for (const call of calls) this.#guard(call);
  }

  #run(): Promise<CloseInfo> {
    const ended = new Promise<CloseInfo>((resolve) => {
      this.#finished = resolve;
    });
    this.#begin();
    return ended;
  }

  #begin(): void {
    // The peer has left before.
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
    const { transport, codec, streams, go } = this.#opened;
    const { isClient } = this;
    this.#anteroom?.leave();
    this.#anteroom = undefined;
    const options = linkOptions(this.#settings, { isClient, opcodes: this.#handlers.customTypes, codec, streams, go });
    this.#link = new Link(this.#platform, transport, options, this.#owner, this.#dispatcher);
    return this.#link;
  }

  #sendable(): Link {
    const link = this.#link;
    if (link === undefined) throw new NotReadyError('the connection is not started');
    if (link.isClosing) throw new ClosedError('the connection is closed or closing');
    return link;
  }

  #onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    if (!this.#isStarted) return;
    if (type === MessageType.Pong) this.#heartbeat.answered();
    if (type >= MessageType.Close && this.#handlers.ofMessage(type) === undefined) {
      if (type === MessageType.Ping) this.#link?.pong(payload);
      if (type === MessageType.Pong) this.#heartbeat.refresh();
      if (type <= MessageType.Pong) return;
    }
    const message = new Message(this.#platform, type, streamId, payload, isAscii);
    // Handlers of data may wait for a pong, and the peer for the answer to a ping.
    if (type === MessageType.Ping || type === MessageType.Pong) this.#dispatcher.interject(message);
    else this.#dispatcher.push(message);
  }

  #onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
    const body = new IncomingBody(reading, this.#incoming);
    // What nobody reads would stand in the way of all the rest.
    if (this.#isStarted && this.#handlers.takes(type)) {
      this.#dispatcher.push(new Message(this.#platform, type, streamId, body, false), body);
    } else {
      reading.stop();
    }
    return body;
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

  #onEnd(info: CloseInfo): void {
    this.#heartbeat.stop();
    if (this.#incomingLimits !== undefined) {
      this.#incomingLimits.hasEnded = true;
      for (const body of this.#incomingLimits.left) body.endWatch();
      // What comes in another life has limits of its own.
      this.#incomingLimits = undefined;
    }
    this.#closeCodec();
    this.#ending = { info, time: now(), unsent: this.#link?.unsent ?? [] };
    let timer: Timer | undefined;
    let isFinished = false;
    const finish = (): void => {
      timer?.cancel();
      // The dispatcher may get idle after the time-out, in another life of the connection.
      if (isFinished) return;
      isFinished = true;
      this.#finish = undefined;
      this.#setStatus(Status.Closed);
      this.#handlers.recall();
      this.#finished?.(info);
    };
    this.#finish = finish;
    if (this.#isTerminated) finish();
    else this.#dispatcher.whenIdle(finish);
    // Most have nothing more to do, and need no timer.
    if (!isFinished) timer = after(this.#settings.closeTimeout, finish);
  }

  // Its end is told, whatever becomes of what it worked with.
  #closeCodec(): void {
    try {
      this.#opened.codec?.close();
    } catch {}
  }

  #setStatus(status: Status): void {
    const previous = this.#status;
    this.#status = status;
    for (const call of this.#handlers.statusCalls(status, previous, this)) this.#guard(call);
  }

  // Calls a handler whose outcome nobody waits for.
  #guard(call: () => unknown): void {
    try {
      promiseOf(call())?.then(undefined, (error: unknown) => this.#onHandlerError(error));
    } catch (error) {
      this.#onHandlerError(error);
    }
  }

  #handle(message: Message): unknown {
    const { type } = message;
    // Ping, Pong and Close are between the endpoints: handlers for everything do not see them.
    const isOwnBusiness = type >= MessageType.Close && type <= MessageType.Pong;
    if (isOwnBusiness || !this.#handlers.hasListeners) return this.#handlers.ofMessage(type)?.(message, this);
    const calls = this.#handlers.messageCalls(message, this);
    if (this.#settings.synchronize) return this.#inSequence(calls);
    const results = calls.map((call) => this.#settle(call)).filter((result) => result !== undefined);
    return results.length > 0 ? Promise.all(results) : undefined;
  }

  // Runs one handler of several: what it throws must not keep the others from running.
  #settle(call: () => unknown): Promise<unknown> | undefined {
    try {
      return promiseOf(call())?.then(undefined, (error: unknown) => this.#onHandlerError(error));
    } catch (error) {
      this.#onHandlerError(error);
      return undefined;
    }
  }

  async #inSequence(calls: (() => unknown)[]): Promise<void> {
    for (const call of calls) await this.#settle(call);
  }

  #onHandlerError(thrown: unknown): void {
    const error = toError(thrown);
    const action = this.#handlers.error;
    if (action === undefined) {
      this.#failForHandler(error);
      return;
    }
    try {
      promiseOf(action(error, this))?.then(undefined, (again: unknown) => this.#failForHandler(again));
    } catch (again) {
      this.#failForHandler(again);
    }
  }

  #failForHandler(thrown: unknown): void {
    const error = toError(thrown);
    // What comes after our Close cannot be answered any more: that must not spoil the closing handshake.
    if (isA(error, ClosedError) && this.#link?.isClosing === true) return;
    // A message that was given up concerns nobody but its reader.
    if (isA(error, MessageCancelledError)) return;
    this.#link?.fail(1011, 'internal error', error);
  }
}

function dismissedError(): ClosedError {
  return new ClosedError('close() was called before the connection was there again');
}

/**
 * Code and reason of a Close message's payload; `undefined` when it has none, or is not a valid one
 * (RFC 6455 §5.5.1).
 */
export function parseCloseCode(payload: Uint8Array): { code: number; reason: string } | undefined {
  try {
    return decodeClosePayload(payload);
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}
