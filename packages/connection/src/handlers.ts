import type { Adapter } from './adapter.js';
import { promiseOf } from './application/thenable.js';
import { toError } from './application/thrown.js';
import type { Message } from './message.js';
import { CUSTOM_OPCODES } from './protocol/contract/custom-opcodes.js';
import { MessageType, Status } from './status.js';

/** Called when a connection gets ready for the first time. */
export type ReadyAction = (adapter: Adapter) => unknown;
/** Called when the status becomes another. */
export type StatusAction = (previous: Status, adapter: Adapter) => unknown;
/** Called with a message. */
export type MessageAction = (message: Message, adapter: Adapter) => unknown;
/** How messages of a type are handed to their action. */
export interface MessageActionOptions {
  /**
   * True: at its beginning, to be read as it arrives, as with `triggerOnStart`. False: when it is complete. By default as
   * `triggerOnStart` of the connection says.
   */
  stream?: boolean;
}
/** Called with what a handler threw or rejected with. */
export type ErrorAction = (error: Error, adapter: Adapter) => unknown;

/** A named group of handlers. All may be sync or async; a rejection goes to `onError`. */
export interface EventHandler {
  /** Unique among the handlers of a connection. */
  name: string;
  /** Called with every new status. */
  onStatus?(status: Status, adapter: Adapter): unknown;
  /**
   * Called with every message that is not Ping, Pong or Close. With it, messages of all types that RFC 6455 §5.2 reserves are
   * accepted from the peer.
   */
  onMessage?(message: Message, adapter: Adapter): unknown;
}

/** The part of an applied handler that hears messages. */
export type MessageHandler = Pick<EventHandler, 'onMessage'>;

// The shared empty list: most lists stay empty.
const NONE: readonly never[] = [];

/** The connection that owns the handlers. */
export interface HandlersOwner {
  /** The adapter that is passed to handlers. */
  readonly adapter: Adapter;
  /** True when the handlers of one message run one after the other, each after the previous one has settled. */
  readonly isSynchronized: boolean;
  /**
   * Called with an error of a handler, or of the error handler, that no error handler has heard. Must not throw.
   *
   * @param isFatal false when the connection stays open all the same.
   */
  onUncaught(error: Error, isFatal: boolean): void;
  /** Called with the type of a message that no handler takes. Must not throw. */
  onUnhandled(type: number): void;
  /** Called when handlers hear messages of types that none has heard before. */
  onHeard(): void;
}

/**
 * The handlers of a connection. They are kept when a client dials again.
 *
 * Invariants:
 * - An error of one handler does not keep the others from being called.
 * - The actions for the first `Ready` are called once only.
 * - Control frames of RFC 6455 §5.5 are passed to the action for their type only, not to applied handlers.
 */
export class Handlers {
  readonly #owner: HandlersOwner;
  // The lists are copied when they change, without spare capacity, as there may be very many connections.
  #ready: readonly ReadyAction[] = NONE;
  error: ErrorAction | undefined;
  #statuses: readonly { status: Status; action: StatusAction }[] = NONE;
  // By message type.
  #messages: readonly (MessageAction | undefined)[] = NONE;
  #applied: readonly EventHandler[] = NONE;
  // The applied handlers that have an `onMessage`, and the loop.
  #messageHandlers: readonly MessageHandler[] = NONE;
  #loop: MessageHandler | undefined;
  // The bits of the types that the loop wants at their beginning, whatever the actions say.
  #streamedByLoop = 0;
  // The bits of the types whose actions say how their messages are handed over.
  #streamed = 0;
  #whole = 0;
  // Handlers that are not called again before `recall`; undefined when there are none.
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

  onMessage(type: number, action: MessageAction, isStreamed?: boolean): void {
    const bit = 1 << type;
    this.#streamed = isStreamed === true ? this.#streamed | bit : this.#streamed & ~bit;
    this.#whole = isStreamed === false ? this.#whole | bit : this.#whole & ~bit;
    const messages = new Array<MessageAction | undefined>(Math.max(this.#messages.length, type + 1));
    for (let i = 0; i < messages.length; i++) messages[i] = i === type ? action : this.#messages[i];
    const isNew = this.#messages[type] === undefined && !isStandard(type);
    this.#messages = messages;
    if (isNew) this.#owner.onHeard();
  }

  /** True when an action was set for exactly that type. */
  hasActionFor(type: number): boolean {
    return this.#messages[type] !== undefined;
  }

  /**
   * The types whose messages are handed over as they arrive; the bit of a type is 1 << type.
   *
   * @param others the same of the types of which the actions say nothing.
   */
  streamed(others: number): number {
    return ((others | this.#streamed) & ~this.#whole) | this.#streamedByLoop;
  }

  /** True while a loop reads the messages. */
  get hasLoop(): boolean {
    return this.#loop !== undefined;
  }

  /**
   * Sets the loop that gets all data messages beside the other handlers, or none. Unlike an applied handler it hears no types
   * that RFC 6455 §5.2 reserves, other than those with an action.
   *
   * @param streamed the bits of the types that it wants at their beginning.
   */
  setLoop(loop: MessageHandler | undefined, streamed: number): void {
    this.#loop = loop;
    this.#streamedByLoop = streamed;
    this.#setApplied(this.#applied);
  }

  /** True when any handler takes data messages of that type. */
  takes(type: number): boolean {
    return this.#messages[type] !== undefined || this.#messageHandlers.length > 0;
  }

  /** The types not defined by RFC 6455 that any handler hears. */
  get heardTypes(): readonly number[] {
    return this.#hearers.length > 0 ? CUSTOM_OPCODES : this.customTypes;
  }

  /** The types not defined by RFC 6455 for which an action was set. */
  get customTypes(): number[] {
    return this.#messages.flatMap((action, type) => (action === undefined || isStandard(type) ? [] : [type]));
  }

  /** Adds handlers. Returns false when the name is taken. */
  apply(handler: EventHandler): boolean {
    if (this.#applied.some(({ name }) => name === handler.name)) return false;
    this.#setApplied(this.#applied.concat(handler));
    if (handler.onMessage !== undefined && this.#hearers.length === 1) this.#owner.onHeard();
    return true;
  }

  /** Removes handlers. Returns false when there are none of that name. */
  revoke(name: string): boolean {
    const rest = this.#applied.filter((handler) => handler.name !== name);
    const found = rest.length < this.#applied.length;
    this.#setApplied(rest);
    return found;
  }

  #setApplied(handlers: readonly EventHandler[]): void {
    this.#applied = handlers;
    const hearers = this.#hearers;
    const all = this.#loop === undefined ? hearers : [...hearers, this.#loop];
    this.#messageHandlers = all.length > 0 ? all : NONE;
  }

  // The applied handlers that hear messages.
  get #hearers(): readonly EventHandler[] {
    return this.#applied.filter(({ onMessage }) => onMessage !== undefined);
  }

  /** Makes all handlers be called again after `tellLastStatus`. */
  recall(): void {
    this.#dismissed = undefined;
  }

  /** Calls the handlers for the new status. Their promises are not awaited. */
  tellStatus(status: Status, previous: Status): void {
    for (const call of this.#statusCalls(status, previous)) void this.#guard(call);
  }

  /** As `tellStatus`; afterwards the handlers that are registered now are called for no other status before `recall`. */
  tellLastStatus(status: Status, previous: Status): void {
    const calls = this.#statusCalls(status, previous);
    this.#dismissed = new Set<object>([...this.#ready, ...this.#statuses, ...this.#applied]);
    for (const call of calls) void this.#guard(call);
  }

  /**
   * Calls the handlers of the message. When there is only one, its exception is thrown, and its promise is returned, which may
   * reject: the caller passes such errors to `failed`.
   */
  handle(message: Message): unknown {
    const { type } = message;
    // Ping, Pong and Close concern the endpoints only, so applied handlers do not get them.
    const isStandardControl = type >= MessageType.Close && type <= MessageType.Pong;
    if (isStandardControl || this.#messageHandlers.length === 0) {
      const action = this.#messages[type];
      return action === undefined ? this.#owner.onUnhandled(type) : action(message, this.#owner.adapter);
    }
    if (this.#messages[type] === undefined && this.#messageHandlers.length === 1)
      return this.#messageHandlers[0]?.onMessage?.(message, this.#owner.adapter);
    const calls = this.#messageCalls(message);
    if (this.#owner.isSynchronized) return this.#inSequence(calls);
    const results = calls.map((call) => this.#guard(call)).filter((result) => result !== undefined);
    return results.length > 0 ? Promise.all(results) : undefined;
  }

  /**
   * Passes what a handler threw or rejected with to the error handler, and on to the owner when there is none, or when it fails
   * itself.
   *
   * @param isFatal false when the connection stays open though no error handler has heard it.
   */
  failed(thrown: unknown, isFatal = true): void {
    const error = toError(thrown);
    const uncaught = (again: unknown): void => this.#owner.onUncaught(toError(again), isFatal);
    if (this.error === undefined) {
      uncaught(error);
      return;
    }
    try {
      promiseOf(this.error(error, this.#owner.adapter))?.then(undefined, uncaught);
    } catch (again) {
      uncaught(again);
    }
  }

  // Calls one handler, and passes its error to `failed`, so that the others are called all the same.
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

  // The handlers to call for a status, in order. Actions for the first `Ready` come first.
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
    for (const handler of this.#messageHandlers) calls.push(() => handler.onMessage?.(message, adapter));
    return calls;
  }
}

function isStandard(type: number): boolean {
  return type <= 2 || (type >= 8 && type <= 10);
}
