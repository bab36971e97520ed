import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from '@webson/connection';
import { createBirpc } from 'birpc';
import { RpcSession, RpcTarget } from 'capnweb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { birpcChannel, capnwebTransport, type LaneOptions } from '../../src/index.js';
import { type Ends, meet } from '../support.js';

/** One call: how much goes there and comes back, and after how many turns of the event loop. */
interface Call {
  readonly by: 'client' | 'server';
  readonly size: number;
  readonly reply: number;
  readonly delay: number;
}

/** When and how everything ends: after so many calls are answered. */
interface End {
  readonly after: number;
  readonly how: 'terminate' | 'close' | 'session';
  readonly by: 'client' | 'server';
}

const size = fc.oneof(fc.nat(30), fc.nat(5000), fc.nat(150_000));
const calls = fc.array(
  fc.record<Call>({ by: fc.constantFrom('client', 'server'), size, reply: size, delay: fc.nat(3) }),
  { minLength: 1, maxLength: 40 },
);
const end = fc.option(
  fc.record<End>({
    after: fc.nat(10),
    how: fc.constantFrom('terminate', 'close', 'session'),
    by: fc.constantFrom('client', 'server'),
  }),
);
const settings = fc.record({
  streamWindow: fc.constantFrom(1024, 65_536, 262_144),
  connectionWindow: fc.constantFrom(16_384, 4_194_304),
  synchronize: fc.boolean(),
  enableCompress: fc.boolean(),
  maxStreams: fc.constantFrom(8, 1024),
  isSecure: fc.boolean(),
});
const library = fc.constantFrom('birpc', 'capnweb');

/** What one side offers, whatever the library. */
class Side extends RpcTarget {
  /** The calls that have come, in their order. */
  readonly #seen: number[] = [];

  get seen(): number[] {
    return this.#seen;
  }

  async call(index: number, _filling: string, reply: number, delay: number): Promise<string> {
    this.#seen.push(index);
    for (let i = 0; i < delay; i++) await new Promise((resolve) => setImmediate(resolve));
    return `${index}:${'y'.repeat(reply)}`;
  }
}

/** The other side, as one calls it. */
interface Remote {
  call(index: number, filling: string, reply: number, delay: number): Promise<string>;
  end(): void;
}

function remote(kind: 'birpc' | 'capnweb', connection: Ends['client'], side: Side, options: LaneOptions): Remote {
  if (kind === 'birpc') {
    const rpc = createBirpc<Pick<Side, 'call'>>({ call: side.call.bind(side) }, birpcChannel(connection, options));
    return { call: (...args) => rpc.call(...args), end: () => rpc.$close() };
  }
  const stub = new RpcSession<Side>(capnwebTransport(connection, options), side).getRemoteMain();
  return { call: async (...args) => await stub.call(...args), end: () => stub[Symbol.dispose]() };
}

const pem = (name: string): string =>
  readFileSync(new URL(`../../../connection/test/data/${name}.pem`, import.meta.url), 'utf8');
const TLS = { cert: pem('cert'), key: pem('key') };

test('random calls in both directions: in order, answered once, and all settled, however it ends', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(library, settings, calls, end, async (kind, { isSecure, ...rest }, plan, ending) => {
      const options: ConnectionOptions = { ...rest, pingInterval: 0 };
      const sides = { client: new Side(), server: new Side() };
      const name = 'calls';
      let server = {} as Remote;
      const ends = await meet(
        (met) => {
          server = remote(kind, met.server, sides.server, { name });
        },
        options,
        isSecure ? TLS : undefined,
      );
      const remotes = { client: remote(kind, ends.client, sides.client, { name }), server };
      let answered = 0;
      const replies = plan.map(async ({ by, size: length, reply, delay }, index) => {
        const got = await remotes[by].call(index, 'x'.repeat(length), reply, delay);
        if (++answered === ending?.after) finish(ending, ends, remotes);
        return got;
      });
      if (ending?.after === 0) finish(ending, ends, remotes);
      for (const [index, result] of (await Promise.allSettled(replies)).entries()) {
        const { by, reply } = plan[index] as Call;
        if (result.status === 'fulfilled') expect(result.value).toBe(`${index}:${'y'.repeat(reply)}`);
        else expect([by, ending, result.reason]).toEqual([by, expect.anything(), expect.any(Error)]);
      }
      for (const [by, { seen }] of [
        ['client', sides.server],
        ['server', sides.client],
      ] as const) {
        const made = plan.flatMap((call, index) => (call.by === by ? [index] : []));
        expect(seen).toEqual(made.slice(0, ending === null ? undefined : seen.length));
      }
      const closed = ends.client.start().catch(() => {});
      ends.client.close();
      await closed;
      await ends.host.close();
    }),
    { numRuns: 150 },
  );
});

function finish({ how, by }: End, ends: Ends, remotes: Record<'client' | 'server', Remote>): void {
  if (how === 'session') remotes[by].end();
  else ends[by][how]();
}
