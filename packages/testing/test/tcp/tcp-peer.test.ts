import { expect, onTestFinished, test } from 'vitest';
import { type PeerListener, TcpPeer } from '../../src/tcp/index.js';

async function listen(): Promise<PeerListener> {
  const listener = await TcpPeer.listen();
  onTestFinished(() => listener.close());
  return listener;
}

async function join(): Promise<[client: TcpPeer, server: TcpPeer]> {
  const listener = await listen();
  const client = await TcpPeer.dial({ port: listener.port });
  onTestFinished(() => void client.socket.destroy());
  return [client, await listener.accept()];
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

test('speaks and hears', async () => {
  const [client, server] = await join();
  client.send('hel', Buffer.from('lo'));
  expect(text(await server.has(5))).toBe('hello');
  server.send('you too');
  expect(text(await client.has(7))).toBe('you too');
});

test('answers an end with its own', async () => {
  const [client, server] = await join();
  client.send('last words');
  client.cut();
  await server.until(() => server.hasClosed);
  expect(server.hasEnded).toBe(true);
  expect(text(server.received)).toBe('last words');
  await expect(server.has(11)).rejects.toThrow('has closed before');
});

test('resets', async () => {
  const [client, server] = await join();
  client.reset();
  await server.until(() => server.hasClosed);
  expect(server.hasEnded).toBe(false);
});

test('drips, piece by piece', async () => {
  const [client, server] = await join();
  const { bytesWritten } = client.socket;
  await client.drip(Buffer.from('abcdefg'), 3);
  expect(text(await server.has(7))).toBe('abcdefg');
  expect(client.socket.bytesWritten - bytesWritten).toBe(7);
  await expect(client.drip(Buffer.from('a'), 0)).rejects.toThrow(RangeError);
});

test('floods, and goes on when the other side reads', async () => {
  const [client, server] = await join();
  server.mute();
  const content = Buffer.alloc(100_000, 'a');
  const flooded = client.flood(content, 300);
  let isOver = false;
  void flooded.then(() => {
    isOver = true;
  });
  await client.until(() => client.socket.writableNeedDrain);
  expect(isOver).toBe(false);
  server.socket.resume();
  expect(await flooded).toBe(30_000_000);
  expect((await server.has(30_000_000)).length).toBe(30_000_000);
});

test('floods until the other side has gone', async () => {
  const [client, server] = await join();
  server.mute();
  const flooded = client.flood(Buffer.alloc(100_000));
  await client.until(() => client.socket.writableNeedDrain);
  server.reset();
  expect(await flooded).toBeGreaterThan(0);
  await expect(client.flood(new Uint8Array(0))).rejects.toThrow(RangeError);
});

test('mute: reads nothing until it is told to', async () => {
  const [client, server] = await join();
  server.mute();
  client.send('hello');
  server.send('x');
  await client.has(1);
  expect(server.received.length).toBe(0);
  server.socket.resume();
  await server.has(5);
});

test('gives what is received to somebody else', async () => {
  const [client, server] = await join();
  let seen = '';
  const other = new TcpPeer(server.socket, {
    onBytes: (chunk) => {
      seen += text(chunk);
    },
  });
  client.send('hello');
  await other.until(() => seen === 'hello');
  expect(other.received.length).toBe(0);
});

test('clients are accepted in their order, whether they were waited for or not', async () => {
  const listener = await listen();
  const early = listener.accept();
  const first = await TcpPeer.dial({ port: listener.port });
  first.send('1');
  expect(text(await (await early).has(1))).toBe('1');
  const second = await TcpPeer.dial({ port: listener.port });
  second.send('2');
  expect(text(await (await listener.accept()).has(1))).toBe('2');
  await listener.close();
  await first.until(() => first.hasClosed);
  await second.until(() => second.hasClosed);
  await listener.close();
});

test('nobody listens', async () => {
  const listener = await listen();
  const { port } = listener;
  await listener.close();
  await expect(TcpPeer.dial({ port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
