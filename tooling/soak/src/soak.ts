import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pooled } from '@webson/connection/internal';
import { type Connection, dial, MessageType, Pool, type Server, Status, serve } from 'webson';
import { Ledger } from './ledger.js';
import { Random } from './random.js';

/** What a soak does. */
export interface SoakOptions {
  readonly connections: number;
  /** Seconds of coming and going, once all are there. */
  readonly seconds: number;
  readonly seed: number;
}

/** What came of it. */
export interface SoakResult {
  /** Everything that was wrong; empty when nothing was. */
  readonly faults: readonly string[];
  /** Messages published, and deliveries they led to. */
  readonly published: number;
  readonly delivered: number;
  /** Lives of connections, from one handshake to its end, that were accounted for. */
  readonly lives: number;
  readonly redials: number;
  /** Deliveries that were refused because too much was queued. */
  readonly refused: number;
}

const PUBLISHERS = 5;
const GROUPS = 20;
/** Milliseconds from one beat to the next, and what happens in one. */
const BEAT = 20;
const EVENTS_PER_BEAT = 10;
const MARK = 32 * 1024;
const SIZES = [20, 100, 100, 100, 1000, 5000, 50_000];
const LONGEST_STALL = 1500;
const TIMEOUTS = { timeout: { close: 4000 } };

/** A client: what it is called, and what it is made of now. */
interface Client {
  readonly connection: Connection;
  socket: Socket | undefined;
  /** The life that the server has told it of. */
  life: string;
  stalledUntil: number;
}

/** One run: a server with a pool, publishers that send through it, and clients to which everything happens. */
export class Soak {
  readonly #options: SoakOptions;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #pool = new Pool({ name: 'members', slowConsumer: 'drop', highWaterMark: MARK });
  readonly #clientPool = new Pool({
    name: 'clients',
    clientRetry: Number.POSITIVE_INFINITY,
    retryInterval: 200,
    maxRetryInterval: 1000,
  });
  readonly #clients = new Set<Client>();
  // The server's side: by life, and the groups it should be in.
  readonly #members = new Map<string, { ws: Connection; groups: Set<string> }>();
  // Who was refused the message that is being sent.
  readonly #refusedNow = new Set<string>();
  #server!: Server;
  #published = 0;
  #lifeCount = 0;
  #redials = 0;
  #refused = 0;
  #dialling = 0;

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<SoakResult> {
    this.#pool.onUndelivered(({ payload, reason, mayBeSent }, { name }) => {
      if (reason === 'slow') this.#refusedNow.add(name);
      else this.#ledger.unsent(name, numberOf(payload as string), mayBeSent);
    });
    this.#clientPool.onRedial(({ step }) => {
      if (step === 'ready') this.#redials++;
    });
    this.#server = await serve({ host: '127.0.0.1', ...TIMEOUTS }, (ws, request) => this.#accept(ws, request.url));
    const publishers = await Promise.all(Array.from({ length: PUBLISHERS }, () => dial(`${this.#server.url}publish`)));
    for (const publisher of publishers) void publisher.start();
    while (this.#clients.size < this.#options.connections) await Promise.all(Array.from({ length: 20 }, this.#come));
    const end = performance.now() + this.#options.seconds * 1000;
    while (performance.now() < end) {
      for (let i = 0; i < EVENTS_PER_BEAT; i++) this.#happen();
      for (let i = this.#random.below(4); i > 0; i--) this.#send(this.#pick(publishers));
      await delay(BEAT);
    }
    await this.#finish(publishers);
    return {
      faults: this.#ledger.faults,
      published: this.#published,
      delivered: this.#ledger.delivered,
      lives: this.#ledger.settled,
      redials: this.#redials,
      refused: this.#refused,
    };
  }

  #accept(ws: Connection, url = ''): void {
    if (url === '/publish') {
      ws.onMessage(MessageType.Text, (message) => this.#publish(message.text()));
      return;
    }
    const life = `life ${++this.#lifeCount}`;
    this.#ledger.begin(life);
    ws.onReady((adapter) => adapter.dispatch(MessageType.Text, life));
    void ws.start().then(({ wasClean }) => this.#ledger.end(life, wasClean));
    const groups = new Set(Array.from({ length: this.#random.below(4) }, () => this.#group()));
    this.#pool.add(ws, { name: life, group: [...groups] });
    this.#members.set(life, { ws, groups });
    ws.onStatus(Status.Closed, () => this.#members.delete(life));
  }

  // A publisher has sent: 'all 5000' or 'g7 20', to whom and how much.
  #publish(order: string): void {
    const [target = '', size] = order.split(' ');
    const number = ++this.#published;
    const text = `${number} `.padEnd(Number(size), '.');
    const owed = [...this.#members].filter(
      ([, { ws, groups }]) => pooled(ws).isOpen && (target === 'all' || groups.has(target)),
    );
    this.#refusedNow.clear();
    const taken =
      target === 'all'
        ? this.#pool.dispatch(MessageType.Text, text)
        : this.#pool.toGroup(target, MessageType.Text, text);
    this.#refused += this.#refusedNow.size;
    const takers = owed.filter(([life]) => !this.#refusedNow.has(life));
    for (const [life] of takers) this.#ledger.owe(life, number);
    if (taken !== takers.length) this.#ledger.fault(`message ${number}: ${taken} took it, not ${takers.length}`);
  }

  readonly #come = async (): Promise<void> => {
    this.#dialling++;
    const { port } = this.#server.address as { port: number };
    let latest: Socket | undefined;
    let client: Client | undefined;
    const connect = (): Socket => {
      latest = connectSocket(port, '127.0.0.1');
      if (client !== undefined) client.socket = latest;
      return latest;
    };
    const connection = await dial(this.#server.url, { connect, synchronize: true, ...TIMEOUTS });
    client = { connection, socket: latest, life: '', stalledUntil: 0 };
    this.#clients.add(client);
    this.#watch(client);
    this.#clientPool.add(connection);
    this.#dialling--;
  };

  #watch(client: Client): void {
    const { connection } = client;
    connection.onMessage(MessageType.Text, async (message) => {
      const text = message.text();
      if (text.startsWith('life ')) client.life = text;
      else this.#ledger.received(client.life, numberOf(text));
      const wait = client.stalledUntil - performance.now();
      if (wait > 0) await delay(wait);
    });
    connection.onStatus(Status.Closed, () => {
      this.#ledger.clientEnded(client.life, pooled(connection).ending?.info.wasClean === true);
      client.life = '';
      if (pooled(connection).ending?.isLeaving === true) this.#clients.delete(client);
    });
  }

  #happen(): void {
    const event = this.#random.below(100);
    const client = this.#pick([...this.#clients]);
    const life = this.#pick([...this.#members.keys()]);
    const member = this.#members.get(life ?? '');
    if (client === undefined || life === undefined || member === undefined) return;
    if (event < 10) {
      if (this.#clients.size + this.#dialling < this.#options.connections) void this.#come();
    } else if (event < 16) client.connection.close(1000);
    else if (event < 22) client.socket?.destroy();
    else if (event < 25) member.ws.close(4001);
    else if (event < 28) pooled(member.ws).terminate();
    else if (event < 40) client.stalledUntil = performance.now() + this.#random.below(LONGEST_STALL);
    else if (event < 70) this.#join(life, member.groups);
    else this.#leave(life, member.groups);
  }

  #join(life: string, groups: Set<string>): void {
    const group = this.#group();
    const isNew = !groups.has(group);
    groups.add(group);
    if (this.#pool.join(life, group) !== isNew) this.#ledger.fault(`${life}: join of ${group} did not say ${isNew}`);
  }

  #leave(life: string, groups: Set<string>): void {
    const group = this.#pick([...groups]);
    if (group === undefined) return;
    groups.delete(group);
    if (!this.#pool.leave(life, group)) this.#ledger.fault(`${life} was not in ${group}`);
  }

  #send(publisher: Connection | undefined): void {
    const size = this.#pick(SIZES) ?? 20;
    const target = this.#random.below(10) === 0 && size < 1000 ? 'all' : this.#group();
    publisher?.dispatch(MessageType.Text, `${target} ${size}`);
  }

  async #finish(publishers: readonly Connection[]): Promise<void> {
    for (const publisher of publishers) publisher.close();
    while (this.#dialling > 0) await delay(BEAT);
    // Who is stalled, or on its way back, gets there.
    await delay(LONGEST_STALL + 1500);
    await this.#clientPool.drain({ batch: 100, interval: 20, deadline: 20_000 });
    await this.#server.close();
    await this.#pool.close();
    if (this.#pool.size + this.#clientPool.size > 0) this.#ledger.fault('a pool is not empty at the end');
    this.#ledger.finish();
  }

  #group(): string {
    return `g${this.#random.below(GROUPS)}`;
  }

  #pick<T>(all: readonly T[]): T | undefined {
    return all[this.#random.below(all.length)];
  }
}

function numberOf(text: string): number {
  return Number.parseInt(text, 10);
}
