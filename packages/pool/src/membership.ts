import type { Connection } from '@webson/connection';
import { pooled } from '@webson/connection/internal';
import type { Redial } from './redial.js';

/** A connection in a pool. */
export interface Member {
  readonly connection: Connection;
  readonly name: string;
  /** Set by the membership alone; undefined: none. */
  groups: Set<string> | undefined;
  /** Set once a client broke. */
  redial: Redial | undefined;
}

/** Who is in a pool: by name, by connection, by group. */
export class Membership {
  readonly #byName = new Map<string, Member>();
  readonly #byConnection = new Map<Connection, Member>();
  readonly #groups = new Map<string, Set<Member>>();
  #counter = 0;
  #version = 0;

  /** Another number whenever somebody came, left, changed groups, or `touch` was called. */
  get version(): number {
    return this.#version;
  }

  /** Somebody may take messages now who did not before. */
  touch(): void {
    this.#version++;
  }

  get size(): number {
    return this.#byName.size;
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.#byName.values();
  }

  /** The members' connections. */
  connections(): IterableIterator<Connection> {
    return this.#byConnection.keys();
  }

  /** The member of that name. */
  get(name: string): Member | undefined {
    return this.#byName.get(name);
  }

  /** The member that a connection is. */
  of(connection: Connection): Member | undefined {
    return this.#byConnection.get(connection);
  }

  /** The members of a group; none, when nobody is in it. */
  inGroup(group: string): Iterable<Member> {
    return this.#groups.get(group) ?? [];
  }

  /** A name that nobody has. */
  freeName(connection: Connection): string {
    let name: string;
    do name = `${connection.isClient ? 'client' : 'server'}-${++this.#counter}`;
    while (this.#byName.has(name));
    return name;
  }

  /** Neither the name nor the connection may be in it. */
  add(connection: Connection, name: string, groups: readonly string[]): void {
    const member: Member = { connection, name, groups: undefined, redial: undefined };
    this.#version++;
    this.#byName.set(name, member);
    this.#byConnection.set(connection, member);
    for (const group of groups) this.join(member, group);
    pooled(connection).setMembership(name, groups[0] ?? '');
  }

  /** False when it is not in it any more. */
  remove(member: Member): boolean {
    const { connection, name, groups = [] } = member;
    if (this.#byConnection.get(connection) !== member) return false;
    this.#version++;
    this.#byName.delete(name);
    this.#byConnection.delete(connection);
    for (const group of [...groups]) this.leave(member, group);
    pooled(connection).setMembership('', '');
    return true;
  }

  /** False when it is in the group already. */
  join(member: Member, group: string): boolean {
    member.groups ??= new Set();
    if (member.groups.has(group)) return false;
    this.#version++;
    member.groups.add(group);
    let members = this.#groups.get(group);
    if (members === undefined) {
      members = new Set();
      this.#groups.set(group, members);
    }
    members.add(member);
    return true;
  }

  /** False when it is not in the group. */
  leave(member: Member, group: string): boolean {
    if (member.groups?.delete(group) !== true) return false;
    this.#version++;
    if (member.groups.size === 0) member.groups = undefined;
    const members = this.#groups.get(group);
    members?.delete(member);
    if (members?.size === 0) this.#groups.delete(group);
    return true;
  }
}
