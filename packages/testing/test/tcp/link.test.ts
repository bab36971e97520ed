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

describe('a link breaks at some byte', () => {
  test.each(['end', 'drop', 'reset', 'stall'] as const)('%s: so many bytes pass', async (kind) => {
    const { client, server, link } = await join();
    link.breakAt('up', { kind, after: 1000 });
    client.socket.write(bytes(3000));
    await link.broken;
    // A reset may overtake what the receiver has not read, and Node may send FIN before it.
    if (kind === 'reset') await server.ended;
    else await server.has(1000);
    if (kind === 'end' || kind === 'drop') expect(await server.ended).toBe('end');
    expect(link.passed('up')).toBe(1000);
    if (kind === 'reset') expect(await client.ended).toBe('reset');
    if (kind === 'drop') await link.closed;
    if (kind === 'end' || kind === 'stall') {
      server.socket.write('the way back is as it was');
      await client.has(25);
      expect(server.bytes.length).toBe(1000);
    }
  });

  test.each(['end', 'drop', 'reset', 'stall'] as const)('%s: also when more comes in the same turn', async (kind) => {
    const { client, server, link } = await join();
    client.socket.on('error', () => {});
    link.breakAt('up', { kind, after: 50_000 });
    client.socket.write(bytes(1_000_000));
    await link.broken;
    expect(link.passed('up')).toBe(50_000);
    // A reset, which is also what becomes of a drop with bytes that were not read, may overtake what has passed.
    if (kind === 'end' || kind === 'stall') await server.has(50_000);
    if (kind !== 'stall') await server.ended;
    client.socket.destroy();
    server.socket.destroy();
  });

  test('behind an HTTP head', async () => {
    const { client, server, link } = await join({ conditions: { split: [7] } });
    link.breakAt('down', { kind: 'end', after: 3, from: 'head' });
    server.socket.write('HTTP/1.1 200 OK\r\n\r\nabcdef');
    expect(await client.ended).toBe('end');
    expect(client.bytes.toString()).toBe('HTTP/1.1 200 OK\r\n\r\nabc');
    expect(() => link.breakAt('up', { kind: 'end', after: -1 })).toThrow(RangeError);
  });

  test('that has passed already, counted from now on', async () => {
    const { client, server, link } = await join();
    client.socket.write('before');
    await server.has(6);
    link.breakAt('up', { kind: 'end', after: 0 });
    client.socket.write('after');
    expect(await server.ended).toBe('end');
    expect(server.bytes.toString()).toBe('before');
  });
});
