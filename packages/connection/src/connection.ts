import { decodeClosePayload, FrameError } from '@webson/frame';
import type { Adapter, MessageSource } from './adapter.js';
import { checkControlLength, checkDataType, checkType, toPayload } from './application/payload.js';
import { spared } from './application/spared.js';
import type { ConnectionParts } from './connection-parts.js';
import type { ErrorAction, EventHandler, MessageAction, ReadyAction, StatusAction } from './handlers.js';
import type { PooledConnection } from './lifecycle/pooled-connection.js';
import { Session } from './lifecycle/session.js';
import type { CloseInfo } from './protocol/close-info.js';
import { ConfigError } from './protocol/contract/errors.js';
import { FLOW_OPCODE } from './protocol/contract/flow-entry.js';
import type { Platform } from './protocol/contract/platform.js';
import { sendFrom } from './reader.js';
import { MessageType, Status } from './status.js';

let sessionOf: (connection: Connection) => Session;

/** A connection as its pool sees it. */
export function pooled(connection: Connection): PooledConnection {
  return sessionOf(connection);
}

/** A WebSocket connection, client or server (RFC 6455). Made by `dial`, `takeOver` and `serve`. */
export class Connection implements Adapter {
  /** True on the side that dialled. */
  readonly isClient: boolean;
  /** Where a client dialled; undefined on a server. */
  readonly url: string | undefined;
  readonly #session: Session;
  readonly #platform: Platform;

  static {
    sessionOf = (connection) => connection.#session;
  }

  /** Made by `dial`, `takeOver`, `serve`, or over a transport of one's own after a handshake of one's own. */
  constructor(parts: ConnectionParts) {
    this.isClient = parts.isClient;
    this.url = parts.url;
    this.#platform = parts.platform;
    this.#session = new Session(parts, this);
  }

  get name(): string {
    return this.#session.name;
  }

  get group(): string {
    return this.#session.group;
  }

  get status(): Status {
    return this.#session.status;
  }

  /** The sub-protocol agreed, '' for none (RFC 6455 §1.9). */
  get protocol(): string {
    return this.#session.opened.negotiated.protocol;
  }

  /**
   * The extensions agreed, by name, with their parameters (RFC 6455 §9). Streams with a Go peer, agreed on by a header field,
   * are 'webson-streams' here too.
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

  /** Calls `action` when the connection gets ready: once, not again after a timeout or a restart. */
  onReady(action: ReadyAction): this {
    if (this.#session.status === Status.YetReady || !this.#session.isStarted) this.#session.handlers.onReady(action);
    return this;
  }

  /** Calls `action` every time the status becomes `status`. */
  onStatus(status: Status, action: StatusAction): this {
    this.#session.handlers.onStatus(status, action);
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
    this.#session.handlers.onMessage(type, action);
    return this;
  }

  /** Calls `action` with what a handler threw or rejected with. Without one the connection is closed with 1011. */
  onError(action: ErrorAction): this {
    this.#session.handlers.error = action;
    return this;
  }

  /** Adds handlers under a name. @throws ConfigError when the name is taken. */
  apply(handler: EventHandler): this {
    if (!this.#session.handlers.apply(handler))
      throw new ConfigError(`handler name: ${JSON.stringify(handler.name)} is taken`);
    return this;
  }

  /** Takes the handlers of that name away. False when there are none. */
  revoke(name: string): boolean {
    return this.#session.handlers.revoke(name);
  }

  /** True once `start` was called. */
  get isStarted(): boolean {
    return this.#session.isStarted;
  }

  /**
   * Begins: calls the handlers for `Ready`, then reads. Resolves once the connection has ended and every message that
   * came has been handed to its handler; never rejects because of the peer. Messages that still wait behind a handler
   * `timeout.close` after the transport was gone, or closing began, are handed over after that.
   *
   * When the peer has left before, the status has been `Closed` since, and those handlers that were there then have been
   * told: what it had sent is handed to the handlers all the same, and the others see a short life.
   *
   * Rejects with a WebsonError `ALREADY_STARTED` the second time, with ClosedError after `close`.
   */
  start(): Promise<CloseInfo> {
    return this.#session.start();
  }

  /**
   * A client whose connection has ended dials once more, with the same options and handlers, and starts.
   *
   * Resolves as `start` does. Rejects with ConfigError on a server or while the connection lives, with what `dial`
   * rejects with, and with ClosedError when `close` is called before the connection is there again.
   */
  restart(): Promise<CloseInfo> {
    return this.#session.restart();
  }

  dispatch(type: number, payload: string | Uint8Array | ArrayBuffer = ''): boolean {
    checkType(type);
    const link = this.#session.sendable();
    if (type === MessageType.Close) throw new RangeError('type: a Close is sent by close()');
    if (type === FLOW_OPCODE && this.#session.opened.streams?.flow !== undefined) {
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

  refreshPongTime(): void {
    this.#session.refreshPongTime();
  }

  keepPing(interval: number, pongTimeout: number): void {
    this.#session.keepPing(interval, pongTimeout);
  }

  async #dispatchReader(type: number, source: MessageSource, options: { signal?: AbortSignal }): Promise<void> {
    checkDataType(type);
    await sendFrom(this.#session.sendable(), type, source, options.signal);
  }
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
