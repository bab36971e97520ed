import {
  type Adapter,
  type CloseInfo,
  type Connection,
  type DrainOptions,
  type EventHandler,
  type Message,
  Status,
  WebsonError,
} from '@webson/connection';
import {
  checkOptions,
  closeInStages,
  type DefaultedKind,
  type OptionKinds,
  pooled,
  resolveDrainOptions,
  type SharedMessage,
  STRING,
} from '@webson/connection/internal';
import { Broadcast, type Payload } from './broadcast.js';
import { type Member, Membership } from './membership.js';
import { type PoolOptions, type PoolSettings, resolvePoolOptions } from './options.js';
import { Redial, type RedialEvent } from './redial.js';

/** The name and the groups of a connection in a pool. */
export interface PoolNode {
  /** The name, unique in the pool; made up by default. */
  name?: string;
  /** The groups that the connection joins at once. */
  group?: string | readonly string[];
}

/** One string or several. */
const NAMES: DefaultedKind = {
  expected: 'a string or a list of them',
  accepts: (value) => [value].flat().every((group) => typeof group === 'string'),
  take: (value: string | readonly string[]) => [value].flat(),
  default: [],
};

const NODE_KINDS: OptionKinds<PoolNode, 'name'> = { name: STRING, group: NAMES };

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

/** Options of {@link Pool.toGroup}. */
export interface ToGroupOptions {
  /** The names of the members that do not get the message. */
  except?: string | readonly string[];
}

const TO_GROUP_KINDS: OptionKinds<ToGroupOptions> = { except: NAMES };

type StatusAction = (status: Status, adapter: Adapter) => unknown;
type MessageAction = (message: Message, adapter: Adapter) => unknown;
type UndeliveredAction = (undelivered: Undelivered, adapter: Adapter) => unknown;
type RedialAction = (event: RedialEvent, adapter: Adapter) => unknown;

/**
 * A set of connections, clients and servers alike, that messages are sent to: to all, by group or by name.
 *
 * - The pool never holds more than `size` connections, those included that wait to be dialled again.
 * - A connection leaves the pool when it has ended and is not dialled again, or by `castOut`.
 * - Only clients are dialled again, and only when they have broken: not after a close by the application.
 * - A pool that is closed, or is being drained, neither takes connections in nor dials any again.
 */
export class Pool {
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
  // The number of drains that have not been given up.
  #drains = 0;
  readonly #onEmpty = new Set<() => void>();

  /** @throws ConfigError when an option is wrong. */
  constructor(options: PoolOptions = {}) {
    this.#settings = resolvePoolOptions(options);
    this.#broadcast = new Broadcast(this.#settings, (member, message) => this.#onRefused(member, message));
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
   * @throws WebsonError `NAME_TAKEN`, `POOL_FULL`, `POOL_CLOSED`, or `ALREADY_MEMBER`; ConfigError when `node` is
   *   wrong.
   */
  add(connection: Connection<unknown>, node: PoolNode = {}): void {
    const { group, ...wanted } = checkOptions('node', node, NODE_KINDS);
    const { name: poolName, size } = this.#settings;
    if (this.#isEnding) throw new WebsonError('POOL_CLOSED', `${poolName} is closed`);
    if (this.#members.of(connection) !== undefined) {
      throw new WebsonError('ALREADY_MEMBER', `the connection is in ${poolName} already`);
    }
    if (this.#members.size >= size) throw new WebsonError('POOL_FULL', `${poolName} is full: size is ${size}`);
    const name = wanted.name ?? this.#members.freeName(connection);
    if (this.#members.get(name) !== undefined) {
      throw new WebsonError('NAME_TAKEN', `${poolName}: ${JSON.stringify(name)} is taken`);
    }
    connection.apply(this.#statusHandler);
    if (this.#messageAction !== undefined) connection.apply(this.#messageHandler);
    this.#members.add(connection, name, group as readonly string[]);
    // A connection that has already ended does not stay. One that ended before it was started reports that on being
    // started.
    const isThere = connection.isStarted ? connection.status !== Status.Closed : pooled(connection).begin();
    if (!isThere) this.castOut(connection);
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
    const left: ReadonlySet<unknown> = new Set(checkOptions('options', options, TO_GROUP_KINDS).except);
    return this.#send(
      [...members].filter(({ name }) => !left.has(name)),
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
    this.#statusAction = action;
    return this;
  }

  /**
   * Calls `action` with every message of every member, in addition to its own handlers. A later call replaces the
   * action.
   */
  onMessage(action: MessageAction): this {
    if (this.#messageAction === undefined) {
      for (const connection of this.#members.connections()) connection.apply(this.#messageHandler);
    }
    this.#messageAction = action;
    return this;
  }

  /**
   * Calls `action` with every message that the pool sends from now on and a member does not get, as far as this side
   * can know: a message that the system took and the peer did not read is not reported. A later call replaces the
   * action. An error that it throws is dropped.
   */
  onUndelivered(action: UndeliveredAction): this {
    this.#undeliveredAction = action;
    this.#broadcast.isKept = true;
    return this;
  }

  /**
   * Calls `action` with every step of dialling again. A later call replaces the action. An error that it throws is
   * dropped.
   */
  onRedial(action: RedialAction): this {
    this.#redialAction = action;
    return this;
  }

  /** Resolves when the pool is empty. */
  wait(): Promise<void> {
    if (this.#members.size === 0) return Promise.resolve();
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

  #emptied(): void {
    if (this.#members.size > 0) return;
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
    if (isWanted && end !== undefined && !end.isLeaving) this.#redial(member, end.info);
    else this.#remove(member);
  }

  #redial(member: Member, info: CloseInfo): void {
    member.redial ??= new Redial(member.connection, this.#settings, (event) => {
      drop(() => this.#redialAction?.(event, member.connection));
      if (event.step === 'giveUp') this.#remove(member);
    });
    member.redial.again(info);
  }

  // Removes the members that wait to be dialled, or are being dialled.
  #stopRedialling(): void {
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
    drop(() => this.#undeliveredAction?.({ type, payload, reason, mayBeSent }, member.connection));
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

// Calls an action of the application. Nobody can handle an error that it throws or rejects with, so that is dropped.
function drop(call: () => unknown): void {
  (async () => call())().catch(() => {});
}
