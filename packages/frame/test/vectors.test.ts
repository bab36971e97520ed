import { describe, expect, test } from 'vitest';
import { decodeClosePayload } from '../src/close-payload.js';
import type { FrameDecoderOptions } from '../src/decoder-options.js';
import { encodeFrame, frameLength, type OutgoingFrame } from '../src/encoder.js';
import { FrameError, type FrameErrorCode } from '../src/frame-error.js';
import type { FrameHeader } from '../src/header.js';
import { Opcode } from '../src/opcode.js';
import { widenMaskingKey } from '../src/private-mask.js';
import { isValidUtf8 } from '../src/utf8.js';
import { bytewise, concat, cutBy, type Decoded, decode, hex, toHex } from './recording-sink.js';
import { bytesOf, payloadOf, privateMaskOf, type Vector, type VectorFrame, vectors, wireOf } from './vectors.js';

const CUSTOM_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

/** Frames that the Go kit sent or took and a strict codec refuses, by vector and index of the frame. */
const REFUSED: Record<string, { code: FrameErrorCode; closeCode: number; at: number; why: string }> = {
  'control/c2s-ping-200-oversize 0': { code: 'CONTROL_TOO_LONG', closeCode: 1002, at: 2, why: 'ping of 200 bytes' },
  'streams/c2s-id-32768 1': { code: 'STREAM_ID_INVALID', closeCode: 1002, at: 8, why: '0x8000: cancel and id 0' },
  'private-mask/s2c-masked-by-a-raw-server 0': {
    code: 'MASK_FORBIDDEN',
    closeCode: 1002,
    at: 2,
    why: 'where masks are forbidden',
  },
  'private-mask/s2c-masked-by-a-raw-server 1': {
    code: 'MASK_FORBIDDEN',
    closeCode: 1002,
    at: 2,
    why: 'where masks are forbidden',
  },
  'receive/max-payload 0': { code: 'PAYLOAD_TOO_LARGE', closeCode: 1009, at: 2, why: '101 bytes, MaxPayloadSize 100' },
  'receive/unmasked 0': { code: 'MASK_REQUIRED', closeCode: 1002, at: 2, why: 'unmasked, where masks are required' },
  'receive/rsv1 0': { code: 'RESERVED_BITS', closeCode: 1002, at: 1, why: 'RSV1 without deflate' },
  'receive/rsv2 0': { code: 'RESERVED_BITS', closeCode: 1002, at: 1, why: 'RSV2 without streams' },
  'receive/rsv3 0': { code: 'RESERVED_BITS', closeCode: 1002, at: 1, why: 'RSV3' },
  'receive/ping-126 0': { code: 'CONTROL_TOO_LONG', closeCode: 1002, at: 2, why: 'ping of 126 bytes' },
  'receive/ping-fragmented 0': { code: 'CONTROL_FRAGMENTED', closeCode: 1002, at: 1, why: 'ping without FIN' },
  'receive/non-minimal-16 0': { code: 'LENGTH_NOT_MINIMAL', closeCode: 1002, at: 4, why: '5 in the 16-bit form' },
  'receive/non-minimal-64 0': { code: 'LENGTH_NOT_MINIMAL', closeCode: 1002, at: 10, why: '5 in the 64-bit form' },
  'receive/stream-id-0 0': { code: 'STREAM_ID_INVALID', closeCode: 1002, at: 8, why: 'id 0' },
  'receive/stream-plain-frame 0': { code: 'RESERVED_BITS', closeCode: 1002, at: 1, why: 'no RSV2 with streams' },
  'receive/stream-1-byte 0': { code: 'STREAM_HEADER_MISSING', closeCode: 1002, at: 2, why: 'half a stream header' },
};

/** Frames that `encodeFrame` does not make from their fields. Most of what is refused is the receiver's to refuse. */
const NOT_ENCODED: Record<string, 'RangeError' | 'minimal' | 'bare'> = {
  'control/c2s-ping-200-oversize 0': 'RangeError',
  'receive/ping-126 0': 'RangeError',
  'receive/ping-fragmented 0': 'RangeError',
  // The length is in its shortest form instead.
  'receive/non-minimal-16 0': 'minimal',
  'receive/non-minimal-64 0': 'minimal',
  // RSV2 and a payload that is no stream header, or one with id 0: made of rsv and payload, not of streamId.
  'streams/c2s-id-32768 1': 'bare',
  'receive/stream-id-0 0': 'bare',
  'receive/stream-1-byte 0': 'bare',
};

interface Case {
  name: string;
  vector: Vector;
  frame: VectorFrame;
  wire: Uint8Array;
  options: FrameDecoderOptions;
}

const cases: Case[] = vectors.flatMap((vector) =>
  vector.frames.map((frame, index) => ({
    name: `${vector.id} ${index}`,
    vector,
    frame,
    wire: wireOf(vector, frame),
    options: optionsOf(vector),
  })),
);

function optionsOf(vector: Vector): FrameDecoderOptions {
  const receiver = vector.direction === 'c2s' ? vector.config.server : vector.config.client;
  const privateMask = privateMaskOf(vector);
  return {
    masking: vector.direction === 'c2s' ? 'required' : 'forbidden',
    streams: vector.negotiated.streams !== null,
    compression: vector.negotiated.deflate,
    opcodes: CUSTOM_OPCODES,
    ...(receiver.MaxPayloadSize === undefined ? {} : { maxPayloadSize: receiver.MaxPayloadSize }),
    ...(privateMask === undefined ? {} : { privateMask }),
  };
}

function rsvOf(frame: VectorFrame): number {
  return (frame.rsv1 ? 4 : 0) + (frame.rsv2 ? 2 : 0) + (frame.rsv3 ? 1 : 0);
}

/** How a frame is cut: whole, byte by byte, a few odd sizes, and in two at every offset when that is not too much. */
function* cuts(wire: Uint8Array): Generator<[string, Uint8Array[]]> {
  yield ['whole', [wire]];
  yield ['bytewise', [...bytewise(wire)]];
  for (const size of [2, 3, 7, 64, 4093]) yield [`by ${size}`, [...cutBy(wire, [size])]];
  if (wire.length > 300) return;
  for (let at = 1; at < wire.length; at++) yield [`split at ${at}`, [wire.subarray(0, at), wire.subarray(at)]];
}

/** Undefined, or what is wrong: `expect` for every field would take most of the time, with 50 000 ways of cutting. */
function fault(decoded: Decoded, expected: FrameHeader, data: Uint8Array): string | undefined {
  if (decoded.error !== undefined) return `${decoded.error}`;
  if (!decoded.idle) return 'not idle';
  if (decoded.frames.length !== 1) return `${decoded.frames.length} frames`;
  const { header, payload, complete } = decoded.frames[0]!;
  if (!complete) return 'not complete';
  if (Object.keys(header).length !== Object.keys(expected).length) return 'other header fields';
  for (const name of Object.keys(expected) as (keyof FrameHeader)[]) {
    if (header[name] !== expected[name]) return `${name} is ${header[name]}, not ${expected[name]}`;
  }
  return Buffer.compare(payload, data) === 0 ? undefined : `payload ${toHex(payload)}`;
}

function hasStream({ frame, options }: Case): boolean {
  return options.streams === true && frame.opcode < 8;
}

function headerOf(one: Case): FrameHeader {
  const { frame } = one;
  return {
    fin: frame.fin,
    rsv: rsvOf(frame),
    opcode: frame.opcode,
    masked: frame.masked,
    payloadLength: frame.payloadLength - (hasStream(one) ? 2 : 0),
    streamId: hasStream(one) ? frame.streamId! : 0,
    cancel: hasStream(one) ? frame.cancel! : false,
  };
}

function dataOf(one: Case): Uint8Array {
  return hasStream(one) ? bytesOf(one.frame.body!)! : payloadOf(one.frame);
}

test('what there is', () => {
  expect(vectors).toHaveLength(200);
  expect(cases).toHaveLength(303);
  expect(cases.filter(({ frame }) => frame.wire === undefined)).toHaveLength(49);
  // The payload of these is given by its hash; all eight are stream frames, made of stream header and body here.
  const hashed = cases.filter(({ frame }) => bytesOf(frame.payload) === undefined);
  expect(hashed).toHaveLength(8);
  expect(hashed.every(({ frame }) => frame.streamId !== undefined && frame.body !== undefined)).toBe(true);
  expect(Object.keys(REFUSED)).toHaveLength(16);
  const names = new Set(cases.map(({ name }) => name));
  expect(names.size).toBe(303);
  for (const name of [...Object.keys(REFUSED), ...Object.keys(NOT_ENCODED)]) expect(names).toContain(name);
});

describe('decoding', () => {
  const accepted = cases.filter(({ name }) => REFUSED[name] === undefined);

  test('287 frames are accepted', () => expect(accepted).toHaveLength(287));

  test.each(accepted)('$name', (one) => {
    const header = headerOf(one);
    const data = dataOf(one);
    const faults: string[] = [];
    for (const [how, chunks] of cuts(one.wire)) {
      const found = fault(decode(chunks, one.options), header, data);
      if (found !== undefined) faults.push(`${how}: ${found}`);
    }
    expect(faults).toEqual([]);
  });

  test.each(Object.entries(REFUSED))('%s is refused: $why', (name, { code, closeCode, at }) => {
    const one = cases.find((each) => each.name === name)!;
    for (const [, chunks] of cuts(one.wire)) {
      const decoded = decode(chunks, one.options);
      expect(decoded.frames).toEqual([]);
      expect(decoded.error).toMatchObject({ code, closeCode });
    }
    expect(decode(bytewise(one.wire), one.options).failedAt).toBe(at);
  });

  test('masked server frames under a private mask are read when masking is allowed', () => {
    const masked = cases.filter(({ vector }) => vector.id === 'private-mask/s2c-masked-by-a-raw-server');
    expect(masked).toHaveLength(2);
    for (const one of masked) {
      const decoded = decode([one.wire], { ...one.options, masking: 'optional' });
      expect(fault(decoded, headerOf(one), dataOf(one))).toBeUndefined();
    }
  });

  test('all frames of a vector one after the other', () => {
    let count = 0;
    for (const vector of vectors) {
      const all = cases.filter((one) => one.vector === vector);
      if (all.some(({ name }) => REFUSED[name] !== undefined)) continue;
      count++;
      const stream = concat(all.map(({ wire }) => wire));
      for (const sizes of [[stream.length], [1, 2, 3, 97], [5, 1, 900]]) {
        const decoded = decode(cutBy(stream, sizes), optionsOf(vector));
        expect(decoded.frames).toHaveLength(all.length);
        all.forEach((one, index) => {
          const frames = [decoded.frames[index]!];
          expect(fault({ ...decoded, frames }, headerOf(one), dataOf(one)), one.name).toBeUndefined();
        });
      }
    }
    expect(count).toBe(185);
  });

  test('the TCP segments that were sent', () => {
    const segmented = vectors.filter(({ segments }) => segments !== undefined);
    expect(segmented).toHaveLength(3);
    for (const vector of segmented) {
      const decoded = decode(vector.segments!.map(hex), optionsOf(vector));
      const one = cases.find((each) => each.vector === vector)!;
      expect(fault(decoded, headerOf(one), dataOf(one)), vector.id).toBeUndefined();
    }
  });

  test('what only the layers above refuse: close payloads and text', () => {
    const payload = (id: string) => payloadOf(vectors.find((vector) => vector.id === id)!.frames[0]!);
    expect(() => decodeClosePayload(payload('receive/close-999'))).toThrow(FrameError);
    expect(() => decodeClosePayload(payload('receive/close-1-byte'))).toThrow(FrameError);
    expect(isValidUtf8(payload('receive/invalid-utf8'))).toBe(false);
    const closes = cases.filter(({ name, frame }) => frame.opcode === Opcode.Close && !name.startsWith('receive/'));
    // Three by the client, three by the server, one under a private mask.
    expect(closes).toHaveLength(7);
    for (const { frame } of closes) expect(decodeClosePayload(payloadOf(frame))).toHaveProperty('code');
  });
});

describe('encoding', () => {
  // RSV2 comes with the stream id by itself.
  function outgoing(one: Case): OutgoingFrame {
    const { frame } = one;
    const isStream = hasStream(one) && frame.rsv2;
    return {
      fin: frame.fin,
      rsv: rsvOf(frame) & (isStream ? 5 : 7),
      opcode: frame.opcode,
      mask: frame.maskKey === null ? false : hex(frame.maskKey),
      payload: isStream ? bytesOf(frame.body!)! : payloadOf(frame),
      ...(isStream ? { streamId: frame.streamId!, cancel: frame.cancel! } : {}),
    };
  }

  function encodeOptions({ options }: Case): { privateMask?: Uint8Array } {
    return options.privateMask === undefined ? {} : { privateMask: options.privateMask };
  }

  const encoded = cases.filter(({ name }) => NOT_ENCODED[name] === undefined);

  test('295 frames are encoded from their fields', () => {
    expect(encoded).toHaveLength(295);
    for (const one of encoded) {
      const { name, wire } = one;
      const frame = outgoing(one);
      expect(frameLength(frame), name).toBe(wire.length);
      const made = encodeFrame(frame, encodeOptions(one));
      expect(Buffer.compare(made, wire), `${name}: ${toHex(made.subarray(0, 40))}`).toBe(0);
    }
  });

  test.each(Object.entries(NOT_ENCODED))('%s: %s', (name, kind) => {
    const one = cases.find((each) => each.name === name)!;
    const { frame, wire } = one;
    const fields: OutgoingFrame = {
      fin: frame.fin,
      rsv: rsvOf(frame),
      opcode: frame.opcode,
      mask: hex(frame.maskKey!),
      payload: payloadOf(frame),
    };
    if (kind === 'RangeError') {
      expect(() => encodeFrame(fields)).toThrow(RangeError);
    } else if (kind === 'bare') {
      expect(toHex(encodeFrame(fields))).toBe(toHex(wire));
    } else {
      expect(toHex(encodeFrame(fields))).toBe('8185a1b2c3d4c9d7afb8ce');
    }
  });
});

test('effective keys of the private-mask vectors', () => {
  const keyed = cases.filter(({ frame }) => frame.effectiveKey !== undefined);
  expect(keyed).toHaveLength(39);
  for (const { frame, options } of keyed) {
    expect(toHex(widenMaskingKey(hex(frame.maskKey!), options.privateMask!))).toBe(frame.effectiveKey);
  }
});
