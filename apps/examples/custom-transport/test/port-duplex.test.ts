import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { transportCompliance } from '@webson/testing';
import { expect, test } from 'vitest';
import { PipeTransport } from '../src/pipe-transport.js';
import { PortDuplex } from '../src/port-duplex.js';

function pair(): [PortDuplex, PortDuplex] {
  const { port1, port2 } = new MessageChannel();
  return [new PortDuplex(port1), new PortDuplex(port2)];
}

transportCompliance(
  'a MessagePort',
  () => {
    const [left, right] = pair();
    return { left: new PipeTransport(left, left), right: new PipeTransport(right, right) };
  },
  { test },
);

test('sends no more than the other side asks for', async () => {
  const [left, right] = pair();
  let count = 0;
  while (left.write(new Uint8Array(16 * 1024))) count++;
  // Nobody reads: what the writer may keep is full, and stays so.
  expect(count).toBeLessThan(10);
  expect(left.writableNeedDrain).toBe(true);
  right.resume();
  await once(left, 'drain');
  right.destroy();
  await once(left, 'close');
});

test('gives away nothing but the bytes', async () => {
  const [left, right] = pair();
  const pooled = Buffer.from('a small piece of a pool');
  left.end(pooled);
  const [chunk] = (await once(right, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('a small piece of a pool');
  expect(chunk.buffer.byteLength).toBe(chunk.length);
  expect(pooled.toString()).toBe('a small piece of a pool');
  right.end();
  left.resume();
  await once(left, 'close');
});
