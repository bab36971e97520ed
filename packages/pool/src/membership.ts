import type { Connection } from '@webson/connection';
import { type PoolMembership, pooled } from '@webson/connection/internal';
import type { Redial } from './redial.js';

/** A connection in a pool. */
export interface Member extends PoolMembership {
  readonly connection: Connection;
  readonly name: string;
  /** The groups of the member, undefined for none. Only the membership writes to it. */
  groups: Set<string> | undefined;
  /** Dials the connection again; undefined until it has broken for the first time. */
  redial: Redial | undefined;
}

/**
 * The members of a pool, by name, by connection and by group.
 *
 * - Names are unique, and a connection is a member at most once.
 * - A group exists as long as it has a member.
 * - Every change of members or groups changes `version`.
 */
export class Membership {
  readonly #byName = new Map<string, Member>();
  readonly #byConnection = new Map<Connection<unknown>, Member>();
  readonly #groups = new Map<string, Set<Member>>();
  #counter = 0;
  #version = 0;

  /** A number that changes whenever a member joins or leaves the pool or a group, and with `touch`. */
  get version(): number {
    return this.#version;
  }

  /** Changes `version`, because a member that could not take messages now may. */
  touch(): void {
    this.#version++;
  }

  get size(): number {
    return this.#byName.size;
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.#byName.values();
  }

  /** The connections of all members. */
  connections(): IterableIterator<Connection> {
    return this.#byConnection.keys() as IterableIterator<Connection>;
  }

  /** The member of that name. */
  get(name: string): Member | undefined {
    return this.#byName.get(name);
  }

  /** The member with that connection. */
  of(connection: Connection<unknown>): Member | undefined {
    return this.#byConnection.get(connection);
  }

  /** The members of a group; empty if there is no such group. */
  inGroup(group: string): Iterable<Member> {
    return this.#groups.get(group) ?? [];
  }

  /** The names of all groups. */
  groups(): string[] {
    return [...this.#groups.keys()];
  }

  /** Makes up a name that no member has, and that is not reserved. */
  freeName(isClient: boolean, isReserved: (name: string) => boolean = () => false): string {
    let name: string;
    do name = `${isClient ? 'client' : 'server'}-${++this.#counter}`;
    while (this.#byName.has(name) || isReserved(name));
    return name;
  }

  /** Adds a member. Neither the name nor the connection may belong to a member. */
  add(connection: Connection<unknown>, name: string, groups: readonly string[]): Member {
    // The members of one pool may have data of different types, which nothing here looks at.
    const member: Member = { connection: connection as Connection, name, groups: undefined, redial: undefined };
    this.#version++;
    this.#byName.set(name, member);
    this.#byConnection.set(connection, member);
    for (const group of groups) this.join(member, group);
    pooled(connection).enter(member);
    return member;
  }

  /** Removes a member from the pool and from all groups. False when it is no longer a member. */
  remove(member: Member): boolean {
    const { connection, name, groups = [] } = member;
    if (this.#byConnection.get(connection) !== member) return false;
    this.#version++;
    this.#byName.delete(name);
    this.#byConnection.delete(connection);
    for (const group of [...groups]) this.leave(member, group);
    pooled(connection).leave(member);
    return true;
  }

  /** Adds a member to a group. False when it is in the group already. */
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

  /** Removes a member from a group. False when it is not in the group. */
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
