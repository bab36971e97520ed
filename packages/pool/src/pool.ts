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
  listOf,
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

/** How a connection stands in a pool. */
export interface PoolNode {
  /** Unique in the pool; one is made up by default. */
  name?: string;
  /** The groups it is in from the start. */
  group?: string | readonly string[];
}

const GROUPS = listOf('', () => true);

const NODE_KINDS: OptionKinds<PoolNode> = {
  name: STRING,
  group: { expected: 'a string or a list of them', accepts: (value) => GROUPS.accepts([value].flat()) },
};

/** A message that a member was meant to get, and did not, or perhaps not. */
export interface Undelivered {
  readonly type: number;
  /** As it was given; of bytes a copy. */
  readonly payload: string | Uint8Array;
  /** 'slow': the member had too much queued. 'broken': it was queued, and the connection ended before it was written. */
  readonly reason: 'slow' | 'broken';
  /** It was on its way to the system when the connection ended: some of it, or all, may have been sent. */
  readonly mayBeSent: boolean;
}

type StatusAction = (status: Status, adapter: Adapter) => unknown;
type MessageAction = (message: Message, adapter: Adapter) => unknown;
type UndeliveredAction = (undelivered: Undelivered, adapter: Adapter) => unknown;
type RedialAction = (event: RedialEvent, adapter: Adapter) => unknown;

/** A set of connections, clients and servers alike, to send to all at once, by group or by name. */
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
  // Drains that were not given up.
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

  /** How many connections it holds, those included that wait to be dialled again. */
  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#members.connections();
  }

  /**
   * Takes a connection in, and starts it unless it was started. It leaves when it ends and is not dialled again, or by
   * `castOut`.
   *
   * @throws WebsonError `NAME_TAKEN`, `POOL_FULL`, `POOL_CLOSED`, or `ALREADY_MEMBER`; ConfigError when `node` is wrong.
   */
  add(connection: Connection, node: PoolNode = {}): void {
    checkOptions('node', node, NODE_KINDS);
    const { name: poolName, size } = this.#settings;
    if (this.#isEnding) throw new WebsonError('POOL_CLOSED', `${poolName} is closed`);
    if (this.#members.of(connection) !== undefined) {
      throw new WebsonError('ALREADY_MEMBER', `the connection is in ${poolName} already`);
    }
    if (this.#members.size >= size) throw new WebsonError('POOL_FULL', `${poolName} is full: size is ${size}`);
    const name = node.name ?? this.#members.freeName(connection);
    if (this.#members.get(name) !== undefined) {
      throw new WebsonError('NAME_TAKEN', `${poolName}: ${JSON.stringify(name)} is taken`);
    }
    connection.apply(this.#statusHandler);
    if (this.#messageAction !== undefined) connection.apply(this.#messageHandler);
    this.#members.add(connection, name, typeof node.group === 'string' ? [node.group] : (node.group ?? []));
    // It may have ended, or been closed, before: then it does not stay. One that ended before it was started has yet to say so.
    const isThere = connection.isStarted ? connection.status !== Status.Closed : pooled(connection).begin();
    if (!isThere) this.castOut(connection);
  }

  /** Sends to every connection; returns how many took it. @throws as `dispatch` of a connection for what is wrong. */
  dispatch(type: number, payload: Payload = ''): number {
    return this.#send(this.#members, type, payload, this.#members);
  }

  /** Sends to the connections that were dialled; returns how many took it. */
  toClients(type: number, payload: Payload = ''): number {
    return this.#send(
      this.#those(({ connection }) => connection.isClient),
      type,
      payload,
      'clients',
    );
  }

  /** Sends to the connections that were accepted; returns how many took it. */
  toServers(type: number, payload: Payload = ''): number {
    return this.#send(
      this.#those(({ connection }) => !connection.isClient),
      type,
      payload,
      'servers',
    );
  }

  /** Sends to the members of a group; returns how many took it. */
  toGroup(group: string, type: number, payload: Payload = ''): number {
    const members = this.#members.inGroup(group);
    return this.#send(members, type, payload, members);
  }

  /** Sends to every connection but the one of that name; returns how many took it. */
  except(name: string, type: number, payload: Payload = ''): number {
    return this.#send(
      this.#those((member) => member.name !== name),
      type,
      payload,
    );
  }

  /** Sends to the connection of that name. False when there is none, or it did not take it. */
  toPick(name: string, type: number, payload: Payload = ''): boolean {
    const member = this.#members.get(name);
    return this.#send(member === undefined ? [] : [member], type, payload) === 1;
  }

  /**
   * With `slowConsumer: 'wait'`: resolves when every connection, or every one of the group, has room for a message of half
   * the mark; one that keeps it waiting for `stallTimeout` is closed with 1013. With the other policies: at once.
   */
  drained(group?: string): Promise<void> {
    return this.#broadcast.drained(() => (group === undefined ? this.#members : this.#members.inGroup(group)));
  }

  /** Puts a connection into a group. False when there is none of that name, or it is in the group already. */
  join(name: string, group: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#members.join(member, group);
  }

  /** Takes a connection out of a group. False when it is not in it. */
  leave(name: string, group: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#members.leave(member, group);
  }

  /** Takes a connection out of the pool; it stays open, and is not dialled again. False when it is not in it. */
  castOut(connection: Connection): boolean {
    const member = this.#members.of(connection);
    if (member === undefined) return false;
    this.#remove(member);
    return true;
  }

  /** Takes the connection of that name out of the pool, as `castOut`. False when there is none. */
  castOutByName(name: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.castOut(member.connection);
  }

  /** Calls `action` with every new status of every member; a later one replaces it. */
  onStatus(action: StatusAction): this {
    this.#statusAction = action;
    return this;
  }

  /** Calls `action` with every message of every member, beside its own handlers; a later one replaces it. */
  onMessage(action: MessageAction): this {
    if (this.#messageAction === undefined) {
      for (const connection of this.#members.connections()) connection.apply(this.#messageHandler);
    }
    this.#messageAction = action;
    return this;
  }

  /**
   * Calls `action` with every message sent by the pool from now on that a member did not get, as far as this side can know:
   * what the system took and the peer did not read is not among them. A later one replaces it; what it throws is dropped.
   */
  onUndelivered(action: UndeliveredAction): this {
    this.#undeliveredAction = action;
    this.#broadcast.isKept = true;
    return this;
  }

  /** Calls `action` with every step of dialling again; a later one replaces it. What it throws is dropped. */
  onRedial(action: RedialAction): this {
    this.#redialAction = action;
    return this;
  }

  /** Resolves when the pool is empty. */
  wait(): Promise<void> {
    if (this.#members.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.add(resolve));
  }

  /** Takes no more connections in, closes those there are with 1001, and resolves when all have ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRedialling();
    for (const connection of this.#members.connections()) connection.close(1001);
    return this.wait();
  }

  /**
   * As `close`, but in stages, and with a deadline. Nothing is dialled again from now on.
   *
   * Rejects with ConfigError or RangeError for a wrong option, and nothing is done then; with the reason of `signal` when
   * that aborts: what is not closed stays, and the pool takes connections in again, unless it was closed, or another call
   * of this was not given up. Any number of them may run at once, each with its own deadline.
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

  // Takes nobody in, and dials nobody again.
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
    // What comes of an end comes after the handler: that wants to know the name of who left.
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

  // What waits to be dialled, or is dialled now, will not come back: it leaves.
  #stopRedialling(): void {
    for (const member of this.#members) {
      if (member.redial === undefined) continue;
      member.redial.abort();
      // Who lives on may break after a drain that was given up.
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

// Calls a handler of the application's; what it throws or rejects with has nowhere to go.
function drop(call: () => unknown): void {
  (async () => call())().catch(() => {});
}
