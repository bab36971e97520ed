import {
  type Adapter,
  ConfigError,
  type Connection,
  type Message,
  Status,
  setMembership,
  WebsonError,
} from '@webson/connection';

/** Options of a {@link Pool}. */
export interface PoolOptions {
  /** What the pool is called in error messages; 'pool' by default. */
  name?: string;
  /** Connections it holds at most: 65536 by default. */
  size?: number;
}

/** How a connection stands in a pool. */
export interface PoolNode {
  /** Unique in the pool; one is made up by default. */
  name?: string;
  /** The groups it is in from the start. */
  group?: string | readonly string[];
}

interface Member {
  readonly connection: Connection;
  readonly name: string;
  readonly groups: Set<string>;
}

type StatusAction = (status: Status, adapter: Adapter) => unknown;
type MessageAction = (message: Message, adapter: Adapter) => unknown;

const DEFAULT_SIZE = 65_536;

/** A set of connections, clients and servers alike, to send to all at once, by group or by name. */
export class Pool {
  readonly #name: string;
  readonly #capacity: number;
  readonly #members = new Map<string, Member>();
  readonly #byConnection = new Map<Connection, Member>();
  readonly #groups = new Map<string, Set<Member>>();
  #statusAction: StatusAction | undefined;
  #messageAction: MessageAction | undefined;
  #counter = 0;
  #isClosed = false;
  #onEmpty: (() => void)[] = [];

  /** @throws ConfigError when `size` is not a positive integer. */
  constructor(options: PoolOptions = {}) {
    const { name = 'pool', size = DEFAULT_SIZE } = options;
    if (!Number.isInteger(size) || size < 1) throw new ConfigError(`size: a positive integer expected, got ${size}`);
    this.#name = name;
    this.#capacity = size;
  }

  /** How many connections it holds. */
  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#byConnection.keys();
  }

  /**
   * Takes a connection in, and starts it unless it was started. It leaves when it ends, or by `castOut`.
   *
   * @throws WebsonError `NAME_TAKEN`, `POOL_FULL`, `POOL_CLOSED`, or `ALREADY_MEMBER`.
   */
  add(connection: Connection, node: PoolNode = {}): void {
    if (this.#isClosed) throw new WebsonError('POOL_CLOSED', `${this.#name} is closed`);
    if (this.#byConnection.has(connection)) {
      throw new WebsonError('ALREADY_MEMBER', `the connection is in ${this.#name} already`);
    }
    if (this.#members.size >= this.#capacity) {
      throw new WebsonError('POOL_FULL', `${this.#name} is full: size is ${this.#capacity}`);
    }
    const name = node.name ?? this.#freeName(connection);
    if (this.#members.has(name)) throw new WebsonError('NAME_TAKEN', `${this.#name}: ${JSON.stringify(name)} is taken`);
    const groups = typeof node.group === 'string' ? [node.group] : (node.group ?? []);
    const member: Member = { connection, name, groups: new Set() };
    this.#members.set(name, member);
    this.#byConnection.set(connection, member);
    for (const group of groups) this.#join(member, group);
    setMembership(connection, name, groups[0] ?? '');
    connection.apply({
      name: this.#handlerName,
      onStatus: (status, adapter) => {
        // It leaves after the handler: that wants to know its name.
        try {
          return this.#statusAction?.(status, adapter);
        } finally {
          if (status === Status.Closed) this.#remove(member);
        }
      },
      onMessage: (message, adapter) => this.#messageAction?.(message, adapter),
    });
    if (!connection.isStarted) connection.start().catch(() => this.#remove(member));
  }

  /** Sends to every connection; returns how many took it. */
  dispatch(type: number, payload: string | Uint8Array): number {
    return this.#send(this.#members.values(), type, payload);
  }

  /** Sends to the connections that were dialled; returns how many took it. */
  toClients(type: number, payload: string | Uint8Array): number {
    return this.#send(
      this.#those(({ connection }) => connection.isClient),
      type,
      payload,
    );
  }

  /** Sends to the connections that were accepted; returns how many took it. */
  toServers(type: number, payload: string | Uint8Array): number {
    return this.#send(
      this.#those(({ connection }) => !connection.isClient),
      type,
      payload,
    );
  }

  /** Sends to the members of a group; returns how many took it. */
  toGroup(group: string, type: number, payload: string | Uint8Array): number {
    return this.#send(this.#groups.get(group) ?? [], type, payload);
  }

  /** Sends to every connection but the one of that name; returns how many took it. */
  except(name: string, type: number, payload: string | Uint8Array): number {
    return this.#send(
      this.#those((member) => member.name !== name),
      type,
      payload,
    );
  }

  /** Sends to the connection of that name. False when there is none, or it did not take it. */
  toPick(name: string, type: number, payload: string | Uint8Array): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#send([member], type, payload) === 1;
  }

  /** Puts a connection into a group. False when there is none of that name, or it is in the group already. */
  join(name: string, group: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#join(member, group);
  }

  /** Takes a connection out of a group. False when it is not in it. */
  leave(name: string, group: string): boolean {
    const member = this.#members.get(name);
    return member !== undefined && this.#leave(member, group);
  }

  /** Takes a connection out of the pool; it stays open. False when it is not in it. */
  castOut(connection: Connection): boolean {
    const member = this.#byConnection.get(connection);
    if (member === undefined) return false;
    this.#remove(member);
    return true;
  }

  /** Takes the connection of that name out of the pool; it stays open. False when there is none. */
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
    this.#messageAction = action;
    return this;
  }

  /** Resolves when the pool is empty. */
  wait(): Promise<void> {
    if (this.#members.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Takes no more connections in, closes those there are with 1001, and resolves when all have ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const { connection } of this.#members.values()) connection.close(1001);
    return this.wait();
  }

  get #handlerName(): string {
    return `pool ${this.#name}`;
  }

  #send(members: Iterable<Member>, type: number, payload: string | Uint8Array): number {
    let count = 0;
    for (const { connection } of members) {
      if (connection.status !== Status.Ready && connection.status !== Status.Timeout) continue;
      try {
        connection.dispatch(type, payload);
        count++;
      } catch (error) {
        // One that is closing takes nothing; a wrong type or payload is wrong for all.
        if (!(error instanceof WebsonError)) throw error;
      }
    }
    return count;
  }

  *#those(wanted: (member: Member) => boolean): Generator<Member> {
    for (const member of this.#members.values()) if (wanted(member)) yield member;
  }

  #freeName(connection: Connection): string {
    let name: string;
    do name = `${connection.isClient ? 'client' : 'server'}-${++this.#counter}`;
    while (this.#members.has(name));
    return name;
  }

  #join(member: Member, group: string): boolean {
    if (member.groups.has(group)) return false;
    member.groups.add(group);
    let members = this.#groups.get(group);
    if (members === undefined) {
      members = new Set();
      this.#groups.set(group, members);
    }
    members.add(member);
    return true;
  }

  #leave(member: Member, group: string): boolean {
    if (!member.groups.delete(group)) return false;
    const members = this.#groups.get(group);
    members?.delete(member);
    if (members?.size === 0) this.#groups.delete(group);
    return true;
  }

  #remove(member: Member): void {
    if (this.#members.get(member.name) !== member) return;
    this.#members.delete(member.name);
    this.#byConnection.delete(member.connection);
    for (const group of [...member.groups]) this.#leave(member, group);
    member.connection.revoke(this.#handlerName);
    setMembership(member.connection, '', '');
    if (this.#members.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }
}
