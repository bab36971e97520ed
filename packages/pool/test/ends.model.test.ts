import {
  type CloseInfo,
  Connection,
  HandshakeError,
  nodePlatform,
  type Opened,
  resolveOptions,
  Status,
  type Transport,
} from '@webson/connection';
import { useClock } from '@webson/connection/internal';
import { createTransportPair, FakeClock, turns } from '@webson/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool } from '../src/index.js';

// A client in any state, in a pool or not, and everything that may happen to it, in any order. After `close` or `terminate` by
// the application nothing is dialled, unless it calls `restart`; and in the end everything settles, and no timer is left.

type Step =
  | { readonly do: 'start' | 'terminate' | 'restart' | 'add' | 'castOut' | 'drain' | 'closePool' }
  | { readonly do: 'cut' | 'serverClose' | 'silence' | 'refuseNext' | 'holdNext' | 'letGo' }
  | { readonly do: 'hang' | 'release' | 'send' }
  | { readonly do: 'close'; readonly code: number }
  | { readonly do: 'closeIn'; readonly status: Status; readonly isLate: boolean; readonly isHard: boolean }
  | { readonly do: 'pass'; readonly ms: number };

const plain = fc.constantFrom(
  ...(['start', 'start', 'terminate', 'restart', 'add', 'add', 'castOut', 'drain', 'closePool'] as const),
  ...(['cut', 'cut', 'serverClose', 'silence', 'refuseNext', 'holdNext', 'letGo', 'hang', 'release', 'send'] as const),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: plain.map((name) => ({ do: name }) as Step) },
  { weight: 1, arbitrary: fc.constantFrom(1000, 1001, 1012, 1013, 4000).map((code): Step => ({ do: 'close', code })) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('closeIn' as const),
      status: fc.constantFrom(Status.Ready, Status.Closed, Status.Timeout),
      isLate: fc.boolean(),
      isHard: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constantFrom(0, 60, 500, 5000).map((ms): Step => ({ do: 'pass', ms })) },
);

interface Plan {
  readonly steps: readonly Step[];
  readonly clientRetry: number;
  readonly synchronize: boolean;
  readonly isHard: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(step, { maxLength: 25 }),
  clientRetry: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
  synchronize: fc.boolean(),
  isHard: fc.boolean(),
});

const settings = resolveOptions({ pingInterval: 1000, timeout: { pong: 100, dead: 300, close: 1000, stall: 1000 } });
const negotiated = { protocol: '', extensions: [] };

/** The world that a plan is carried out in. */
class World {
  readonly clock: FakeClock;
  readonly client: Connection;
  readonly pool: Pool;
  /** What has to settle in the end. */
  readonly promises: Promise<unknown>[] = [];
  readonly servers: Connection[] = [];
  dials = 0;
  /** The number of dials when the application closed the client; undefined as long as it is wanted. */
  dialsAtEnd: number | undefined;
  #far: Transport | undefined;
  #isRefused = false;
  #isHeld = false;
  #held: (() => void)[] = [];
  #isHanging = false;
  #hanging: (() => void)[] = [];

  constructor({ clientRetry, synchronize }: Plan, clock: FakeClock) {
    this.clock = clock;
    this.client = new Connection({
      ...this.#open(),
      platform: nodePlatform,
      settings: { ...settings, synchronize },
      isClient: true,
      redial: () => this.#redial(),
    });
    this.client.onMessage(1, () => (this.#isHanging ? new Promise<void>((resolve) => this.#hanging.push(resolve)) : 0));
    this.pool = new Pool({ clientRetry, retryInterval: 100, maxRetryInterval: 400, minUptime: 0 });
  }

  #open(): Opened {
    const [near, far] = createTransportPair();
    this.#far = far;
    const server = new Connection({ platform: nodePlatform, transport: far, negotiated, settings, isClient: false });
    this.servers.push(server);
    server.onError(() => {});
    void server.start();
    return { transport: near, negotiated };
  }

  async #redial(): Promise<Opened> {
    this.dials++;
    const isRefused = this.#isRefused;
    this.#isRefused = false;
    if (this.#isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (isRefused) throw new HandshakeError('CONNECT_FAILED', 'nobody there');
    return this.#open();
  }

  /** Takes down that the application does not want the client any more. */
  end(isHard: boolean, code = 1000): void {
    this.dialsAtEnd ??= this.dials;
    if (isHard) this.client.terminate();
    else this.client.close(code);
  }

  #await(promise: Promise<unknown>): void {
    this.promises.push(promise.catch(() => {}));
  }

  async carryOut(each: Step): Promise<void> {
    const { client, pool } = this;
    const server = this.servers.at(-1);
    switch (each.do) {
      case 'start':
        this.#await(client.start());
        break;
      case 'restart': {
        const before = this.dials;
        this.#await(client.restart());
        if (this.dials > before) this.dialsAtEnd = undefined;
        break;
      }
      case 'close':
        this.end(false, each.code);
        break;
      case 'terminate':
        this.end(true);
        break;
      case 'closeIn': {
        let isDone = false;
        client.onStatus(each.status, async () => {
          if (isDone) return;
          isDone = true;
          if (each.isLate) await Promise.resolve();
          this.end(each.isHard);
        });
        break;
      }
      case 'add':
        try {
          pool.add(client);
        } catch {
          // It is a member, or the pool is closed.
        }
        break;
      case 'castOut':
        pool.castOut(client);
        break;
      case 'drain':
        this.#await(pool.drain({ deadline: 200 }));
        break;
      case 'closePool':
        this.#await(pool.close());
        break;
      case 'cut':
        this.#far?.destroy();
        break;
      case 'serverClose':
        server?.close(1012);
        break;
      case 'silence':
        this.#far?.pause();
        break;
      case 'refuseNext':
        this.#isRefused = true;
        break;
      case 'holdNext':
        this.#isHeld = true;
        break;
      case 'letGo':
        this.#letGo();
        break;
      case 'hang':
        this.#isHanging = true;
        break;
      case 'release':
        this.#release();
        break;
      case 'send':
        try {
          server?.dispatch(1, 'x');
        } catch {
          // It is closing.
        }
        break;
      case 'pass':
        await this.clock.advance(each.ms);
        break;
    }
    await turns(3);
  }

  #letGo(): void {
    this.#isHeld = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  #release(): void {
    this.#isHanging = false;
    for (const resolve of this.#hanging.splice(0)) resolve();
  }

  /** Ends everything that the outside would end, sooner or later. */
  async settle(): Promise<void> {
    this.#letGo();
    this.#release();
    this.#await(this.pool.wait());
    await this.clock.advance(600_000);
    await turns(20);
  }
}

async function run(plan: Plan): Promise<void> {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const clock = new FakeClock();
  // The connections are made on this clock.
  const giveBack = clock.install(useClock);
  const world = new World(plan, clock);
  try {
    for (const each of plan.steps) {
      await world.carryOut(each);
      if (world.dialsAtEnd !== undefined) expect(world.dials).toBe(world.dialsAtEnd);
    }
    world.end(plan.isHard);
    const { dials } = world;
    await world.settle();
    expect(world.dials).toBe(dials);
    expect([world.client.status, world.pool.size]).toEqual([Status.Closed, 0]);
    const outcomes = Promise.all(world.promises).then(() => 'settled');
    expect(await Promise.race([outcomes, turns(20).then(() => 'not settled')])).toBe('settled');
    expect(world.servers.map(({ status }) => status)).toEqual(world.servers.map(() => Status.Closed));
    expect(world.clock.pending).toBe(0);
    // It can be neither added nor started again, without harm.
    const info: CloseInfo | string = await world.client.start().catch((error: { code: string }) => error.code);
    expect(typeof info === 'string' ? ['ALREADY_STARTED', 'CLOSED'] : [info]).toContain(info);
    expect(unhandled).toEqual([]);
  } finally {
    giveBack();
    process.off('unhandledRejection', onUnhandled);
    for (const server of world.servers) server.terminate();
    world.client.terminate();
    await turns(3);
  }
}

test('closed by the application, it is never dialled again, and everything settles', { timeout: 180_000 }, async () => {
  await fc.assert(fc.asyncProperty(plan, run), { numRuns: 500 });
});
