import { expect, test } from 'vitest';
import { PatienceError, RecordingSink } from '../src/index.js';

test('takes down what it is told', async () => {
  const sink = new RecordingSink();
  sink.onData(new Uint8Array([1, 2]));
  sink.onData(new Uint8Array([3]));
  sink.onDrain();
  sink.onEnd();
  const error = new Error('lost');
  sink.onClose(error);
  await sink.until(({ hasClosed }) => hasClosed);
  expect(sink).toMatchObject({ length: 3, drains: 1, hasEnded: true, hasClosed: true, violations: [] });
  expect(sink.bytes).toEqual(new Uint8Array([1, 2, 3]));
  expect(sink.error).toBe(error);
});

test('keeps a copy of what is lent, and writes into it', () => {
  const sink = new RecordingSink();
  const chunk = new Uint8Array([1, 2]);
  sink.onData(chunk, true);
  expect(sink.bytes).toEqual(new Uint8Array([1, 2]));
  expect(chunk).toEqual(new Uint8Array([0xee, 0xee]));
});

test('sees what comes out of order', () => {
  const sink = new RecordingSink();
  sink.onEnd();
  sink.onEnd();
  sink.onData(new Uint8Array(1));
  sink.onClose();
  sink.onDrain();
  sink.onClose();
  expect(sink.violations).toEqual([
    'onEnd twice',
    'onData after onEnd',
    'onDrain after onClose',
    'onClose after onClose',
  ]);
});

test('says what it has waited for in vain', async () => {
  const sink = new RecordingSink(10);
  sink.onData(new Uint8Array(7));
  const waiting = sink.until(({ hasEnded }) => hasEnded, 'the end');
  await expect(waiting).rejects.toThrow(PatienceError);
  await expect(waiting).rejects.toThrow('the end did not come; so far 7 bytes, 0 times onDrain, open');
});
