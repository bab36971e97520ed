import { pooled } from '@webson/connection/internal';
import { type Connection, Pool } from 'webson';
import type { End } from './end.js';
import type { EndPlan } from './plan.js';
import { contentOf, type ScriptItem } from './script.js';

/** All clients, or all that the server accepted: the same is said on every one of these. */
export class Side {
  readonly name: 'client' | 'server';
  readonly plan: EndPlan;
  /** By the number of the client. */
  readonly ends: End[] = [];
  readonly problems: string[] = [];
  /** Every item was said. */
  hasSpoken = false;
  readonly #pool: Pool | undefined;
  readonly #refused = new Set<Connection>();

  constructor(name: 'client' | 'server', plan: EndPlan) {
    this.name = name;
    this.plan = plan;
    if (!plan.script.some(({ how }) => how === 'pool')) return;
    const { isTold, highWaterMark } = plan.pool;
    // Who is not told what was refused has nothing refused.
    this.#pool = new Pool({ slowConsumer: 'drop', highWaterMark: isTold ? highWaterMark : 2 ** 31 });
    if (!isTold) return;
    this.#pool.onUndelivered(({ reason }, adapter) => {
      if (reason === 'slow') this.#refused.add(adapter as Connection);
    });
  }

  /** Takes an end in and starts it. */
  add(end: End, number: number): void {
    this.ends[number] = end;
    if (this.#pool !== undefined) this.#pool.add(end.connection);
    else void end.connection.start();
  }

  /** Says all items on all connections; resolves when nothing more is to be sent of them. */
  async speak(): Promise<void> {
    for (const [index, item] of this.plan.script.entries()) {
      if (item.how === 'pool') await this.#broadcast(item, index);
      else await Promise.all(this.ends.map((end) => end.say(item, index)));
    }
    await Promise.all(this.ends.map((end) => end.sent()));
    this.hasSpoken = true;
  }

  async #broadcast(item: ScriptItem, index: number): Promise<void> {
    const pool = this.#pool as Pool;
    const { type, payload } = contentOf(item);
    const open = this.ends.filter(({ connection }) => pooled(connection).isOpen);
    this.#refused.clear();
    const taken = pool.dispatch(type, payload);
    for (const end of this.ends) {
      const refused = this.#refused.has(end.connection) ? 'refused' : 'sent';
      end.fates[index] = open.includes(end) ? refused : 'closed';
    }
    const due = open.length - this.#refused.size;
    if (taken !== due) this.problems.push(`item ${index}: the pool said that ${taken} took it, not ${due}`);
    await Promise.all(open.map((end) => end.rest(item)));
  }
}
