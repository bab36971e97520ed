import { expect, test } from 'vitest';
import { createTransportPair, RecordingSink, type TransportSink, transportCompliance, turns } from '../src/index.js';

for (const [name, options] of [
  ['in memory', undefined],
  ['in memory, little at a time', { capacity: 0 }],
  ['in memory, lent', { lends: true }],
] as const) {
  transportCompliance(
    name,
    () => {
      const [left, right] = createTransportPair(options);
      return { left, right };
    },
    { test },
  );
}

test('asks to wait when more than its capacity is under way', () => {
  const [left] = createTransportPair({ capacity: 10 });
  expect(left.write([new Uint8Array(10)])).toBe(true);
  expect(left.write([new Uint8Array(1)])).toBe(false);
});

test('what is lent is overwritten when the call has returned', async () => {
  const [left, right] = createTransportPair({ lends: true });
  const seen: { chunk: Uint8Array; copy: Uint8Array; isLent: boolean | undefined }[] = [];
  const sink: TransportSink = {
    onData: (chunk, isLent) => seen.push({ chunk, copy: new Uint8Array(chunk), isLent }),
    onDrain() {},
    onEnd() {},
    onClose() {},
  };
  right.start(sink);
  left.write([new Uint8Array([1, 2, 3])]);
  await turns(2);
  expect(seen).toEqual([{ chunk: new Uint8Array([0xdd, 0xdd, 0xdd]), copy: new Uint8Array([1, 2, 3]), isLent: true }]);
});

test('delivers when the turns that it was given say so', async () => {
  const due: (() => void)[] = [];
  const [left, right] = createTransportPair({ inNextTurn: (action) => due.push(action) });
  const sink = new RecordingSink();
  right.start(sink);
  left.write([new Uint8Array(5)]);
  await turns(3);
  expect(sink.length).toBe(0);
  for (const action of due.splice(0)) action();
  expect(sink.length).toBe(5);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('no capacity: %d', (capacity) => {
  expect(() => createTransportPair({ capacity })).toThrow(RangeError);
});
