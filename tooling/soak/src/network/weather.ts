import { calm, type Direction, type End, type ProxiedLink, type TcpProxy } from '@webson/testing/tcp';
import type { Random } from '../random.js';

/** Who is told what becomes of a link. */
export interface WeatherEvents {
  /** Nothing passes any more, and its ends are not told. */
  onHalfOpen(link: ProxiedLink, proxy: TcpProxy): void;
  /** Nothing passes for a while, or any more: its ends may find each other silent. */
  onSilence(link: ProxiedLink, proxy: TcpProxy): void;
}

/** How often what has happened. */
export interface WeatherTotals {
  changes: number;
  holds: number;
  cuts: number;
  halfOpen: number;
  outages: number;
}

/** Milliseconds from one event to the next. */
const BEAT = 60;
const LONGEST_HOLD = 800;
const LONGEST_OUTAGE = 1500;
const DIRECTIONS: readonly Direction[] = ['up', 'down', 'both'];
const ENDS: readonly End[] = ['client', 'server', 'both', 'both'];

/** Lets things happen to the links of some proxies, at random: delays, throttling, splits, holds, cuts, silence, outages. */
export class Weather {
  readonly totals: WeatherTotals = { changes: 0, holds: 0, cuts: 0, halfOpen: 0, outages: 0 };
  readonly #proxies: readonly TcpProxy[];
  readonly #random: Random;
  readonly #events: WeatherEvents;
  // Nothing more happens to links that are cut, or half open: what is owed of them is settled.
  readonly #doomed = new WeakSet<ProxiedLink>();
  // What is to be undone, and when.
  readonly #undo = new Map<NodeJS.Timeout, () => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(proxies: readonly TcpProxy[], random: Random, events: WeatherEvents) {
    this.#proxies = proxies;
    this.#random = random;
    this.#events = events;
  }

  begin(): void {
    this.#timer ??= setInterval(() => this.#happen(), BEAT);
  }

  /** Nothing happens any more, and all that can be undone is. */
  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const [timer, undo] of this.#undo) {
      clearTimeout(timer);
      undo();
    }
    this.#undo.clear();
    for (const proxy of this.#proxies) {
      proxy.set(calm);
      for (const link of proxy.links) if (!this.#doomed.has(link)) link.set(calm);
    }
  }

  #happen(): void {
    const proxy = this.#pick(this.#proxies) as TcpProxy;
    const link = this.#pick([...proxy.links].filter((one) => !this.#doomed.has(one)));
    const event = this.#random.below(100);
    if (event < 2) this.#refuse(proxy);
    else if (link === undefined) return;
    else if (event < 50) this.#change(link);
    else if (event < 70) this.#hold(link, proxy);
    else if (event < 90) this.#cut(link, proxy);
    else this.#swallow(link, proxy);
  }

  #change(link: ProxiedLink): void {
    this.totals.changes++;
    const below = (bound: number): number => this.#random.below(bound);
    const conditions = {
      delay: below(60),
      jitter: below(40),
      rate: below(3) === 0 ? 200_000 + below(1_000_000) : calm.rate,
      split: below(3) === 0 ? 50 + below(3000) : calm.split,
      buffer: 1 + below(128 * 1024),
    };
    link.set(conditions, this.#pick(DIRECTIONS));
  }

  #hold(link: ProxiedLink, proxy: TcpProxy): void {
    this.totals.holds++;
    this.#events.onSilence(link, proxy);
    const direction = this.#pick(DIRECTIONS);
    link.hold(direction);
    this.#later(LONGEST_HOLD, () => link.release(direction));
  }

  #cut(link: ProxiedLink, proxy: TcpProxy): void {
    const towards = this.#pick(ENDS) as End;
    this.totals.cuts++;
    // An end that is not told of it hears nothing any more.
    this.#events.onSilence(link, proxy);
    this.#doomed.add(link);
    link.cut(this.#random.below(2) === 0 ? 'reset' : 'end', towards);
  }

  #swallow(link: ProxiedLink, proxy: TcpProxy): void {
    this.totals.halfOpen++;
    this.#doomed.add(link);
    this.#events.onHalfOpen(link, proxy);
    link.swallow(this.#pick(DIRECTIONS));
  }

  #refuse(proxy: TcpProxy): void {
    this.totals.outages++;
    proxy.refuse(true);
    this.#later(LONGEST_OUTAGE, () => proxy.refuse(false));
  }

  #later(most: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#undo.delete(timer);
      action();
    }, this.#random.below(most));
    this.#undo.set(timer, action);
  }

  #pick<T>(all: readonly T[]): T | undefined {
    return all[this.#random.below(all.length)];
  }
}
