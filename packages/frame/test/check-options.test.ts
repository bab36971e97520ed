import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { checkType } from '../src/check-options.js';
import {
  encodeFrame,
  FrameDecoder,
  type FrameDecoderOptions,
  type OutgoingFrame,
  privateMaskOf,
} from '../src/index.js';

const text = { opcode: 1, payload: new Uint8Array([104, 105]) };

test.each<[object, string]>([
  [{ maskng: 'required' }, 'maskng: no such option; there are masking, streams, compression, opcodes, maxPayloadSize'],
  [{ constructor: 1 }, 'constructor: no such option'],
  [{ masking: 1 }, 'masking: string expected, got number'],
  [{ streams: 1 }, 'streams: boolean expected, got number'],
  [{ compression: 'yes' }, 'compression: boolean expected, got string'],
  [{ opcodes: 3 }, 'opcodes: object expected, got number'],
  [{ opcodes: null }, 'opcodes: object expected, got null'],
  [{ maxPayloadSize: '5' }, 'maxPayloadSize: number expected, got string'],
  [{ privateMask: 'abcd' }, 'privateMask: Uint8Array expected, got string'],
  [{ privateMask: new Uint16Array(4) }, 'privateMask: Uint8Array expected, got object'],
  [{ scanner: true }, 'scanner: object expected, got boolean'],
  [null as unknown as object, 'options: object expected, got null'],
  ['required' as unknown as object, 'options: object expected, got string'],
])('a decoder refuses %o', (options, message) => {
  const make = (): unknown => new FrameDecoder(options as FrameDecoderOptions);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

test.each<[object, string]>([
  [{ ...text, masked: true }, 'masked: no such option; there are opcode, payload, fin, rsv, mask, streamId, cancel'],
  [{ opcode: '1' }, 'opcode: number expected, got string'],
  [{ opcode: 1, payload: 'hi' }, 'payload: a typed array or ArrayBuffer expected, got string'],
  [{ opcode: 1, payload: [104, 105] }, 'payload: a typed array or ArrayBuffer expected, got object'],
  [{ ...text, fin: 0 }, 'fin: boolean expected, got number'],
  [{ ...text, rsv: true }, 'rsv: number expected, got boolean'],
  [{ ...text, mask: 'abcd' }, 'mask: Uint8Array or boolean expected, got string'],
  [{ ...text, streamId: null }, 'streamId: number expected, got null'],
  [{ ...text, cancel: 1 }, 'cancel: boolean expected, got number'],
  [undefined as unknown as object, 'frame: object expected, got undefined'],
])('a frame is refused: %o', (frame, message) => {
  const encode = (): unknown => encodeFrame(frame as OutgoingFrame);
  expect(encode).toThrow(TypeError);
  expect(encode).toThrow(message);
});

test('options of encoding are looked at too', () => {
  expect(() => encodeFrame(text, { privatMask: new Uint8Array(4) } as object)).toThrow('privatMask: no such option');
  expect(() => encodeFrame(text, { privateMask: 'abcd' as unknown as Uint8Array })).toThrow(TypeError);
  expect(() => privateMaskOf('abcd' as unknown as Uint8Array)).toThrow('private mask: Uint8Array expected, got string');
});

test('what is undefined is left out, an unknown one too', () => {
  const options = { masking: undefined, other: undefined } as object;
  expect(new FrameDecoder(options)).toBeInstanceOf(FrameDecoder);
  expect(encodeFrame({ ...text, mask: undefined, other: undefined } as object as OutgoingFrame, options)).toEqual(
    encodeFrame(text),
  );
});

test('bytes of another realm, and those of a Buffer, are bytes', () => {
  for (const bytes of [runInNewContext('new Uint8Array(4)') as Uint8Array, Buffer.alloc(4)]) {
    checkType('bytes', bytes, 'Uint8Array');
    expect(encodeFrame({ opcode: 2, payload: bytes })).toHaveLength(6);
  }
});
