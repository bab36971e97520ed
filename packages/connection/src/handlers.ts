import type { Adapter } from './adapter.js';
import type { Message } from './message.js';
import { Status } from './status.js';

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

// Most lists stay empty.
const NONE: readonly never[] = [];

/** The handlers of a connection. They outlive the connection's transports. */
export class Handlers {
  // All lists are as long as they have to be, and no longer: there may be very many connections.
  #ready: readonly ReadyAction[] = NONE;
  error: ErrorAction | undefined;
  #statuses: readonly { status: Status; action: StatusAction }[] = NONE;
  // By message type.
  #messages: readonly (MessageAction | undefined)[] = NONE;
  #applied: readonly EventHandler[] = NONE;
  // Those of the applied that take messages.
  #listeners: readonly EventHandler[] = NONE;
  // Those that are not called.
  #dismissed: ReadonlySet<object> | undefined;

  onReady(action: ReadyAction): void {
    this.#ready = this.#ready.concat(action);
  }

  onStatus(status: Status, action: StatusAction): void {
    this.#statuses = this.#statuses.concat({ status, action });
  }

  onMessage(type: number, action: MessageAction): void {
    const messages = new Array<MessageAction | undefined>(Math.max(this.#messages.length, type + 1));
    for (let i = 0; i < messages.length; i++) messages[i] = i === type ? action : this.#messages[i];
    this.#messages = messages;
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
    this.#setApplied(this.#applied.concat(handler));
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
    const listeners = handlers.filter(({ onMessage }) => onMessage !== undefined);
    this.#listeners = listeners.length > 0 ? listeners : NONE;
  }

  /** Those there are now are not called with another status, before `recall`. */
  dismiss(): void {
    this.#dismissed = new Set<object>([...this.#ready, ...this.#statuses, ...this.#applied]);
  }

  /** All are called again. */
  recall(): void {
    this.#dismissed = undefined;
  }

  /** Everything to call, in order, when the status becomes `status`; what waits for the first time it is Ready goes first. */
  statusCalls(status: Status, previous: Status, adapter: Adapter): (() => unknown)[] {
    const calls: (() => unknown)[] = [];
    const dismissed = this.#dismissed;
    if (previous === Status.YetReady && status === Status.Ready) {
      for (const action of this.#ready) if (dismissed?.has(action) !== true) calls.push(() => action(adapter));
      this.#ready = NONE;
    }
    for (const entry of this.#statuses) {
      if (entry.status === status && dismissed?.has(entry) !== true) calls.push(() => entry.action(previous, adapter));
    }
    for (const handler of this.#applied) {
      if (dismissed?.has(handler) !== true) calls.push(() => handler.onStatus?.(status, adapter));
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
