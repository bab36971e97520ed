import { decodeClosePayload, FrameError } from '@webson/frame';
import type { Adapter, MessageSource } from './adapter.js';
import { makeIterable } from './application/async-iterator.js';
import { described } from './application/described.js';
import { checkControlLength, checkDataType, checkType, toPayload } from './application/payload.js';
import { spared } from './application/spared.js';
import { isA } from './application/thrown.js';
import type { ByteCarrier } from './bytes/byte-channel.js';
import { checkAction, checkHandler, checkStatus } from './checked-handlers.js';
import type { ConnectionParts } from './connection-parts.js';
import type {
  ErrorAction,
  EventHandler,
  MessageAction,
  MessageActionOptions,
  ReadyAction,
  StatusAction,
} from './handlers.js';
import type { PooledConnection } from './lifecycle/pooled-connection.js';
import { Session } from './lifecycle/session.js';
import type { StreamCarrier } from './lifecycle/stream-carrier.js';
import type { Message } from './message.js';
import { checkOptions } from './options/checked-options.js';
import { BOOLEAN, type OptionKinds, SIGNAL } from './options/option-kinds.js';
import type { CloseInfo } from './protocol/close-info.js';
import { ConfigError } from './protocol/contract/errors.js';
import { FLOW_OPCODE } from './protocol/contract/flow-entry.js';
import type { Platform } from './protocol/contract/platform.js';
import { sendFrom } from './reader.js';
import { MessageType, type Status } from './status.js';

/** What each option of `onMessage` may be. */
export const ACTION_KINDS: OptionKinds<MessageActionOptions, 'stream'> = { stream: BOOLEAN };

// Made by the first connection: Babel, as React Native has it, takes no `static` block, where this would stand.
let sessionOf: (connection: Connection<unknown>) => Session;

/** The part of a connection that only its pool may use. */
export function pooled(connection: Connection<unknown>): PooledConnection {
  return sessionOf(connection);
}

/**
 * The part of a connection that a stream made of it uses.
 *
 * @throws TypeError for what is no connection, ClosedError when it was closed before it was started.
 */
export function carrierOf(connection: Connection<unknown>): ByteCarrier & StreamCarrier {
  if (!isA(connection, Connection))
    throw new TypeError(`connection: a Connection expected, got ${described(connection)}`);
  const session = sessionOf(connection);
  session.checkOpen();
  return session;
}

/**
 * A WebSocket connection of a client or a server (RFC 6455). It is made by `dial`, `serve`, `attach` and `takeOver`.
 *
 * `Data` is the type of what a server's `authorize` has returned.
 */
export class Connection<Data = undefined> implements Adapter {
  /** True on the side that dialled. */
  readonly isClient: boolean;
  /** What the server's `authorize` has returned for the request; undefined without one, and on a client. */
  readonly data: Data;
  readonly #session: Session;
  readonly #platform: Platform;

  /** For a transport of one's own after an opening handshake of one's own; else use `dial`, `takeOver` or `serve`. */
  constructor(parts: ConnectionParts) {
    sessionOf ??= (connection) => connection.#session;
    makeIterable(this);
    this.isClient = parts.isClient;
    this.data = parts.data as Data;
    this.#platform = parts.platform;
    this.#session = new Session(parts, this);
  }

  /** The URL that a client dialled last; undefined on a server. */
  get url(): string | undefined {
    return this.#session.url;
  }

  get name(): string {
    return this.#session.name;
  }

  get group(): string {
    return this.#session.groups[0] ?? '';
  }

  get groups(): readonly string[] {
    return this.#session.groups;
  }

  get status(): Status {
    return this.#session.status;
  }

  /** The agreed sub-protocol, '' for none (RFC 6455 §1.9). */
  get protocol(): string {
    return this.#session.opened.negotiated.protocol;
  }

  /**
   * The agreed extensions by name, with their parameters (RFC 6455 §9). Streams with a Go peer, which are agreed on by a header
   * field, are listed as 'webson-streams' too.
   */
  get extensions(): Readonly<Record<string, Readonly<Record<string, string | true>>>> {
    const { negotiated, streams, go } = this.#session.opened;
    const beside = go !== undefined && streams !== undefined ? [go.extension(streams)] : [];
    const entries = [...negotiated.extensions, ...beside].map(({ name, params }) => {
      return [name, Object.fromEntries(params.map((param) => [param.name, param.value]))] as const;
    });
    return Object.fromEntries(entries);
  }

  get bufferedAmount(): number {
    return this.#session.bufferedAmount;
  }

  /** Calls `action` once, when the connection gets ready for the first time: not again after a timeout or a restart. */
  onReady(action: ReadyAction): this {
    checkAction(action);
    if (this.#session.isAwaited) this.#session.handlers.onReady(action);
    return this;
  }

  /** Calls `action` every time the status becomes `status`. @throws ConfigError for what is no status, or no function. */
  onStatus(status: Status, action: StatusAction): this {
    checkStatus(status);
    checkAction(action);
    this.#session.handlers.onStatus(status, action);
    return this;
  }

  /**
   * Calls `action` with every message of that type. It replaces an action set before. For the types 9, Ping, and 10, Pong, it
   * also replaces the default: to answer with `pong`, or to call `refreshPongTime`. A message of a type not defined by RFC 6455 is
   * accepted from the peer only when the type has an action, or an applied handler or a pool hears all messages.
   *
   * With `{ stream: true }` messages of this type are handed over at their beginning, to be read as they arrive, as with
   * `triggerOnStart`, whatever the option says for the others; with `{ stream: false }` when they are complete. That holds for
   * messages that begin later.
   *
   * @param type 1-15.
   * @throws RangeError for any other type, ConfigError for an action that is no function or an option that is wrong.
   */
  onMessage(type: number, action: MessageAction, options?: MessageActionOptions): this {
    checkType(type);
    checkAction(action);
    const stream = options === undefined ? undefined : checkOptions('options', options, ACTION_KINDS).stream;
    this.#session.handlers.onMessage(type, action, stream);
    this.#session.updateStreamed();
    return this;
  }

  /** Calls `action` with what a handler threw or rejected with. Without an action the connection is closed with 1011. */
  onError(action: ErrorAction): this {
    checkAction(action);
    this.#session.handlers.error = action;
    return this;
  }

  /** Adds handlers under a name. @throws ConfigError when the name is taken, or `handler` is none. */
  apply(handler: EventHandler): this {
    checkHandler(handler);
    if (!this.#session.handlers.apply(handler))
      throw new ConfigError(`handler name: ${JSON.stringify(handler.name)} is taken`);
    return this;
  }

  /** Removes the handlers of that name. Returns false when there are none. */
  revoke(name: string): boolean {
    return this.#session.handlers.revoke(name);
  }

  /** True once `start` was called. */
  get isStarted(): boolean {
    return this.#session.isStarted;
  }

  /** How the connection has ended, as `start` resolves to; undefined before. After `restart` it is undefined again. */
  get closeInfo(): CloseInfo | undefined {
    return this.#session.closeInfo;
  }

  /**
   * Reads the data messages in a loop, one at a time; starts the connection if nobody has. A message is given to the loop when it
   * asks for it, and meanwhile those that follow wait, as with `synchronize`. With `triggerOnStart`, or `{ stream: true }` of
   * its type, a message is given to the loop at its beginning, and has to be read before the next one is asked for.
   *
   * Begin the loop before the connection is started, or in the same turn: messages that have come before are not given to it.
   * Handlers get their messages beside it. Types that RFC 6455 §5.2 reserves come when they have an action.
   *
   * The loop ends behind the last message when the connection was closed by this side, or by the peer with 1000, 1001 or no
   * code. Any other end is thrown as ClosedError, whose `cause` is the error of `closeInfo`. Leaving the loop, by `break`,
   * `return` or an exception, closes the connection with 1000; to read on later, call `next()` of the iterator instead.
   *
   * @throws WebsonError `ALREADY_READ` while another loop reads the connection, or a stream made of it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return this.#session.iterate();
  }

  /**
   * Starts the connection: calls the handlers for `Ready`, then reads. Resolves once the connection has ended and every message
   * that came was handed to its handlers. Never rejects because of the peer. Messages
   * that still wait behind a handler `timeout.close` after the transport was gone, or closing began, are handed over later.
   *
   * When the peer has left before `start`, the status has been `Closed` since, and the handlers registered by then have been
   * told. The messages that the peer had sent are handed to the handlers all the same. Handlers registered later are called for
   * `Ready` and then for `Closed`.
   *
   * Rejects with a WebsonError `ALREADY_STARTED` the second time, with ClosedError after `close`. After `terminate` it resolves.
   */
  start(): Promise<CloseInfo> {
    return this.#session.start();
  }

  /**
   * Dials once more after the connection of a client has ended, with the same options and handlers, and starts.
   *
   * Resolves as `start` does. Rejects with ConfigError on a server or while the connection has not ended, with the errors of
   * `dial`, and with ClosedError when `close` or `terminate` is called before the new connection is open.
   */
  restart(): Promise<CloseInfo> {
    return this.#session.restart();
  }

  dispatch(type: number, payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    checkType(type);
    const link = this.#session.sendable();
    this.#session.opened.checkType?.(type);
    if (type === MessageType.Close) throw new RangeError('type: a Close is sent by close()');
    if (type === FLOW_OPCODE && this.#session.opened.streams?.flow !== undefined) {
      throw new RangeError(`type: ${FLOW_OPCODE} is taken by the flow control of streams`);
    }
    const bytes = typeof payload === 'string' ? payload : toPayload(payload);
    if (type > MessageType.Close) checkControlLength(bytes, this.#platform);
    return link.send(type, bytes);
  }

  dispatchReader(type: number, source: MessageSource, options?: { signal?: AbortSignal }): Promise<void> {
    return spared(this.#dispatchReader(type, source, options));
  }

  drained(): Promise<void> {
    return spared(this.#session.drained());
  }

  ping(payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    return this.dispatch(MessageType.Ping, payload);
  }

  pong(payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    return this.dispatch(MessageType.Pong, payload);
  }

  close(code = 1000, reason = ''): void {
    this.#session.close(code, reason);
  }

  terminate(): void {
    this.#session.terminate();
  }

  refreshPongTime(): void {
    this.#session.refreshPongTime();
  }

  keepPing(interval: number, pongTimeout: number): void {
    this.#session.keepPing(interval, pongTimeout);
  }

  async #dispatchReader(type: number, source: MessageSource, options?: { signal?: AbortSignal }): Promise<void> {
    checkDataType(type);
    this.#session.opened.checkType?.(type);
    const signal = options === undefined ? undefined : checkOptions('options', options, READER_KINDS).signal;
    await sendFrom(this.#session.sendable(), type, source, signal);
  }
}

const READER_KINDS: OptionKinds<{ signal?: AbortSignal }, 'signal'> = { signal: SIGNAL };

/** Code and reason in the payload of a Close; undefined when it is empty or not valid (RFC 6455 §5.5.1). */
export function parseCloseCode(payload: Uint8Array): { code: number; reason: string } | undefined {
  try {
    return decodeClosePayload(payload);
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}
