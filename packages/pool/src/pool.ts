import {
  type Adapter,
  type CloseInfo,
  Connection,
  type DialOptions,
  type DrainOptions,
  type EventHandler,
  type Message,
  Status,
  WebsonError,
} from '@webson/connection';
import {
  checkAction,
  closeInStages,
  hinted,
  isA,
  pooled,
  resolveDrainOptions,
  type SharedMessage,
  wrongOption,
} from '@webson/connection/internal';
import { Broadcast, type Payload } from './broadcast.js';
import { Dials } from './dials.js';
import type { RedialAdapter } from './first-dial.js';
import { lineOf } from './line.js';
import { type Member, Membership } from './membership.js';
import { checkNode, exceptOf, type PoolNode, type ToGroupOptions } from './node.js';
import { type PoolOptions, type PoolSettings, resolvePoolOptions } from './options.js';
import { Redial, type RedialEvent } from './redial.js';
import { type DialTargetSource, Opener } from './target.js';
import { tell, traceNoRedial, traceRedial, warnGivenUp } from './telling.js';

/** A message that a member did not get, or may not have got. */
export interface Undelivered {
  readonly type: number;
  /** The payload as it was given; bytes are a copy. */
  readonly payload: string | Uint8Array;
  /** 'slow': the member had too much queued. 'broken': the connection ended while the message was queued. */
  readonly reason: 'slow' | 'broken';
  /** True when the system was taking the message as the connection ended: some or all of it may have been sent. */
  readonly mayBeSent: boolean;
}

type StatusAction = (status: Status, adapter: Adapter) => unknown;
type MessageAction = (message: Message, adapter: Adapter) => unknown;
type UndeliveredAction = (undelivered: Undelivered, adapter: Adapter) => unknown;
type RedialAction = (event: RedialEvent, adapter: RedialAdapter) => unknown;

// How many pools there were in this process.
let pools = 0;

/**
 * A set of connections, clients and servers alike, that messages are sent to: to all, by group or by name.
 *
 * - The pool never holds more than `size` connections, those included that wait to be dialled again.
 * - A connection leaves the pool when it has ended and is not dialled again, or by `castOut`.
 * - Only clients are dialled again, and only when they have broken: not after a close by the application.
 * - A pool that is closed, or is being drained, neither takes connections in nor dials any again.
 */
export class Pool {
  // Pools may have the same name.
  readonly #number = ++pools;
  readonly #settings: PoolSettings;
  readonly #members = new Membership();
  readonly #broadcast: Broadcast;
  readonly #statusHandler: EventHandler;
  readonly #messageHandler: EventHandler;
  #statusAction: StatusAction | undefined;
  #messageAction: MessageAction | undefined;
  #undeliveredAction: UndeliveredAction | undefined;
  #redialAction: RedialAction | undefined;
  #isClosed = false;
  readonly #dials: Dials;
  // The number of drains that have not been given up.
  #drains = 0;
  readonly #onEmpty = new Set<() => void>();

  /** @throws ConfigError when an option is wrong. */
  constructor(options: PoolOptions = {}) {
    this.#settings = resolvePoolOptions(options);
    this.#broadcast = new Broadcast(this.#settings, (member, message) => this.#onRefused(member, message));
    this.#dials = new Dials(this.#settings, {
      enter: (connection, name, groups, redial) => {
        this.#enter(connection, name, groups).redial = redial;
      },
      tell: (event, adapter) => this.#tell(event, adapter),
      onStep: (event, connection) => this.#onStep(event, connection),
      onFailed: () => this.#emptied(),
    });
    const { name } = this.#settings;
    this.#statusHandler = {
      name: `pool ${name}`,
      onStatus: (status, adapter) => this.#onStatus(status, adapter as Connection),
    };
    this.#messageHandler = {
      name: `pool ${name}: messages`,
      onMessage: (message, adapter) => this.#messageAction?.(message, adapter),
    };
  }

  /** The number of connections in the pool, those included that wait to be dialled again. */
  get size(): number {
    return this.#members.size;
  }

  /** The connection of that name; undefined when there is none. */
  get(name: string): Connection | undefined {
    return this.#members.get(name)?.connection;
  }

  /** True when a connection has that name. */
  has(name: string): boolean {
    return this.#members.get(name) !== undefined;
  }

  /** The connections of the pool, or of a group; an array of the caller's own. */
  members(group?: string): Connection[] {
    const members = group === undefined ? this.#members : this.#members.inGroup(group);
    return Array.from(members, ({ connection }) => connection);
  }

  /** The names of the groups that have a member; an array of the caller's own. */
  groups(): string[] {
    return this.#members.groups();
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#members.connections();
  }

  /**
   * Adds a connection to the pool, and starts it unless it has been started. It leaves the pool when it has ended and
   * is not dialled again, or by `castOut`.
   *
   * @throws WebsonError `NAME_TAKEN`, `POOL_FULL`, `POOL_CLOSED`, or `ALREADY_MEMBER`; ConfigError when `connection` is
   *   none, or `node` is wrong.
   */
  add(connection: Connection<unknown>, node: PoolNode = {}): void {
    if (!isA(connection, Connection)) throw wrongOption('connection', 'a Connection', connection);
    const { name, groups } = checkNode(node);
    if (this.#members.of(connection) !== undefined && !this.#isEnding) {
      throw new WebsonError('ALREADY_MEMBER', `the connection is in ${this.#settings.name} already`);
    }
    this.#enter(connection, this.#place(name, connection.isClient), groups);
    // A connection that has already ended does not stay. One that ended before it was started reports that on being
    // started.
    const isThere = connection.isStarted ? connection.status !== Status.Closed : pooled(connection).begin();
    if (!isThere) this.castOut(connection);
  }

  /**
   * Dials a client, and adds it to the pool. The first attempt is retried as all others are: `clientRetry` times, with the same
   * waits. Resolves with the connection once it is ready and a member: messages can be sent on it at once, and handlers
   * that are registered when the promise has resolved, before anything else is waited for, miss nothing.
   *
   * Meanwhile the name is reserved, and so is a place in the pool. Redials ask a function for its target anew; the options
   * of the handshake are those of that target then.
   *
   * Rejects when there is no place (WebsonError `NAME_TAKEN`, `POOL_FULL`, `POOL_CLOSED`) or an option is wrong
   * (ConfigError); with the error of the last attempt when that is given up; with the reason of `options.signal` when that
   * aborts; with `POOL_CLOSED` when the pool is closed or drained; with ClosedError after `close` of what `onRedial`
   * tells about.
   *
   * @param target a URL, `{ url, options }`, or a function that returns one. An error of the function is an attempt that
   *   has failed, with HandshakeError `TARGET_FAILED`.
   * @param options those of `dial`.
   */
  async dial(target: DialTargetSource, options: DialOptions = {}, node: PoolNode = {}): Promise<Connection> {
    const made = hinted(() => new Opener(target, options));
    // Where nothing has to be waited for, the place is taken before the call returns.
    const opener = made instanceof Opener ? made : await made;
    const { name, groups } = checkNode(node);
    return this.#dials.dial(this.#place(name, true), groups, opener, options.signal);
  }

  /** Sends a message to every connection; returns how many took it. @throws as `dispatch` of a connection does. */
  dispatch(type: number, payload: Payload = ''): number {
    return this.#send(this.#members, type, payload, this.#members);
  }

  /** Sends a message to the connections that were dialled; returns how many took it. */
  toClients(type: number, payload: Payload = ''): number {
    return this.#send(
      this.#those(({ connection }) => connection.isClient),
      type,
      payload,
      'clients',
    );
  }

  /** Sends a message to the connections that were accepted; returns how many took it. */
  toServers(type: number, payload: Payload = ''): number {
    return this.#send(
      this.#those(({ connection }) => !connection.isClient),
      type,
      payload,
      'servers',
    );
  }

  /**
   * Sends a message to the members of a group; returns how many took it.
   *
   * @throws ConfigError when an option is wrong, and as `dispatch` of a connection does.
   */
  toGroup(group: string, type: number, payload: Payload = '', options?: ToGroupOptions): number {
    const members = this.#members.inGroup(group);
    // Most calls have no options, and are made for each message.
    if (options === undefined) return this.#send(members, type, payload, members);
    const except = exceptOf(options);
    return this.#send(
      [...members].filter(({ name }) => !except.has(name)),
      type,
      payload,
    );
  }

  /** Sends a message to every connection except the one of that name; returns how many took it. */
  except(name: string, type: number, payload: Payload = ''): number {
    return this.#send(
      this.#those((member) => member.name !== name),
      type,
      payload,
    );
  }

  /** Sends a message to the connection of that name. False when there is none, or it did not take the message. */
  toPick(name: string, type: number, payload: Payload = ''): boolean {
    const member = this.#members.get(name);
    return this.#send(member === undefined ? [] : [member], type, payload) === 1;
  }

  /**
   * With `slowConsumer: 'wait'` it resolves when every connection of the pool, or of the group, has at most half of
   * `highWaterMark` queued. A connection that delays it for `stallTimeout` is closed with 1013. With the other policies
   * it resolves at once.
   */
  drained(group?: string): Promise<void> {
    return this.#broadcast.drained(() => (group === undefined ? this.#members : this.#members.inGroup(group)));
  }

  /** Adds the connection of that name to a group. False when there is none, or it is in the group already. */
  join(name: string, group: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#members.join(member, group);
  }

  /** Removes the connection of that name from a group. False when it is not in the group. */
  leave(name: string, group: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#members.leave(member, group);
  }

  /** Removes a connection from the pool. It stays open, and is not dialled again. False when it is not in the pool. */
  castOut(connection: Connection<unknown>): boolean {
    const member = this.#members.of(connection);
    if (member === undefined) return false;
    this.#remove(member);
    return true;
  }

  /** Removes the connection of that name from the pool, as `castOut` does. False when there is none. */
  castOutByName(name: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.castOut(member.connection);
  }

  /** Calls `action` with every new status of every member. A later call replaces the action. */
  onStatus(action: StatusAction): this {
    checkAction(action);
    this.#statusAction = action;
    return this;
  }

  /**
   * Calls `action` with every message of every member, in addition to its own handlers. A later call replaces the
   * action.
   */
  onMessage(action: MessageAction): this {
    checkAction(action);
    if (this.#messageAction === undefined) {
      for (const connection of this.#members.connections()) connection.apply(this.#messageHandler);
    }
    this.#messageAction = action;
    return this;
  }

  /**
   * Calls `action` with every message that the pool sends from now on and a member does not get, as far as this side
   * can know: a message that the system took and the peer did not read is not reported. A later call replaces the
   * action. An error that it throws or rejects with goes to the `onError` of the connection or of its server, else to
   * `process.emitWarning`, and has no other consequences.
   */
  onUndelivered(action: UndeliveredAction): this {
    checkAction(action);
    this.#undeliveredAction = action;
    this.#broadcast.isKept = true;
    return this;
  }

  /**
   * Calls `action` with every step of dialling again, and of `dial`; before the first connection is there, the adapter
   * has a name and groups and can be closed, which gives the attempts up. A later call replaces the action. An error that
   * it throws or rejects with goes where one of `onUndelivered` goes.
   */
  onRedial(action: RedialAction): this {
    checkAction(action);
    this.#redialAction = action;
    return this;
  }

  /** Resolves when the pool is empty, and nothing is being dialled for it. */
  wait(): Promise<void> {
    if (this.#isEmpty) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.add(resolve));
  }

  /** Accepts no further connections, closes all members with 1001, and resolves when all have ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRedialling();
    for (const connection of this.#members.connections()) connection.close(1001);
    return this.wait();
  }

  /**
   * Closes all members as `close` does, but in stages and with a deadline. Nothing is dialled again from now on. Any
   * number of drains may run at once, each with its own deadline.
   *
   * Rejects with ConfigError for a wrong option, without having done anything. Rejects with the reason of
   * `signal` when that aborts: connections that are not closed stay, and the pool takes connections in again unless it
   * was closed or another drain was not given up.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    const plan = resolveDrainOptions(options);
    this.#drains++;
    this.#stopRedialling();
    const connections = {
      has: (connection: Connection) => this.#members.of(connection) !== undefined,
      [Symbol.iterator]: () => this[Symbol.iterator](),
    };
    try {
      await closeInStages(
        connections,
        plan,
        (action) => this.#whenEmpty(action),
        (connection) => pooled(connection).terminate(),
      );
    } catch (error) {
      this.#drains--;
      throw error;
    }
  }

  // True while no connection is taken in and none is dialled again.
  get #isEnding(): boolean {
    return this.#isClosed || this.#drains > 0;
  }

  #whenEmpty(action: () => void): () => void {
    this.#onEmpty.add(action);
    this.#emptied();
    return () => this.#onEmpty.delete(action);
  }

  get #isEmpty(): boolean {
    return this.#members.size === 0 && this.#dials.size === 0;
  }

  // The name of a new member, for which there is a place.
  #place(name: string | undefined, isClient: boolean): string {
    const { name: poolName, size } = this.#settings;
    if (this.#isEnding) throw closedError(poolName);
    if (this.#members.size + this.#dials.size >= size) {
      throw new WebsonError('POOL_FULL', `${poolName} is full: size is ${size}`);
    }
    if (name === undefined) return this.#members.freeName(isClient, (made) => this.#dials.has(made));
    if (this.#members.get(name) !== undefined || this.#dials.has(name)) {
      throw new WebsonError('NAME_TAKEN', `${poolName}: ${JSON.stringify(name)} is taken`);
    }
    return name;
  }

  #enter(connection: Connection<unknown>, name: string, groups: readonly string[]): Member {
    connection.apply(this.#statusHandler);
    if (this.#messageAction !== undefined) connection.apply(this.#messageHandler);
    return this.#members.add(connection, name, groups);
  }

  #emptied(): void {
    if (!this.#isEmpty) return;
    for (const action of [...this.#onEmpty]) {
      this.#onEmpty.delete(action);
      action();
    }
  }

  #send(members: Iterable<Member>, type: number, payload: Payload, key?: unknown): number {
    return this.#broadcast.send(members, type, payload, key, this.#members.version);
  }

  *#those(wanted: (member: Member) => boolean): Generator<Member> {
    for (const member of this.#members) if (wanted(member)) yield member;
  }

  #onStatus(status: Status, connection: Connection): unknown {
    const member = this.#members.of(connection);
    if (member === undefined) return undefined;
    if (status === Status.Ready) {
      this.#members.touch();
      member.redial?.ready();
    }
    // The member is removed after the application's action, which may want to know its name.
    try {
      return this.#statusAction?.(status, connection);
    } finally {
      if (status === Status.Closed) this.#onEnd(member);
    }
  }

  #onEnd(member: Member): void {
    const { connection } = member;
    const end = pooled(connection).ending;
    for (const { message, mayBeSent } of end?.unsent ?? []) this.#report(member, message, 'broken', mayBeSent);
    if (this.#members.of(connection) !== member) return;
    const isWanted = connection.isClient && this.#settings.clientRetry > 0 && !this.#isEnding;
    if (isWanted && end !== undefined && !end.isLeaving) {
      this.#redial(member, end.info);
      return;
    }
    if (connection.isClient && this.#settings.clientRetry === 0 && end?.isLeaving === false) traceNoRedial(connection);
    this.#remove(member);
  }

  #redial(member: Member, info: CloseInfo): void {
    member.redial ??= new Redial(lineOf(member.connection), this.#settings, (event) => {
      this.#onStep(event, member.connection);
    });
    member.redial.again(info);
  }

  #onStep(event: RedialEvent, connection: Connection): void {
    this.#tell(event, connection);
    if (this.#redialAction === undefined) warnGivenUp(this.#number, this.#settings.name, event, connection);
    const member = this.#members.of(connection);
    if (event.step === 'giveUp' && member !== undefined) this.#remove(member);
  }

  #tell(event: RedialEvent, adapter: RedialAdapter): void {
    tell(adapter, () => this.#redialAction?.(event, adapter));
    traceRedial(event, adapter);
  }

  // Gives up what is dialled for the first time, and removes the members that wait to be dialled, or are being dialled.
  #stopRedialling(): void {
    this.#dials.fail(() => closedError(this.#settings.name));
    for (const member of this.#members) {
      if (member.redial === undefined) continue;
      member.redial.abort();
      // A member that is connected may break after a drain was given up, and then needs a new Redial.
      member.redial = undefined;
      if (member.connection.status === Status.Closed) this.#remove(member);
    }
  }

  #onRefused(member: Member, message: SharedMessage): void {
    this.#report(member, message, 'slow', false);
  }

  #report(member: Member, message: SharedMessage, reason: Undelivered['reason'], mayBeSent: boolean): void {
    const { type, payload } = message;
    const undelivered = { type, payload, reason, mayBeSent };
    tell(member.connection, () => this.#undeliveredAction?.(undelivered, member.connection));
  }

  #remove(member: Member): void {
    if (!this.#members.remove(member)) return;
    member.redial?.stop();
    this.#broadcast.forget();
    member.connection.revoke(this.#statusHandler.name);
    member.connection.revoke(this.#messageHandler.name);
    this.#emptied();
  }
}

function closedError(poolName: string): WebsonError {
  return new WebsonError('POOL_CLOSED', `${poolName} is closed`);
}
