import { describe, expect, test } from 'vitest';
import { bytes, join } from './ends.js';

describe('a link that is cut', () => {
  test.each(['reset', 'end'] as const)('%s, to both ends', async (how) => {
    const { client, server, link } = await join();
    client.socket.write('hello');
    await server.has(5);
    link.cut(how);
    expect(await Promise.all([client.ended, server.ended])).toEqual([how, how]);
    client.socket.destroy();
    server.socket.destroy();
    await link.closed;
  });

  test.each(['client', 'server'] as const)('only the %s hears of it', async (told) => {
    const ends = await join();
    const { client, server, link } = ends;
    client.socket.write('hello');
    await server.has(5);
    link.cut('reset', told);
    const other = told === 'client' ? server : client;
    expect(await ends[told].ended).toBe('reset');
    // What the other one sends goes nowhere, and it does not get to know.
    const sent = new Promise((resolve) => other.socket.write(bytes(3_000_000), resolve));
    await sent;
    expect(other.socket.destroyed || other.socket.readableEnded).toBe(false);
    expect(link.isOpen).toBe(true);
    other.socket.destroy();
    await link.closed;
  });
});

describe('a link that is half open', () => {
  test('passes nothing on, and takes everything', async () => {
    const { client, server, link } = await join();
    client.socket.write('before');
    await server.has(6);
    link.swallow();
    await new Promise((resolve) => client.socket.write(bytes(3_000_000), resolve));
    await new Promise((resolve) => server.socket.write(bytes(3_000_000), resolve));
    expect(server.bytes.toString()).toBe('before');
    expect(client.bytes.length).toBe(0);
    client.socket.destroy();
    server.socket.destroy();
    await link.closed;
  });

  test('in one direction: the other goes on, and its end is told', async () => {
    const { client, server, link } = await join();
    link.swallow('up');
    client.socket.write('never heard');
    server.socket.write('heard');
    await client.has(5);
    server.socket.end();
    expect(await client.ended).toBe('end');
    expect(server.bytes.length).toBe(0);
    client.socket.destroy();
    await link.closed;
  });

  test('the end of one side is not told to the other', async () => {
    const { client, server, link } = await join();
    client.socket.write('before');
    await server.has(6);
    link.swallow('up');
    client.socket.resetAndDestroy();
    await new Promise((resolve) => server.socket.write(bytes(3_000_000), resolve));
    expect(server.socket.destroyed || server.socket.readableEnded).toBe(false);
    server.socket.destroy();
    await link.closed;
  });
});

test('conditions of one direction leave the other alone', async () => {
  const { client, server, link } = await join();
  link.set({ delay: 30 }, 'down');
  const began = performance.now();
  client.socket.write('ping');
  await server.has(4);
  server.socket.write('pong');
  await client.has(4);
  expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  expect(() => link.set({ delay: -1 })).toThrow(RangeError);
});
