import { type Connection, dial, MessageType, type Server, Status, serve } from '@webson/connection';
import { pooled } from '@webson/connection/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pool, type PoolNode, type PoolOptions } from '../src/index.js';

/** A client of the server, and everything it has received. */
interface Peer {
  readonly client: Connection;
  readonly received: string[];
}

let pool: Pool;
let server: Server;
let accepted: Connection[];
let peers: Peer[];

beforeEach(() => {
  accepted = [];
  peers = [];
});

afterEach(async () => {
  await pool.close();
  for (const { client } of peers) client.close();
  await server.close();
});

async function start(nodes: readonly PoolNode[] = [], options?: PoolOptions): Promise<void> {
  pool = new Pool(options);
  server = await serve({ host: '127.0.0.1' }, (ws) => {
    const node = nodes[accepted.push(ws) - 1];
    if (node !== undefined) pool.add(ws, node);
  });
  for (const _ of nodes) await connect();
}

async function connect(): Promise<Peer> {
  const before = accepted.length;
  const client = await dial(server.url);
  const peer: Peer = { client, received: [] };
  client.onMessage(MessageType.Text, (message) => peer.received.push(message.text()));
  void client.start();
  peers.push(peer);
  while (accepted.length === before) await new Promise(setImmediate);
  return peer;
}

/** Resolves when all that was sent to the clients before has arrived: a ping comes behind it. */
async function settled(): Promise<void> {
  const pings = accepted.map((connection) => {
    return new Promise<void>((resolve) => {
      connection.onMessage(MessageType.Pong, () => resolve());
      connection.ping();
    });
  });
  await Promise.all(pings);
}

const received = (): string[][] => peers.map((peer) => peer.received);

const THREE: PoolNode[] = [
  { name: 'a', group: 'red' },
  { name: 'b', group: ['red', 'blue'] },
  { name: 'c', group: 'blue' },
];

describe('sending', () => {
  test.each<[string, () => number | boolean, number | boolean, string]>([
    ['dispatch', () => pool.dispatch(1, 'x'), 3, 'abc'],
    ['toGroup', () => pool.toGroup('red', 1, 'x'), 2, 'ab'],
    ['toGroup of a connection in two groups', () => pool.toGroup('blue', 1, 'x'), 2, 'bc'],
    ['toGroup, except one', () => pool.toGroup('red', 1, 'x', { except: 'a' }), 1, 'b'],
    ['toGroup, except some', () => pool.toGroup('red', 1, 'x', { except: ['a', 'b', 'c'] }), 0, ''],
    ['toGroup, except who is not in it', () => pool.toGroup('red', 1, 'x', { except: ['c', 'z'] }), 2, 'ab'],
    ['toGroup without members', () => pool.toGroup('green', 1, 'x'), 0, ''],
    ['except', () => pool.except('b', 1, 'x'), 2, 'ac'],
    ['except nobody', () => pool.except('z', 1, 'x'), 3, 'abc'],
    ['toPick', () => pool.toPick('c', 1, 'x'), true, 'c'],
    ['toPick of nobody', () => pool.toPick('z', 1, 'x'), false, ''],
    ['toServers', () => pool.toServers(1, 'x'), 3, 'abc'],
    ['toClients', () => pool.toClients(1, 'x'), 0, ''],
  ])('%s', async (_name, send, count, whom) => {
    await start(THREE);
    expect(send()).toBe(count);
    await settled();
    expect(received()).toEqual(['a', 'b', 'c'].map((name) => (whom.includes(name) ? ['x'] : [])));
  });

  test('bytes arrive as they are', async () => {
    await start([{}]);
    const bytes = Uint8Array.of(0, 255, 7);
    const arrived = new Promise<Uint8Array>((resolve) => {
      peers[0]!.client.onMessage(MessageType.Binary, (message) => resolve(message.read()));
    });
    expect(pool.dispatch(MessageType.Binary, bytes)).toBe(1);
    expect([...(await arrived)]).toEqual([0, 255, 7]);
  });

  test('a connection that is closing takes nothing, and the others do', async () => {
    await start(THREE);
    accepted[0]!.close();
    expect(pool.dispatch(1, 'x')).toBe(2);
    await settledOf(accepted.slice(1));
    expect(received()).toEqual([[], ['x'], ['x']]);
  });

  test('a wrong type is the fault of the caller', async () => {
    await start(THREE);
    expect(() => pool.dispatch(99, 'x')).toThrow(RangeError);
  });

  test('clients and servers live in one pool', async () => {
    await start([{ name: 'server' }]);
    const client = await dial(server.url);
    pool.add(client, { name: 'client' });
    expect(pool.toClients(1, 'to the server')).toBe(1);
    expect(pool.toServers(1, 'to the client')).toBe(1);
    expect([...pool].map(({ name, isClient }) => [name, isClient])).toEqual([
      ['server', false],
      ['client', true],
    ]);
  });
});

async function settledOf(connections: readonly Connection[]): Promise<void> {
  accepted = [...connections];
  await settled();
}

describe('membership', () => {
  test('add gives name and group, castOut takes them and leaves the connection open', async () => {
    await start(THREE);
    const [a, b] = accepted as [Connection, Connection];
    expect([a.name, a.group, b.name, b.group]).toEqual(['a', 'red', 'b', 'red']);
    expect(pool.castOut(a)).toBe(true);
    expect(pool.castOut(a)).toBe(false);
    expect(pool.castOutByName('b')).toBe(true);
    expect(pool.castOutByName('b')).toBe(false);
    expect([a.name, a.group, a.status, pool.size]).toEqual(['', '', Status.Ready, 1]);
    expect(pool.toGroup('red', 1, 'x')).toBe(0);
    a.dispatch(MessageType.Text, 'still here');
    await settled();
    expect(received()).toEqual([['still here'], [], []]);
    a.close();
    b.close();
  });

  test('is asked by name and by group', async () => {
    await start(THREE);
    const [a, b, c] = accepted as [Connection, Connection, Connection];
    expect([pool.get('b'), pool.get('z'), pool.has('b'), pool.has('z')]).toEqual([b, undefined, true, false]);
    expect([pool.members(), pool.members('red'), pool.members('green')]).toEqual([[a, b, c], [a, b], []]);
    expect(pool.groups()).toEqual(['red', 'blue']);
    pool.castOut(a);
    pool.castOut(b);
    expect([pool.get('b'), pool.has('b'), pool.members('red'), pool.groups()]).toEqual([
      undefined,
      false,
      [],
      ['blue'],
    ]);
    a.close();
    b.close();
  });

  test('groups are never out of date: the first of them leads, whatever comes and goes', async () => {
    await start(THREE);
    const [, b] = accepted as [Connection, Connection];
    const before = b.groups;
    const seen = (): [string, readonly string[]] => [b.group, b.groups];
    pool.join('b', 'green');
    expect(seen()).toEqual(['red', ['red', 'blue', 'green']]);
    pool.leave('b', 'red');
    expect(seen()).toEqual(['blue', ['blue', 'green']]);
    pool.join('b', 'red');
    expect(seen()).toEqual(['blue', ['blue', 'green', 'red']]);
    for (const group of b.groups) pool.leave('b', group);
    expect(seen()).toEqual(['', []]);
    pool.join('b', 'late');
    expect(seen()).toEqual(['late', ['late']]);
    pool.castOut(b);
    expect([b.name, ...seen()]).toEqual(['', '', []]);
    pool.add(b, { name: 'again', group: 'new' });
    expect([b.name, ...seen()]).toEqual(['again', 'new', ['new']]);
    expect(before).toEqual(['red', 'blue']);
  });

  test.each([5, [5], { a: 1 }])('except of %j is a wrong option', async (except) => {
    await start(THREE);
    const wrong = { except: except as unknown as string };
    expect(() => pool.toGroup('red', 1, 'x', wrong)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });

  test.each(['before', 'after'])(
    'messages of a type that only the pool hears, %s the start, are no fault',
    async (when) => {
      await start([]);
      const seen: [string, number][] = [];
      const hear = (): unknown => pool.onMessage((message, adapter) => seen.push([adapter.name, message.type]));
      if (when === 'before') hear();
      const { client } = await connect();
      pool.add(accepted[0]!, { name: 'a' });
      if (when === 'after') hear();
      for (const type of [3, 7, 11, 15]) client.dispatch(type, 'custom');
      const ended = new Promise((resolve) => accepted[0]!.onStatus(Status.Closed, resolve));
      client.close();
      await ended;
      expect(seen.map(([, type]) => type).sort((x, y) => x - y)).toEqual([3, 7, 11, 15]);
      expect(pooled(accepted[0]!).ending?.info).toMatchObject({ code: 1000, wasClean: true });
    },
  );

  test('join and leave', async () => {
    await start(THREE);
    expect(pool.join('a', 'blue')).toBe(true);
    expect(pool.join('a', 'blue')).toBe(false);
    expect(pool.leave('c', 'blue')).toBe(true);
    expect(pool.leave('c', 'blue')).toBe(false);
    expect([pool.join('z', 'blue'), pool.leave('z', 'blue')]).toEqual([false, false]);
    expect(pool.toGroup('blue', 1, 'x')).toBe(2);
    await settled();
    expect(received()).toEqual([['x'], ['x'], []]);
  });

  test('a connection that ends leaves, and its name is free', async () => {
    await start(THREE);
    const ended = new Promise((resolve) => accepted[0]!.onStatus(Status.Closed, resolve));
    peers[0]!.client.close();
    await ended;
    expect(pool.size).toBe(2);
    const { client } = await connect();
    pool.add(accepted[3]!, { name: 'a' });
    expect(pool.toPick('a', 1, 'again')).toBe(true);
    client.close();
  });

  test('names made up are unique, also beside one given', async () => {
    await start([{ name: 'server-1' }, {}, {}]);
    expect(new Set([...pool].map(({ name }) => name)).size).toBe(3);
  });

  test.each<[string, string, () => void]>([
    ['a taken name', 'NAME_TAKEN', () => pool.add(accepted[1]!, { name: 'a' })],
    ['a name that is none', 'CONFIG', () => pool.add(accepted[1]!, { name: 5 as unknown as string })],
    ['groups that are none', 'CONFIG', () => pool.add(accepted[1]!, { group: [null] as unknown as string[] })],
    ['a member', 'ALREADY_MEMBER', () => pool.add(accepted[0]!)],
  ])('refuses %s', async (_name, code, add) => {
    await start([{ name: 'a' }], { size: 2 });
    await connect();
    expect(add).toThrow(expect.objectContaining({ code }));
    expect(pool.size).toBe(1);
    accepted[1]?.close();
  });

  test('refuses more than its size, and anyone once closed', async () => {
    await start([{ name: 'a' }], { size: 1, name: 'tiny' });
    await connect();
    const add = (): void => pool.add(accepted[1]!);
    expect(add).toThrow(expect.objectContaining({ code: 'POOL_FULL', message: 'tiny is full: size is 1' }));
    await pool.close();
    expect(add).toThrow(expect.objectContaining({ code: 'POOL_CLOSED' }));
    accepted[1]?.close();
  });

  test.each([0, -1, 1.5, Number.NaN])('a size of %s is a wrong option', async (size) => {
    await start();
    expect(() => new Pool({ size })).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });
});

describe('handlers', () => {
  test('the pool hears every member, beside its own handlers', async () => {
    await start(THREE);
    const heard: string[] = [];
    const own: string[] = [];
    accepted[0]!.onMessage(MessageType.Text, (message) => own.push(message.text()));
    pool.onMessage((message, adapter) => heard.push(`${adapter.name}: ${message.text()}`));
    for (const { client } of peers) client.dispatch(MessageType.Text, 'hi');
    await settled();
    expect(heard.sort()).toEqual(['a: hi', 'b: hi', 'c: hi']);
    expect(own).toEqual(['hi']);
  });

  test('the pool hears every status', async () => {
    await start(THREE);
    const ended = new Promise<string>((resolve) => {
      pool.onStatus((status, adapter) => {
        if (status === Status.Closed) resolve(adapter.name);
      });
    });
    accepted[1]!.close();
    expect(await ended).toBe('b');
  });
});

test('wait and close resolve when the last member has left', async () => {
  await start(THREE);
  const waiting = pool.wait();
  const closing = pool.close();
  await Promise.all([waiting, closing]);
  expect(pool.size).toBe(0);
  await pool.wait();
});
