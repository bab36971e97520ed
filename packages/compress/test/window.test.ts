import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingWindow } from '../src/window.js';
import { concat, noise } from './samples.js';

test('holds the last bytes, whatever they came in', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 });
  fc.assert(
    fc.property(parts, fc.constantFrom(8, 9, 10), (list, windowBits) => {
      const window = new SlidingWindow(windowBits);
      let all: Uint8Array = new Uint8Array(0);
      for (const part of list) {
        window.append(part);
        all = concat(all, part);
        expect(window.bytes).toEqual(all.slice(-(2 ** windowBits)));
      }
    }),
  );
});

test('copies, grows with its contents and shrinks when cleared', () => {
  const window = new SlidingWindow(15);
  const part = noise(100);
  window.append(part);
  expect(window.bytes.buffer.byteLength).toBeLessThan(1024);
  part.fill(0);
  expect(window.bytes).toEqual(noise(100));
  window.append(noise(100_000));
  expect(window.bytes.buffer.byteLength).toBe(32_768);
  window.clear();
  expect(window.bytes.length).toBe(0);
  expect(window.bytes.buffer.byteLength).toBe(0);
});
