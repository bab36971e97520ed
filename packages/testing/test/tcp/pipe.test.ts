import { describe, expect, test } from 'vitest';
import { bytes, join } from './ends.js';

describe('bytes arrive as they were sent', () => {
  test.each([
    ['calm', {}],
    ['delayed, and by different times', { delay: 2, jitter: 10 }],
    ['throttled', { rate: 20_000_000 }],
    ['in small pieces', { split: 3000 }],
    ['with little under way', { buffer: 1000, delay: 1 }],
    ['all at once', { delay: 1, jitter: 3, rate: 20_000_000, split: 5000, buffer: 40_000 }],
  ])('%s', async (_name, conditions) => {
    const { client, server, link } = await join({ conditions });
    const [up, down] = [bytes(400_000), bytes(300_001)];
    client.socket.end(up);
    server.socket.end(down);
    expect(await Promise.all([client.ended, server.ended])).toEqual(['end', 'end']);
    expect(server.bytes.equals(up)).toBe(true);
    expect(client.bytes.equals(down)).toBe(true);
    await link.closed;
    expect(link.isOpen).toBe(false);
    expect(link.passed('up')).toBe(up.length);
    expect(link.passed()).toBe(up.length + down.length);
  });
});

test('pieces are no larger than they may be, and cut where chance says', async () => {
  const { client, server } = await join({ conditions: { split: 8 }, random: () => 0.5 });
  client.socket.end(bytes(200));
  await server.ended;
  // What comes close together may be read together: a multiple of five each time, but for the last.
  expect(server.chunks.every((chunk, index) => chunk.length % 5 === 0 || index === server.chunks.length - 1)).toBe(
    true,
  );
  expect(server.chunks.length).toBeGreaterThan(1);
  expect(server.bytes.equals(bytes(200))).toBe(true);
});

test('pieces have the sizes of a list, taken in turn', async () => {
  const { client, server } = await join({ conditions: { split: [1, 5, 2] } });
  client.socket.end(bytes(300));
  await server.ended;
  const ends = new Set<number>([300]);
  for (let end = 0, i = 0; end < 300; i++) {
    end += [1, 5, 2][i % 3] as number;
    ends.add(end);
  }
  // What comes close together may be read together.
  let at = 0;
  for (const { length } of server.chunks) {
    at += length;
    expect(ends).toContain(at);
  }
  expect(server.chunks.length).toBeGreaterThan(1);
  expect(server.bytes.equals(bytes(300))).toBe(true);
});

test('nothing arrives before its time', async () => {
  const { client, server } = await join({ conditions: { delay: 40 } });
  const began = performance.now();
  client.socket.write('x');
  await server.has(1);
  expect(performance.now() - began).toBeGreaterThanOrEqual(39);
});

test('no more passes than the rate lets', async () => {
  const { client, server } = await join({ conditions: { rate: 100_000 } });
  const began = performance.now();
  client.socket.end(bytes(20_000));
  await server.ended;
  // Twice a portion may go at the start.
  expect(performance.now() - began).toBeGreaterThanOrEqual(150);
});

test('a pipe that holds back stops its sender, and loses nothing', async () => {
  const { client, server, link } = await join({ conditions: { buffer: 1000 } });
  link.hold('up');
  const all = bytes(20_000_000);
  let isTaken = false;
  client.socket.end(all, () => {
    isTaken = true;
  });
  server.socket.write('still there');
  await client.has(11);
  expect(isTaken).toBe(false);
  expect(server.bytes.length).toBe(0);
  link.release('up');
  expect(await server.ended).toBe('end');
  expect(server.bytes.equals(all)).toBe(true);
});

test('an end waits behind what is held back', async () => {
  const { client, server, link } = await join();
  link.hold();
  client.socket.write('first');
  client.socket.resetAndDestroy();
  server.socket.write('x');
  link.release();
  expect(await server.ended).toBe('reset');
});

test('when bytes were passed on last is told for each direction', async () => {
  const { client, server, link } = await join();
  const made = [link.passedAt('up'), link.passedAt('down')];
  expect(link.passedAt()).toBe(Math.max(...made));
  client.socket.write('x');
  await server.has(1);
  expect(link.passedAt('up')).toBeGreaterThan(made[0] as number);
  expect(link.passedAt('down')).toBe(made[1]);
  expect(link.passedAt()).toBe(link.passedAt('up'));
  const before = link.passedAt('up');
  link.swallow('up');
  await new Promise((resolve) => client.socket.write('y', resolve));
  server.socket.write('z');
  await client.has(1);
  expect(link.passedAt('up')).toBe(before);
});
