import { describe, expect, test } from 'vitest';
import { Message } from '../src/message.js';
import { nodePlatform } from '../src/node/platform.js';
import { bytesOf, concat, hex } from './support/frames.js';

function message(payload: Uint8Array, type = 1, isAscii = false): Message {
  return new Message(nodePlatform, type, 0, payload, isAscii);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}

test('what it is', () => {
  const { type, streamId, isComplete, isControl } = message(bytesOf('x'), 2);
  expect({ type, streamId, isComplete, isControl }).toEqual({
    type: 2,
    streamId: 0,
    isComplete: true,
    isControl: false,
  });
  expect([7, 8, 9, 15].map((code) => message(bytesOf(''), code).isControl)).toEqual([false, true, true, true]);
});

test('read gives the bytes', () => {
  const payload = hex('00 ff 80');
  expect(message(payload).read()).toEqual(payload);
});

describe('text', () => {
  test.each(['', 'short', 'x'.repeat(1000), 'grün €👍', '\ufeffwith a BOM', '\u0000', `${'x'.repeat(100)}é`])(
    '%j',
    (text) => {
      expect(message(bytesOf(text)).text()).toBe(text);
    },
  );

  test('known to be ASCII', () => {
    expect(message(bytesOf('plain'), 1, true).text()).toBe('plain');
  });

  test('bytes that are not UTF-8 become U+FFFD', () => {
    expect(message(hex('61 ff 62'), 2).text()).toBe('a\ufffdb');
  });

  test('of a view of a larger buffer', () => {
    expect(message(bytesOf('0123456789').subarray(3, 6)).text()).toBe('345');
  });
});

test('json', () => {
  expect(message(bytesOf('{"a":[1,"ü"]}')).json()).toEqual({ a: [1, 'ü'] });
  expect(() => message(bytesOf('{')).json()).toThrow(SyntaxError);
  expect(() => message(bytesOf('')).json()).toThrow(SyntaxError);
});

test('completed resolves with the message', async () => {
  const whole = message(bytesOf('x'));
  expect(await whole.completed()).toBe(whole);
});

test.each(['', 'content', 'x'.repeat(100_000)])('readIter and stream give all of it', async (text) => {
  const payload = bytesOf(text);
  for (const source of [message(payload).readIter(), message(payload).stream()]) {
    const chunks = await collect(source);
    expect(concat(chunks)).toEqual(payload);
    expect(chunks.every(({ length }) => length > 0)).toBe(true);
  }
});

test('leaving readIter early is fine', async () => {
  for await (const chunk of message(bytesOf('x')).readIter()) {
    expect(chunk).toHaveLength(1);
    break;
  }
});
