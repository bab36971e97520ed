import type { Adapter } from './adapter.js';
import type { Message } from './message.js';
import type { Status } from './status.js';

/** Called when a connection gets ready for the first time. */
export type ReadyAction = (adapter: Adapter) => unknown;
/** Called when the status becomes another. */
export type StatusAction = (previous: Status, adapter: Adapter) => unknown;
/** Called with a message. */
export type MessageAction = (message: Message, adapter: Adapter) => unknown;
/** Called with what a handler threw or rejected with. */
export type ErrorAction = (error: Error, adapter: Adapter) => unknown;

/** Handlers of one purpose under one name. All may be sync or async; a rejection goes to `onError`. */
export interface EventHandler {
  /** Unique among the handlers of a connection. */
  name: string;
  /** Called with every new status. */
  onStatus?(status: Status, adapter: Adapter): unknown;
  /** Called with every message that is not Ping, Pong or Close. */
  onMessage?(message: Message, adapter: Adapter): unknown;
}

/** The handlers of a connection. They outlive the connection's transports. */
export class Handlers {
  readonly ready: ReadyAction[] = [];
  error: ErrorAction | undefined;
  #statuses: readonly { status: Status; action: StatusAction }[] = [];
  // By message type. As long as it has to be: there may be very many connections.
  #messages: readonly (MessageAction | undefined)[] = [];
  #applied: readonly EventHandler[] = [];
  // Those of the applied that take messages.
  #listeners: readonly EventHandler[] = [];

  onStatus(status: Status, action: StatusAction): void {
    this.#statuses = [...this.#statuses, { status, action }];
  }

  onMessage(type: number, action: MessageAction): void {
    const length = Math.max(this.#messages.length, type + 1);
    this.#messages = Array.from({ length }, (_, i) => (i === type ? action : this.#messages[i]));
  }

  /** The action for a message type. */
  ofMessage(type: number): MessageAction | undefined {
    return this.#messages[type];
  }

  /** True when there is somebody to take data messages of that type. */
  takes(type: number): boolean {
    return this.#messages[type] !== undefined || this.hasListeners;
  }

  /** True when event handlers have been applied that take messages. */
  get hasListeners(): boolean {
    return this.#listeners.length > 0;
  }

  /** The types beside those of RFC 6455 that have a handler. */
  get customTypes(): number[] {
    return this.#messages.flatMap((action, type) => (action === undefined || isStandard(type) ? [] : [type]));
  }

  /** False when the name is taken. */
  apply(handler: EventHandler): boolean {
    if (this.#applied.some(({ name }) => name === handler.name)) return false;
    this.#setApplied([...this.#applied, handler]);
    return true;
  }

  /** False when there is none of that name. */
  revoke(name: string): boolean {
    const rest = this.#applied.filter((handler) => handler.name !== name);
    const found = rest.length < this.#applied.length;
    this.#setApplied(rest);
    return found;
  }

  #setApplied(handlers: readonly EventHandler[]): void {
    this.#applied = handlers;
    this.#listeners = handlers.filter(({ onMessage }) => onMessage !== undefined);
  }

  /** Everything to call, in order, when the status becomes `status`. */
  statusCalls(status: Status, previous: Status, adapter: Adapter): (() => unknown)[] {
    const calls: (() => unknown)[] = [];
    for (const entry of this.#statuses) {
      if (entry.status === status) calls.push(() => entry.action(previous, adapter));
    }
    for (const handler of this.#applied) {
      if (handler.onStatus !== undefined) calls.push(() => handler.onStatus?.(status, adapter));
    }
    return calls;
  }

  /** Everything to call, in order, with a message. */
  messageCalls(message: Message, adapter: Adapter): (() => unknown)[] {
    const calls: (() => unknown)[] = [];
    const action = this.#messages[message.type];
    if (action !== undefined) calls.push(() => action(message, adapter));
    for (const handler of this.#listeners) calls.push(() => handler.onMessage?.(message, adapter));
    return calls;
  }
}

function isStandard(type: number): boolean {
  return type <= 2 || (type >= 8 && type <= 10);
}
