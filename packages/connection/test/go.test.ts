import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { cleanUpConnections, connect, connectBoth, deferred } from './support/connections.js';
import { brief, pattern, type WireFrame } from './support/frames.js';
import { turns } from './support/turns.js';

vi.mock('../src/time/run-time.js', () => import('./support/run-time.js'));

cleanUpConnections();

const go = { dialect: 'go' } as const;

describe('a server', () => {
  test('says nothing before the client has spoken', async () => {
    // It would ping after a while.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { connection, peer } = connect(go);
    void connection.start();
    connection.dispatch(1, 'early');
    connection.ping('x');
    await turns(5);
    expect(peer.seen).toEqual([]);
    peer.send([10, 'hello']);
    await peer.received(3);
    expect(peer.seen.slice(0, 2)).toEqual(['1 early', '9 x']);
  });

  test('but pings: a client that is ready answers', async () => {
    const { connection, peer } = connect(go);
    void connection.start();
    connection.dispatch(1, 'early');
    await peer.received(1);
    const [{ opcode, payload }] = peer.frames as [WireFrame];
    expect(opcode).toBe(9);
    peer.send([10, payload]);
    await peer.sink.until(() => peer.seen.includes('1 early'));
  });
});

describe('a client', () => {
  test('takes masked frames and unmasked ones', async () => {
    const { connection, peer } = connect({ ...go, isClient: true });
    const got: string[] = [];
    const both = deferred();
    connection.onMessage(1, (message) => {
      if (got.push(message.text()) === 2) both.resolve();
    });
    void connection.start();
    peer.send([1, 'unmasked']);
    peer.transport.write([Buffer.from('8185000000006d61736b65'.slice(0, 22), 'hex')]);
    await both.promise;
    expect(got).toEqual(['unmasked', 'maske']);
  });

  test('that closes takes the end of the transport for the answer', async () => {
    const { connection, peer } = connect({ ...go, isClient: true });
    const ended = connection.start();
    connection.close(4001, 'enough');
    await peer.received(1);
    peer.transport.end();
    await expect(ended).resolves.toEqual({ code: 4001, reason: '', wasClean: true });
  });

  test('is told what an end without a Close may mean', async () => {
    const { connection, peer } = connect({ ...go, isClient: true });
    const ended = connection.start();
    peer.transport.end();
    await expect(ended).resolves.toMatchObject({ code: 1006, wasClean: false, error: { code: 'GO_PEER_LEFT' } });
  });
});

test('a pong to a ping of its own shows that the peer lives, and is nobody else’s', async () => {
  const { connection, peer } = connect({ ...go, isClient: true });
  const pongs: number[] = [];
  connection.onMessage(10, () => void pongs.push(1));
  void connection.start();
  connection.dispatch(1, 'one');
  await peer.received(2);
  connection.dispatch(1, 'two');
  await turns(5);
  expect(peer.seen).toHaveLength(2);
  peer.send([10, peer.frames[1]!.payload]);
  await peer.received(4);
  expect(peer.frames.slice(2, 3).map(brief)).toEqual(['1 two']);
  expect(pongs).toEqual([]);
});

test('what was dispatched before a Close is sent before it, batch by batch', async () => {
  const { connection, peer } = connect({ ...go, isClient: true });
  const ended = connection.start();
  connection.dispatch(2, pattern(10_000));
  connection.close(1000);
  for (let answered = 0; answered < 2; ) {
    await turns();
    const pings = peer.frames.filter(({ opcode }) => opcode === 9);
    for (const { payload } of pings.slice(answered)) peer.send([10, payload]);
    answered = pings.length;
  }
  await peer.received(6);
  expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 9, 2, 9, 2, 8]);
  peer.transport.end();
  await expect(ended).resolves.toMatchObject({ code: 1000, wasClean: true });
});

test('a fault of the peer is answered at once, whatever waits', async () => {
  const { connection, peer } = connect({ ...go, isClient: true });
  const ended = connection.start();
  connection.dispatch(2, pattern(10_000));
  await peer.received(2);
  peer.send([3, 'nobody registered for this']);
  await peer.received(3);
  expect(peer.seen[2]).toMatch(/^8 /);
  await expect(ended).resolves.toMatchObject({ code: 1002, wasClean: false });
});

test('the Close of the peer is answered at once, whatever waits', async () => {
  const { connection, peer } = connect({ ...go, isClient: true });
  const ended = connection.start();
  connection.dispatch(2, pattern(10_000));
  await peer.received(2);
  peer.close(1001);
  await expect(ended).resolves.toMatchObject({ code: 1001, wasClean: true });
  expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 9, 8]);
});

test.each([{ enableStreams: false }, { enableStreams: true }])(
  'two that pace do not block each other: %j',
  async (options) => {
    const { client, server } = connectBoth({ ...go, ...options });
    const sizes = [0, 1, 4093, 4094, 4095, 4096, 5000, 100_000];
    const back: number[] = [];
    const all = deferred();
    server.onMessage(2, (message, ws) => void ws.dispatch(2, message.read()));
    client.onMessage(2, (message) => {
      expect(message.read()).toEqual(pattern(message.read().length));
      if (back.push(message.read().length) === sizes.length) all.resolve();
    });
    const ended = [client.start(), server.start()];
    for (const size of sizes) client.dispatch(2, pattern(size));
    await all.promise;
    expect(back.toSorted((a, b) => a - b)).toEqual(sizes);
    client.close();
    await Promise.all(ended);
  },
);
