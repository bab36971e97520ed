import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { encodeFrame, frameLength, type OutgoingFrame } from '../src/encoder.js';

type Payload = ArrayBufferView | ArrayBufferLike | undefined;

const foreign = (code: string): Payload =>
  runInNewContext(`const memory = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]); ${code}`) as Payload;
const memory = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const shared = new Uint8Array(new SharedArrayBuffer(8));
shared.set(memory);

test.each<[string, Payload, number[]]>([
  ['none', undefined, []],
  ['an ArrayBuffer', memory.buffer, [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a part of a Uint16Array', new Uint16Array(memory.buffer, 2, 2), [3, 4, 5, 6]],
  ['a DataView', new DataView(memory.buffer, 6), [7, 8]],
  ['shared memory', shared.buffer, [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a view of shared memory', shared.subarray(7), [8]],
  ['a Uint8Array of another realm', foreign('memory.subarray(3, 5)'), [4, 5]],
  ['an ArrayBuffer of another realm', foreign('memory.buffer'), [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a Float64Array of another realm', foreign('new Float64Array(memory.buffer)'), [1, 2, 3, 4, 5, 6, 7, 8]],
])('the payload is %s', (_, payload, bytes) => {
  const frame: OutgoingFrame = { opcode: 2, ...(payload === undefined ? {} : { payload: payload as Uint8Array }) };
  expect([...encodeFrame(frame)]).toEqual([0x82, bytes.length, ...bytes]);
  expect(frameLength(frame)).toBe(2 + bytes.length);
});

test.each(['text', 5, null, {}, [1, 2]])('%j is no payload', (payload) => {
  const frame = { opcode: 2, payload: payload as never };
  expect(() => encodeFrame(frame)).toThrow(TypeError);
  expect(() => encodeFrame(frame)).toThrow(/^payload: a typed array or ArrayBuffer expected, got /);
  expect(() => frameLength(frame)).toThrow(TypeError);
});
