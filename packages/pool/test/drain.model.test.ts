import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Connection, dial, type Server, serve } from '@webson/connection';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool } from '../src/index.js';

// Drains of a server and of the pool its connections are in, any number of them at once, given up or not, with `close` and
// with clients that come, go, and never answer: who is taken in when, and how each drain ends.

type What = 'server' | 'pool';

type Operation =
  | { name: 'drain'; what: What; deadline: number | undefined; batch: number }
  | { name: 'abort'; which: number }
  | { name: 'leave'; which: number }
  | { name: 'close'; what: What }
  | { name: 'come'; isSilent: boolean };

const what = fc.constantFrom<What>('server', 'pool');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constant('drain' as const),
      what,
      // Milliseconds; without one it lasts until all have left.
      deadline: fc.constantFrom(0, 15, undefined),
      batch: fc.constantFrom(1, Number.POSITIVE_INFINITY),
    }),
  },
  { weight: 4, arbitrary: fc.record({ name: fc.constant('abort' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('leave' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('close' as const), what }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant('come' as const), isSilent: fc.boolean() }) },
);

interface Drain {
  readonly what: What;
  readonly isBounded: boolean;
  readonly abort: AbortController;
  /** Resolves when it has ended, whichever way. */
  readonly settled: Promise<void>;
  outcome: 'resolved' | 'rejected' | undefined;
  isGivenUp: boolean;
}

const REASON = new Error('never mind');

/** A server whose connections are in a pool, and what has been done to both. */
class World {
  readonly drains: Drain[] = [];
  readonly #server: Server;
  readonly #pool: Pool;
  readonly #closings: Promise<void>[] = [];
  readonly #closed = new Set<What>();
  readonly #clients: Connection[] = [];
  readonly #silent: Socket[] = [];

  constructor(server: Server, pool: Pool) {
    this.#server = server;
    this.#pool = pool;
  }

  async do(operation: Operation): Promise<void> {
    if (operation.name === 'drain') this.#drain(operation.what, operation.deadline, operation.batch);
    else if (operation.name === 'abort') await this.#abort(operation.which);
    else if (operation.name === 'leave') this.#clients[operation.which % (this.#clients.length || 1)]?.close();
    else if (operation.name === 'close') this.#close(operation.what);
    else await this.come(operation.isSilent);
  }

  /** Somebody is taken in: as long as nothing was closed, and every drain was given up. */
  isOpen(what: What): boolean {
    return !this.#closed.has(what) && this.drains.every((drain) => drain.what !== what || drain.outcome === 'rejected');
  }

  /** A client comes, and finds open what has to be open, and nothing else. */
  async come(isSilent = false): Promise<void> {
    // What is known of the drains is known by now.
    await turns();
    const open = { server: this.isOpen('server'), pool: this.isOpen('pool') };
    const outcome = isSilent ? await this.#comeSilently() : await this.#dial();
    // A drain may have ended while it was on its way, but none has begun and none was given up.
    expect(outcome).toBe(open.server ? (open.pool ? 'taken in' : 'turned away') : 'refused');
  }

  /** What is pending ends: at its deadline, or when all have left. */
  async end(): Promise<void> {
    for (const { isBounded, settled } of this.drains) if (isBounded) await settled;
    for (const socket of this.#silent) socket.destroy();
    // Where nobody drains they would stay.
    for (const client of this.#clients) client.close();
    for (const { settled } of this.drains) await settled;
    for (const drain of this.drains) expect(drain.outcome).toBe(drain.isGivenUp ? 'rejected' : 'resolved');
    await Promise.all(this.#closings);
    if (this.#closed.size === 0) await this.come();
  }

  async dispose(): Promise<void> {
    for (const socket of this.#silent) socket.destroy();
    for (const client of this.#clients) client.close();
    await Promise.all([this.#pool.close(), this.#server.close()]);
    expect([this.#server.connections.size, this.#pool.size]).toEqual([0, 0]);
  }

  #drain(what: What, deadline: number | undefined, batch: number): void {
    const abort = new AbortController();
    const target = what === 'server' ? this.#server : this.#pool;
    const options = { batch, interval: 5, signal: abort.signal, ...(deadline === undefined ? {} : { deadline }) };
    const drain: Drain = {
      what,
      isBounded: deadline !== undefined,
      abort,
      settled: target.drain(options).then(
        () => {
          drain.outcome = 'resolved';
        },
        (error: unknown) => {
          expect(error).toBe(REASON);
          drain.outcome = 'rejected';
        },
      ),
      outcome: undefined,
      isGivenUp: false,
    };
    this.drains.push(drain);
  }

  async #abort(which: number): Promise<void> {
    // What has ended is known by now.
    await turns();
    const drain = this.drains[which % (this.drains.length || 1)];
    if (drain === undefined || drain.abort.signal.aborted) return;
    drain.isGivenUp = drain.outcome === undefined;
    drain.abort.abort(REASON);
  }

  #close(what: What): void {
    this.#closed.add(what);
    this.#closings.push(what === 'server' ? this.#server.close() : this.#pool.close());
  }

  async #dial(): Promise<string> {
    let client: Connection;
    try {
      client = await dial(this.#server.url);
    } catch {
      return 'refused';
    }
    const ended = client.start();
    const greeted = new Promise<string>((resolve) => client.onMessage(1, (message) => resolve(message.text())));
    const outcome = await Promise.race([greeted, ended.then(({ code }) => `closed with ${code}`)]);
    if (outcome === 'taken in') this.#clients.push(client);
    return outcome;
  }

  async #comeSilently(): Promise<string> {
    const socket = connect((this.#server.address as AddressInfo).port, '127.0.0.1');
    this.#silent.push(socket);
    socket.write(REQUEST);
    let text = '';
    socket.on('error', () => {});
    return new Promise((resolve) => {
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
        const answer = /^HTTP\/1\.1 503|taken in|turned away/.exec(text)?.[0];
        if (answer !== undefined) resolve(answer.startsWith('HTTP') ? 'refused' : answer);
      });
      socket.on('close', () => resolve('refused'));
    });
  }
}

const REQUEST =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

async function open(): Promise<World> {
  const pool = new Pool();
  const timeout = { close: 200 };
  const server = await serve({ host: '127.0.0.1', timeout, pingInterval: 0 }, (ws) => {
    try {
      pool.add(ws);
      ws.dispatch(1, 'taken in');
    } catch {
      ws.onReady((a) => {
        a.dispatch(1, 'turned away');
        a.close();
      });
    }
  });
  return new World(server, pool);
}

test('any sequence of drains, of giving them up, of closing, of coming and of going', {
  timeout: 180_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 14 }), async (operations) => {
      const world = await open();
      try {
        for (const operation of operations) await world.do(operation);
        await world.end();
      } finally {
        await world.dispose();
      }
    }),
    { numRuns: 150 },
  );
});
