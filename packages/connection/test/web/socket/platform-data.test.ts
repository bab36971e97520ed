import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { platformData } from '../../../src/web/socket/platform-data.js';

test('texts and buffers, of any realm, are taken as they are', () => {
  expect(platformData('')).toBe('');
  expect(platformData('a')).toBe('a');
  expect(platformData(Uint8Array.of(1, 2).buffer)).toEqual(Uint8Array.of(1, 2));
  expect(platformData(new ArrayBuffer(0))).toEqual(new Uint8Array(0));
  expect(platformData(runInNewContext('new Uint8Array([1, 2]).buffer'))).toEqual(Uint8Array.of(1, 2));
});

test('a view is copied, byte by byte', () => {
  const memory = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const taken = [memory.subarray(2, 4), new Uint16Array(memory.buffer, 2, 1), new DataView(memory.buffer, 2, 2)].map(
    platformData,
  );
  memory.fill(0);
  for (const each of taken) expect(each).toEqual(Uint8Array.of(3, 4));
});

test.each([new Blob(['a']), [1, 2], {}, 1, null, undefined])('anything else is told apart from no bytes', (data) => {
  expect(platformData(data)).toBeUndefined();
});
