import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { checkControlLength, checkType, toPayload } from '../../src/application/payload.js';
import { nodePlatform } from '../../src/node/platform.js';
import { bytesOf } from '../support/frames.js';

test.each([1, 2, 7, 8, 9, 15])('type %d is one', (type) => {
  expect(() => checkType(type)).not.toThrow();
});

test.each([0, 16, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', undefined])('type %s is none', (type) => {
  expect(() => checkType(type as number)).toThrow(RangeError);
});

describe('checkControlLength', () => {
  test.each(['x'.repeat(125), '€'.repeat(41), new Uint8Array(125), ''])('fits', (payload) => {
    expect(() => checkControlLength(payload, nodePlatform)).not.toThrow();
  });

  test.each([
    ['x'.repeat(126), 126],
    ['€'.repeat(42), 126],
    [new Uint8Array(1000), 1000],
  ])('does not fit, and the message says how long it is', (payload, length) => {
    expect(() => checkControlLength(payload, nodePlatform)).toThrow(RangeError);
    expect(() => checkControlLength(payload, nodePlatform)).toThrow(new RegExp(`125.*got ${length}`));
  });
});

describe('toPayload', () => {
  const memory = bytesOf('0123456789ab');

  test.each([
    ['Uint8Array', memory, '0123456789ab'],
    ['a part of it', memory.subarray(2, 4), '23'],
    ['ArrayBuffer', memory.buffer, '0123456789ab'],
    ['Uint32Array', new Uint32Array(memory.buffer, 4, 1), '4567'],
    ['DataView', new DataView(memory.buffer, 9), '9ab'],
    ['Uint8ClampedArray', new Uint8ClampedArray(memory.buffer, 1, 2), '12'],
    ['Buffer', Buffer.from('xyz'), 'xyz'],
  ])('%s means its bytes, and is not copied', (_, payload, text) => {
    const bytes = toPayload(payload);
    expect(Buffer.from(bytes).toString()).toBe(text);
    expect(bytes.buffer).toBe(ArrayBuffer.isView(payload) ? payload.buffer : payload);
  });

  const foreign = (code: string): unknown =>
    runInNewContext(`const memory = Uint8Array.from([48, 49, 50, 51]); ${code}`);

  test.each([
    ['ArrayBuffer', 'memory.buffer', '0123'],
    [
      'SharedArrayBuffer',
      'const shared = new SharedArrayBuffer(4); new Uint8Array(shared).set(memory); shared',
      '0123',
    ],
    ['Uint8Array', 'memory.subarray(1)', '123'],
    ['DataView', 'new DataView(memory.buffer, 1, 2)', '12'],
    ['Uint16Array', 'new Uint16Array(memory.buffer, 2)', '23'],
  ])('%s of another realm, too', (_, code, text) => {
    const bytes = toPayload(foreign(code));
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(bytes).toString()).toBe(text);
  });

  test('memory that is shared', () => {
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([65, 66]);
    expect([...toPayload(shared)]).toEqual([65, 66]);
    expect(toPayload(new DataView(shared, 1)).buffer).toBe(shared);
  });

  test.each(['{}', '[1]', 'new Map()', '({ byteLength: 4, [Symbol.toStringTag]: "ArrayBuffer" })'])(
    '%s of another realm is none',
    (code) => {
      expect(() => toPayload(foreign(`(${code})`))).toThrow(TypeError);
    },
  );

  test.each([null, undefined, 1, true, {}, [1], 'text', new Date(0)])('%s is none', (payload) => {
    expect(() => toPayload(payload)).toThrow(TypeError);
  });
});
