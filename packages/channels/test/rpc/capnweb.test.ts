import { RpcSession, type RpcStub, RpcTarget, type RpcTransport } from 'capnweb';
import { expect, test } from 'vitest';
import { capnwebTransport, onChannel, openChannel } from '../../src/index.js';
import { type Ends, meet } from '../support.js';

class Counter extends RpcTarget {
  #count = 0;
  increment(by = 1): number {
    this.#count += by;
    return this.#count;
  }
}

class Api extends RpcTarget {
  readonly seen: number[] = [];
  add(a: number, b: number): number {
    return a + b;
  }
  counter(): Counter {
    return new Counter();
  }
  async each(count: number, callback: (index: number) => unknown): Promise<number> {
    for (let i = 0; i < count; i++) await callback(i);
    return count;
  }
  stream(count: number): ReadableStream<string> {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at < count) controller.enqueue(`${at++}`);
        else controller.close();
      },
    });
  }
  take(index: number, filling: string): number {
    this.seen.push(index);
    return filling.length;
  }
  never(): Promise<never> {
    return new Promise(() => {});
  }
  echo(text: string): string {
    return text;
  }
}

interface Session {
  readonly ends: Ends;
  readonly api: Api;
  readonly client: RpcSession<Api>;
  readonly server: RpcSession<Api>;
}

async function both(): Promise<Session> {
  const api = new Api();
  let server = {} as RpcSession<Api>;
  const ends = await meet((met) => {
    server = new RpcSession<Api>(capnwebTransport(met.server) satisfies RpcTransport, api);
  });
  return { ends, api, client: new RpcSession<Api>(capnwebTransport(ends.client), new Api()), server };
}

test('calls in both directions, promises that are called on, callbacks, streams', async () => {
  const { client, server } = await both();
  const api = client.getRemoteMain();
  expect(await Promise.all([api.add(1, 2), server.getRemoteMain().add(3, 4)])).toEqual([3, 7]);
  expect(await api.counter().increment(5)).toBe(5);
  const indices: number[] = [];
  expect(await api.each(5, (index: number) => void indices.push(index))).toBe(5);
  expect(indices).toEqual([0, 1, 2, 3, 4]);
  const parts: string[] = [];
  for await (const part of (await api.stream(500)) as ReadableStream<string>) parts.push(part);
  expect(parts).toHaveLength(500);
  expect(parts[499]).toBe('499');
});

test('calls arrive in the order in which they were made, whatever their sizes', async () => {
  const { api, client } = await both();
  const stub: RpcStub<Api> = client.getRemoteMain();
  const calls = Array.from({ length: 200 }, (_, i) => stub.take(i, 'x'.repeat(i % 50 === 0 ? 500_000 : 3)));
  expect((await Promise.all(calls)).filter((length) => length === 3)).toHaveLength(196);
  expect(api.seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test.each<[string, (ends: Ends) => unknown]>([
  ['cut by the client', ({ client }) => client.terminate()],
  ['cut by the server', ({ server }) => server.terminate()],
  ['closed by the client', ({ client }) => client.close()],
  ['closed by the server', ({ server }) => server.close()],
])('the connection is %s: calls that wait reject, and so do later ones', async (_, end) => {
  const { ends, client, server } = await both();
  const stubs = [client.getRemoteMain(), server.getRemoteMain()];
  for (const stub of stubs) expect(await stub.add(1, 2)).toBe(3);
  const settled = Promise.allSettled(stubs.map(async (stub) => await stub.never()));
  await client.getRemoteMain().add(1, 2);
  end(ends);
  for (const result of await settled) expect(result).toMatchObject({ reason: { name: 'ClosedError' } });
  for (const stub of stubs) {
    await expect((async () => await stub.add(1, 2))()).rejects.toMatchObject({ name: 'ClosedError' });
  }
});

test('a session that is given up: the other side hears why, and its channel ends', async () => {
  const { client, server } = await both();
  const stub = server.getRemoteMain();
  expect(await stub.add(1, 2)).toBe(3);
  const waiting = (async () => await stub.never())();
  const broken = new Promise<Error>((resolve) => stub.onRpcBroken(resolve));
  client.getRemoteMain()[Symbol.dispose]();
  await expect(waiting).rejects.toMatchObject({ code: 'RPC_ENDED', message: 'the peer has ended the session' });
  expect(await broken).toBeInstanceOf(Error);
});

test('a peer that does not read ends the session, as no message may be missing', async () => {
  const { client } = await meet(({ server }) => {
    // It takes the channel, and never reads it.
    onChannel(server, (channel) => channel.on('error', () => {}).accept());
  });
  const session = new RpcSession<Api>(capnwebTransport(client, { maxQueueSize: 65_536 }));
  const stub = session.getRemoteMain();
  const calls = Array.from({ length: 100 }, async () => await stub.echo('x'.repeat(60_000)));
  const results = await Promise.allSettled(calls);
  for (const result of results) expect(result).toMatchObject({ reason: { code: 'RPC_QUEUE_FULL' } });
});

test.each<[string, Buffer]>([
  ['an absurd length', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
  ['bytes', Buffer.from([0x80, 0, 0, 1, 0x31])],
  ['no JSON', Buffer.from([0, 0, 0, 1, 0x7b])],
])('%s from a peer: the session is over, with an error', async (_, bytes) => {
  let session = {} as RpcSession<Api>;
  const { client } = await meet(({ server }) => {
    session = new RpcSession<Api>(capnwebTransport(server), new Api());
  });
  const waiting = (async () => await session.getRemoteMain().never())();
  openChannel(client, 'capnweb')
    .on('error', () => {})
    .resume()
    .write(bytes);
  await expect(waiting).rejects.toBeInstanceOf(Error);
  expect(client.status).toBe(0);
});
