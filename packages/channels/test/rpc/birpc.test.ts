import { randomBytes } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { createClient, createConnectRouter } from '@connectrpc/connect';
import { createTransport } from '@connectrpc/connect/protocol-connect';
import { type Connection, dial, Status, serve } from '@webson/connection';
import { type ChannelOptions, createBirpc } from 'birpc';
import { expect, onTestFinished, test } from 'vitest';
import {
  type BirpcChannel,
  type BirpcOptions,
  birpcChannel,
  connectHandlers,
  connectTransport,
  onChannel,
  openChannel,
} from '../../src/index.js';
import { type Ends, meet } from '../support.js';
import { Talk } from './talk-service.js';

const functions = {
  add: (a: number, b: number) => a + b,
  echo: (value: unknown) => value,
  fail: (): never => {
    throw Object.assign(new RangeError('too much'), { code: 'E_MUCH' });
  },
  never: () => new Promise<never>(() => {}),
};
type Functions = typeof functions;

async function both(options: BirpcOptions = {}): Promise<{
  ends: Ends;
  channels: [BirpcChannel, BirpcChannel];
  client: ReturnType<typeof createBirpc<Functions, Functions>>;
  server: ReturnType<typeof createBirpc<Functions, Functions>>;
}> {
  let onServer = {} as BirpcChannel;
  const ends = await meet((met) => {
    onServer = birpcChannel(met.server, options);
  });
  const onClient = birpcChannel(ends.client, options);
  return {
    ends,
    channels: [onClient, onServer],
    client: createBirpc<Functions, Functions>(functions, onClient satisfies ChannelOptions),
    server: createBirpc<Functions, Functions>(functions, onServer satisfies ChannelOptions),
  };
}

test('calls in both directions, and errors with their name and code', async () => {
  const { client, server } = await both();
  expect(await Promise.all([client.add(1, 2), server.add(3, 4)])).toEqual([3, 7]);
  await expect(client.fail()).rejects.toMatchObject({ name: 'RangeError', message: 'too much', code: 'E_MUCH' });
  await expect(client.fail()).rejects.toBeInstanceOf(Error);
  expect(await client.echo('a'.repeat(1_000_000))).toHaveLength(1_000_000);
});

test('events arrive in the order in which they were sent, a large one too', async () => {
  const seen: number[] = [];
  let onServer = {} as BirpcChannel;
  const { client } = await meet(({ server }) => {
    onServer = birpcChannel(server);
  });
  const all = new Promise<void>((resolve) => {
    const take = (index: number, _filling: string): void => {
      seen.push(index);
      if (seen.length === 200) resolve();
    };
    createBirpc({ take }, onServer);
  });
  const rpc = createBirpc<{ take: (index: number, filling: string) => void }>({}, birpcChannel(client));
  for (let i = 0; i < 200; i++) void rpc.take.asEvent(i, 'x'.repeat(i % 50 === 0 ? 500_000 : 3));
  await all;
  expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('a serialization of its own, with bytes', async () => {
  const { client } = await both({ serialize, deserialize: (data) => deserialize(data as Uint8Array) });
  const bytes = randomBytes(100_000);
  expect(await client.echo(new Map([['a', bytes]]))).toEqual(new Map([['a', bytes]]));
});

test.each<[string, (ends: Ends) => unknown]>([
  ['cut by the client', ({ client }) => client.terminate()],
  ['cut by the server', ({ server }) => server.terminate()],
  ['closed by the client', ({ client }) => client.close()],
  ['closed by the server', ({ server }) => server.close()],
])('the connection is %s: calls that wait reject, and so do later ones', async (_, end) => {
  const { ends, channels, client, server } = await both();
  expect(await Promise.all([client.add(1, 2), server.add(3, 4)])).toEqual([3, 7]);
  const waiting = [client.never(), server.never(), client.never()];
  const settled = Promise.allSettled(waiting);
  await client.add(1, 1);
  end(ends);
  for (const result of await settled) expect(result).toMatchObject({ reason: { name: 'ClosedError' } });
  for (const channel of channels) expect(await channel.closed).toMatchObject({ name: 'ClosedError' });
  await expect(client.add(1, 2)).rejects.toMatchObject({ name: 'ClosedError' });
  await expect(server.add(1, 2)).rejects.toMatchObject({ name: 'ClosedError' });
});

test('$close lets what was posted arrive, ends the session on both sides, and makes room for another', async () => {
  let onServer = {} as BirpcChannel;
  const ends = await meet(({ server }) => {
    onServer = birpcChannel(server);
  });
  const seen: number[] = [];
  const server = createBirpc<Functions>({ take: (index: number) => void seen.push(index) }, onServer);
  const onClient = birpcChannel(ends.client);
  const client = createBirpc<{ take: (index: number) => void }>({}, onClient);
  await client.take(0);
  const waiting = server.never().catch((error) => error);
  for (let i = 1; i < 50; i++) void client.take.asEvent(i);
  client.$close();
  expect(await waiting).toMatchObject({ code: 'RPC_ENDED', message: 'the peer has ended the session' });
  expect(await onClient.closed).toMatchObject({ code: 'RPC_ENDED', message: 'this side has ended the session' });
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
  createBirpc(functions, birpcChannel(ends.server));
  expect(await createBirpc<Functions>({}, birpcChannel(ends.client)).add(1, 2)).toBe(3);
});

test('a connection that is dialled again: the session is over, another one works, and a transport of Connect goes on', async () => {
  const servers: Connection<unknown>[] = [];
  const options = { host: '127.0.0.1', enableStreams: true };
  const host = await serve(options, (connection) => {
    servers.push(connection);
    createBirpc(functions, birpcChannel(connection));
    connectHandlers(connection, createConnectRouter().service(Talk, { say: ({ value }) => ({ value }) }).handlers);
    void connection.start();
  });
  onTestFinished(() => host.close());
  const client = await dial(host.url, { enableStreams: true });
  const talk = createClient(Talk, connectTransport(client, createTransport));
  const ended = client.start();
  const first = createBirpc<Functions>({}, birpcChannel(client));
  expect([await first.add(1, 2), (await talk.say({ value: 'a' })).value]).toEqual([3, 'a']);
  const waiting = first.never();
  servers[0]?.terminate();
  await expect(waiting).rejects.toMatchObject({ name: 'ClosedError' });
  await ended;
  const again = new Promise<void>((resolve) => client.onStatus(Status.Ready, () => resolve()));
  void client.restart();
  await again;
  await expect(first.add(1, 2)).rejects.toMatchObject({ name: 'ClosedError' });
  const second = createBirpc<Functions>({}, birpcChannel(client));
  expect([await second.add(1, 2), (await talk.say({ value: 'b' })).value]).toEqual([3, 'b']);
  client.terminate();
});

test('a server whose client never opens the session: calls wait, and end with the connection', async () => {
  let onServer = {} as BirpcChannel;
  const ends = await meet(({ server }) => {
    onServer = birpcChannel(server);
  });
  const waiting = createBirpc<Functions>({}, onServer).add(1, 2);
  ends.client.close();
  await expect(waiting).rejects.toMatchObject({ name: 'ClosedError' });
});

test('a peer that takes no such session', async () => {
  const { client } = await meet(({ server }) => void onChannel(server, () => {}, { name: 'other' }));
  const rpc = createBirpc<Functions>({}, birpcChannel(client));
  await expect(rpc.add(1, 2)).rejects.toMatchObject({ code: 'CHANNEL_REFUSED', channelCode: 1 });
});

test('one session of a name at a time', async () => {
  const { client } = await meet(({ server }) => {
    createBirpc(functions, birpcChannel(server));
    expect(() => birpcChannel(server)).toThrow(expect.objectContaining({ name: 'ConfigError' }));
    createBirpc(functions, birpcChannel(server, { name: 'second' }));
  });
  const first = createBirpc<Functions>({}, birpcChannel(client));
  expect(await first.add(1, 2)).toBe(3);
  const late = createBirpc<Functions>({}, birpcChannel(client));
  await expect(late.add(1, 2)).rejects.toMatchObject({ code: 'CHANNEL_REFUSED', channelCode: 3 });
  expect(await createBirpc<Functions>({}, birpcChannel(client, { name: 'second' })).add(1, 2)).toBe(3);
  expect(await first.add(1, 2)).toBe(3);
});

test('a peer that does not read bounds what waits: the calls beyond it fail, and the session goes on', async () => {
  let read: () => void = () => {};
  const { client } = await meet(({ server }) => {
    const readable = new Promise<void>((resolve) => {
      read = resolve;
    });
    onChannel(server, async (channel) => {
      channel.accept();
      await readable;
      channel.pipe(channel);
    });
  });
  const rpc = createBirpc<Functions>(functions, birpcChannel(client, { maxQueueSize: 65_536 }));
  const filling = 'x'.repeat(60_000);
  const calls = Array.from({ length: 100 }, async () => await rpc.echo(filling));
  const failed = calls.map((call) =>
    call.then(
      () => undefined,
      (error) => error,
    ),
  );
  const errors = await Promise.race(failed.slice(-1).map(async (last) => [await last]));
  expect(errors[0]).toMatchObject({ code: 'RPC_QUEUE_FULL', message: /maxQueueSize is 65536/ });
  read();
  // The peer sends everything back, so that the functions here answer.
  expect(await calls[0]).toBe(filling);
  expect(await rpc.add(1, 2)).toBe(3);
});

test('what is too large is told to who has called, and the session goes on', async () => {
  const { client } = await both({ maxMessageSize: 65_536 });
  const error = { name: 'RpcError', code: 'RPC_MESSAGE_TOO_LARGE', message: /^this is a message of .* is 65536$/ };
  await expect(client.echo('x'.repeat(70_000))).rejects.toMatchObject(error);
  expect(await client.add(1, 2)).toBe(3);
  const big = { big: () => 'x'.repeat(70_000), small: () => 1 };
  const { client: asking } = await meet(({ server }) => {
    createBirpc(big, birpcChannel(server, { maxMessageSize: 65_536 }));
  });
  const rpc = createBirpc<typeof big>({}, birpcChannel(asking));
  await expect(rpc.big()).rejects.toMatchObject(error);
  expect(await rpc.small()).toBe(1);
});

test('a reply for which there is no room ends the session, as its caller would wait in vain', async () => {
  let onServer = {} as BirpcChannel;
  const { client } = await meet(({ server }) => {
    onServer = birpcChannel(server, { maxQueueSize: 65_536 });
    createBirpc({ big: () => 'x'.repeat(60_000) }, onServer);
  });
  const channel = openChannel(client, 'birpc').on('error', () => {});
  const request = Buffer.from(JSON.stringify({ t: 'q', i: '1', m: 'big', a: [] }));
  for (let i = 0; i < 100; i++) channel.write(Buffer.concat([Buffer.from([0, 0, 0, request.length]), request]));
  expect(await onServer.closed).toMatchObject({ code: 'RPC_QUEUE_FULL' });
});

test.each<[string, number[], string]>([
  ['an absurd length', [0x7f, 0xff, 0xff, 0xff], 'RPC_MESSAGE_TOO_LARGE'],
  ['no UTF-8', [0, 0, 0, 1, 0xff], 'RPC_MALFORMED'],
  ['no JSON', [0, 0, 0, 1, 0x7b], 'RPC_MALFORMED'],
  ['no message', [0, 0, 0, 1, 0x31], 'RPC_MALFORMED'],
  ['bytes', [0x80, 0, 0, 1, 0x31], 'RPC_MALFORMED'],
])('%s: a typed error here, a reset with a reason there, and the connection goes on', async (_, bytes, code) => {
  let onServer = {} as BirpcChannel;
  const { client } = await meet(({ server }) => {
    onServer = birpcChannel(server);
  });
  const waiting = createBirpc<Functions>(functions, onServer).never();
  const channel = openChannel(client, 'birpc');
  const error = new Promise<unknown>((resolve) => channel.on('error', resolve));
  channel.resume().write(Buffer.from(bytes));
  await expect(waiting).rejects.toMatchObject({ name: 'RpcError', code });
  expect(await error).toMatchObject({ code: 'CHANNEL_RESET', channelCode: 5, reason: /^the peer has sent/ });
  expect(client.status).toBe(0);
});

test('an end within a message is malformed', async () => {
  let onServer = {} as BirpcChannel;
  const { client } = await meet(({ server }) => {
    onServer = birpcChannel(server);
  });
  const waiting = createBirpc<Functions>(functions, onServer).never();
  openChannel(client, 'birpc')
    .on('error', () => {})
    .end(Buffer.from([0, 0]));
  await expect(waiting).rejects.toMatchObject({ name: 'RpcError', code: 'RPC_MALFORMED' });
});

test('a serialization that was given to birpc, or is none, is told', async () => {
  const { ends, client } = await both();
  const misled = createBirpc<Functions>({}, { ...birpcChannel(ends.client, { name: 'x' }), serialize: JSON.stringify });
  await expect(misled.add(1, 2)).rejects.toThrow('serialize: give it to birpcChannel, not to createBirpc');
  const wrong = birpcChannel(ends.client, { name: 'y', serialize: (() => 1) as never });
  await expect(createBirpc<Functions>({}, wrong).add(1, 2)).rejects.toThrow('a string or a Uint8Array expected');
  expect(await client.add(1, 2)).toBe(3);
});
