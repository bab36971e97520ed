import type { Adapter } from './adapter.js';
import { promiseOf } from './application/thenable.js';
import { isA, toError } from './application/thrown.js';
import type { Message } from './message.js';
import { MessageCancelledError } from './protocol/contract/errors.js';
import { MessageType, Status } from './status.js';

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

/** Whose handlers they are. */
export interface HandlersOwner {
  /** What handlers are called with. */
  readonly adapter: Adapter;
  /** Of several handlers of one message the next is called when the one before has settled. */
  readonly isSynchronized: boolean;
  /** A handler has thrown, and nobody has taken that. Must not throw. */
  onUncaught(error: Error): void;
}

/** The handlers of a connection: who is called, and who takes what they throw. They outlive the connection's transports. */
export class Handlers {
  readonly #owner: HandlersOwner;
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

  constructor(owner: HandlersOwner) {
    this.#owner = owner;
  }

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

  /** True when there is an action for that type, and not only for all types. */
  hasActionFor(type: number): boolean {
    return this.#messages[type] !== undefined;
  }

  /** True when there is somebody to take data messages of that type. */
  takes(type: number): boolean {
    return this.#messages[type] !== undefined || this.#listeners.length > 0;
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

  /** All are called again. */
  recall(): void {
    this.#dismissed = undefined;
  }

  /** Calls those who want to know that the status has become `status`; nobody waits for them. */
  tellStatus(status: Status, previous: Status): void {
    for (const call of this.#statusCalls(status, previous)) void this.#guard(call);
  }

  /** The same for the last time: those there are now are not called with another status, before `recall`. */
  tellLastStatus(status: Status, previous: Status): void {
    const calls = this.#statusCalls(status, previous);
    this.#dismissed = new Set<object>([...this.#ready, ...this.#statuses, ...this.#applied]);
    for (const call of calls) void this.#guard(call);
  }

  /**
   * Calls those who take the message. Throws, or gives a promise that rejects, when there is one and it fails: `failed` is
   * for that.
   */
  handle(message: Message): unknown {
    const { type } = message;
    // Ping, Pong and Close are between the endpoints: handlers for everything do not see them.
    const isOwnBusiness = type >= MessageType.Close && type <= MessageType.Pong;
    if (isOwnBusiness || this.#listeners.length === 0) return this.#messages[type]?.(message, this.#owner.adapter);
    const calls = this.#messageCalls(message);
    if (this.#owner.isSynchronized) return this.#inSequence(calls);
    const results = calls.map((call) => this.#guard(call)).filter((result) => result !== undefined);
    return results.length > 0 ? Promise.all(results) : undefined;
  }

  /** Tells `error` what a handler threw, or rejected with. */
  failed(thrown: unknown): void {
    const error = toError(thrown);
    if (this.error === undefined) {
      this.#uncaught(error);
      return;
    }
    try {
      promiseOf(this.error(error, this.#owner.adapter))?.then(undefined, (again: unknown) => this.#uncaught(again));
    } catch (again) {
      this.#uncaught(again);
    }
  }

  #uncaught(thrown: unknown): void {
    // A message that was given up concerns nobody but its reader.
    if (!isA(thrown, MessageCancelledError)) this.#owner.onUncaught(toError(thrown));
  }

  // What it throws must not keep others from being called.
  #guard(call: () => unknown): Promise<unknown> | undefined {
    try {
      return promiseOf(call())?.then(undefined, (error: unknown) => this.failed(error));
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  async #inSequence(calls: (() => unknown)[]): Promise<void> {
    for (const call of calls) await this.#guard(call);
  }

  // In order; what waits for the first time that the status is Ready goes first.
  #statusCalls(status: Status, previous: Status): (() => unknown)[] {
    const { adapter } = this.#owner;
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

  #messageCalls(message: Message): (() => unknown)[] {
    const { adapter } = this.#owner;
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
