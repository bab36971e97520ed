import type { Asked } from './lines.js';
import type { Address, Report, StandOptions } from './stand.js';
import type { StandName } from './stands/index.js';

/** Asks the server's process, another one, or the judge; rejects with what went wrong there. */
export type Ask = (to: Asked, order: string, detail: unknown) => Promise<unknown>;

/** A stand of the server, as its client sees it. */
export class OpenStand implements Address {
  readonly url: string;
  readonly port: number;
  readonly #ask: (order: string, more?: unknown) => Promise<unknown>;
  #report: Promise<Report> | undefined;

  constructor({ url, port }: Address, ask: (order: string, more?: unknown) => Promise<unknown>) {
    this.url = url;
    this.port = port;
    this.#ask = ask;
  }

  /** Has the server do something in the middle of a case. */
  ask(order: string, more?: unknown): Promise<unknown> {
    return this.#ask(order, more);
  }

  /** Closes it, and resolves to what it has seen. */
  close(): Promise<Report> {
    this.#report ??= this.#ask('close') as Promise<Report>;
    return this.#report;
  }
}

/** A network between this client and a stand, which does as it is told. */
export class Network {
  readonly url: string;
  readonly #ask: (order: string, more?: object) => Promise<unknown>;

  constructor(port: number, ask: (order: string, more?: object) => Promise<unknown>) {
    this.url = `ws://127.0.0.1:${port}/`;
    this.#ask = ask;
  }

  /** Breaks the next connection so many bytes behind the answer of the server, or the request of the client. */
  async breakNext(direction: 'up' | 'down', kind: 'end' | 'reset', after: number): Promise<void> {
    await this.#ask('network.break', { direction, where: { kind, after, from: 'head' } });
  }

  /** Passes on pieces of so many bytes, from now on. */
  async split(length: number): Promise<void> {
    await this.#ask('network.set', { split: length });
  }

  /** Passes on nothing for a while. */
  async hold(): Promise<void> {
    await this.#ask('network.hold');
  }

  /** Goes on where it was held. */
  async release(): Promise<void> {
    await this.#ask('network.release');
  }

  /** Takes everything, and passes on nothing any more. */
  async swallow(): Promise<void> {
    await this.#ask('network.swallow');
  }
}

/** All that a case needs of others, put away when it is over. */
export class Stage {
  readonly #ask: Ask;
  readonly #open: OpenStand[] = [];

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Has the server open a stand. */
  async open(name: StandName, options: StandOptions = {}, to: 'server' | 'second' = 'server'): Promise<OpenStand> {
    const opened = (await this.#ask(to, 'open', { name, options })) as Address & { number: number };
    const stand = new OpenStand(opened, (order, more) => this.#ask(to, order, { number: opened.number, more }));
    if (to === 'server') this.#open.push(stand);
    return stand;
  }

  /** Puts a network in front of a stand. */
  async network({ port }: Address): Promise<Network> {
    const made = (await this.#ask('judge', 'network', { port })) as number;
    return new Network(made, (order, more = {}) => this.#ask('judge', order, { port: made, ...more }));
  }

  /** Starts another process of the server, which may be killed. */
  async startSecond(): Promise<void> {
    await this.#ask('judge', 'second.start', {});
  }

  /** Kills that process. */
  async killSecond(): Promise<void> {
    await this.#ask('judge', 'second.kill', {});
  }

  /** Closes what is left of a case, when it is over. */
  async clear(): Promise<void> {
    const open = this.#open.splice(0);
    await Promise.all(open.map((stand) => stand.close()));
    await this.#ask('judge', 'clear', {});
  }
}
