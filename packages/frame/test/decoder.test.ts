import { describe, expect, test } from 'vitest';
import { FrameDecoder } from '../src/decoder.js';
import { DEFAULT_MAX_PAYLOAD_SIZE, type FrameDecoderOptions } from '../src/decoder-options.js';
import { encodeFrame } from '../src/encoder.js';
import { FrameError, type FrameErrorCode } from '../src/frame-error.js';
import type { FrameSink } from '../src/frame-sink.js';
import type { FrameHeader } from '../src/header.js';
import { naiveDecode } from './naive.js';
import { bytewise, concat, decode, hex, RecordingSink, toHex } from './recording-sink.js';

const CUSTOM = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const SECRET = hex('0123456789abcdef');

function header(fields: Partial<FrameHeader>): FrameHeader {
  return { fin: true, rsv: 0, opcode: 2, masked: false, payloadLength: 0, streamId: 0, cancel: false, ...fields };
}

describe('what is refused, and at which byte', () => {
  interface Refusal {
    why: string;
    wire: string;
    code: FrameErrorCode;
    /** The byte that breaks the rules, counted from 1. */
    at: number;
    closeCode?: number;
    options?: FrameDecoderOptions;
  }
  const deflate = { compression: true };
  const streams = { streams: true };
  const server = { masking: 'required' } as const;
  const client = { masking: 'forbidden' } as const;
  const tooBig = { code: 'PAYLOAD_TOO_LARGE', closeCode: 1009 } as const;
  const refusals: Refusal[] = [
    ...CUSTOM.map(
      (opcode): Refusal => ({
        why: `opcode ${opcode}, not agreed on`,
        wire: `8${opcode.toString(16)} 00`,
        code: 'RESERVED_OPCODE',
        at: 1,
      }),
    ),
    {
      why: 'opcode 4, only 3 agreed on',
      wire: '84 00',
      code: 'RESERVED_OPCODE',
      at: 1,
      options: { opcodes: [3] },
    },
    { why: 'RSV1 without compression', wire: 'c1 00', code: 'RESERVED_BITS', at: 1 },
    { why: 'RSV1 on a continuation', wire: 'c0 00', code: 'RESERVED_BITS', at: 1, options: deflate },
    { why: 'RSV1 on a ping', wire: 'c9 00', code: 'RESERVED_BITS', at: 1, options: deflate },
    {
      why: 'RSV1 on a custom control frame',
      wire: 'cb 00',
      code: 'RESERVED_BITS',
      at: 1,
      options: { compression: true, opcodes: CUSTOM },
    },
    { why: 'RSV2 without streams', wire: 'a1 00', code: 'RESERVED_BITS', at: 1 },
    { why: 'RSV2 on a ping', wire: 'a9 00', code: 'RESERVED_BITS', at: 1, options: streams },
    { why: 'RSV2 on a Close', wire: 'a8 00', code: 'RESERVED_BITS', at: 1, options: streams },
    { why: 'no RSV2 on a text', wire: '81 03 000161', code: 'RESERVED_BITS', at: 1, options: streams },
    { why: 'no RSV2 on a continuation', wire: '80 03 000161', code: 'RESERVED_BITS', at: 1, options: streams },
    {
      why: 'RSV1 but no RSV2 on a text',
      wire: 'c1 03 000161',
      code: 'RESERVED_BITS',
      at: 1,
      options: { streams: true, compression: true },
    },
    {
      why: 'RSV3 beside RSV1 and RSV2',
      wire: 'f1 03 000161',
      code: 'RESERVED_BITS',
      at: 1,
      options: { streams: true, compression: true },
    },
    { why: 'RSV3', wire: '91 00', code: 'RESERVED_BITS', at: 1 },
    { why: 'RSV3 on a pong', wire: '9a 00', code: 'RESERVED_BITS', at: 1 },
    { why: 'a Close without FIN', wire: '08 00', code: 'CONTROL_FRAGMENTED', at: 1 },
    { why: 'a ping without FIN', wire: '09 00', code: 'CONTROL_FRAGMENTED', at: 1 },
    { why: 'a pong without FIN', wire: '0a 00', code: 'CONTROL_FRAGMENTED', at: 1 },
    { why: 'an unmasked text', wire: '81 01 61', code: 'MASK_REQUIRED', at: 2, options: server },
    { why: 'an unmasked ping', wire: '89 00', code: 'MASK_REQUIRED', at: 2, options: server },
    { why: 'a masked text', wire: '81 81 01020304 60', code: 'MASK_FORBIDDEN', at: 2, options: client },
    { why: 'a masked pong', wire: '8a 80 01020304', code: 'MASK_FORBIDDEN', at: 2, options: client },
    { why: 'a ping in the 16-bit form', wire: '89 7e 0001 00', code: 'CONTROL_TOO_LONG', at: 2 },
    { why: 'a masked Close in the 16-bit form', wire: '88 fe 007e', code: 'CONTROL_TOO_LONG', at: 2, options: server },
    { why: 'a pong in the 64-bit form', wire: '8a 7f 80', code: 'CONTROL_TOO_LONG', at: 2 },
    { why: '0 in the 16-bit form', wire: '82 7e 0000', code: 'LENGTH_NOT_MINIMAL', at: 4 },
    { why: '125 in the 16-bit form', wire: '82 7e 007d', code: 'LENGTH_NOT_MINIMAL', at: 4 },
    { why: '0 in the 64-bit form', wire: '82 7f 0000000000000000', code: 'LENGTH_NOT_MINIMAL', at: 10 },
    { why: '65535 in the 64-bit form', wire: '82 ff 000000000000ffff', code: 'LENGTH_NOT_MINIMAL', at: 10 },
    { why: 'the top bit of the length', wire: '82 7f 8000000000000000', code: 'LENGTH_INVALID', at: 3 },
    { why: 'the top bit and all others', wire: '82 ff ffffffffffffffff', code: 'LENGTH_INVALID', at: 3 },
    { why: '2^53', wire: '82 7f 0020000000000000', at: 10, ...tooBig, options: { maxPayloadSize: 2 ** 53 - 1 } },
    {
      why: '2^53, of which two are the stream header',
      wire: 'a2 7f 0020000000000000 0001',
      at: 10,
      ...tooBig,
      options: { streams: true, maxPayloadSize: 2 ** 53 - 1 },
    },
    { why: '2^53 + 5', wire: '82 7f 0020000000000005', at: 10, ...tooBig },
    { why: '2^56', wire: '82 7f 0100000000000000', at: 10, ...tooBig },
    { why: '2^63 - 1', wire: '82 7f 7fffffffffffffff', at: 10, ...tooBig },
    { why: '2^32, by default', wire: '82 7f 0000000100000000', at: 10, ...tooBig },
    { why: '100 MiB + 1, by default', wire: '82 7f 0000000006400001', at: 10, ...tooBig },
    { why: '6 bytes of 5', wire: '82 06', at: 2, ...tooBig, options: { maxPayloadSize: 5 } },
    { why: '6 masked bytes of 5', wire: '82 86 01020304', at: 2, ...tooBig, options: { maxPayloadSize: 5 } },
    { why: '1 byte of none', wire: '82 01', at: 2, ...tooBig, options: { maxPayloadSize: 0 } },
    { why: '1000 bytes of 999', wire: '82 7e 03e8', at: 4, ...tooBig, options: { maxPayloadSize: 999 } },
    {
      why: '65537 bytes of 65536',
      wire: '82 ff 0000000000010001',
      at: 10,
      ...tooBig,
      options: { maxPayloadSize: 65536 },
    },
    {
      why: '6 bytes of 5 after the stream header',
      wire: 'a2 08 0001',
      at: 2,
      ...tooBig,
      options: { streams: true, maxPayloadSize: 5 },
    },
    { why: 'no stream header', wire: 'a2 00', code: 'STREAM_HEADER_MISSING', at: 2, options: streams },
    { why: 'half a stream header', wire: 'a1 01 00', code: 'STREAM_HEADER_MISSING', at: 2, options: streams },
    { why: 'no masked stream header', wire: 'a0 80 01020304', code: 'STREAM_HEADER_MISSING', at: 2, options: streams },
    { why: 'stream id 0', wire: 'a2 02 0000', code: 'STREAM_ID_INVALID', at: 4, options: streams },
    { why: 'cancel of stream id 0', wire: 'a0 02 8000', code: 'STREAM_ID_INVALID', at: 4, options: streams },
    { why: 'masked stream id 0', wire: 'a2 83 01020304 0102ff', code: 'STREAM_ID_INVALID', at: 8, options: streams },
    {
      why: 'stream id 0 under a private mask',
      wire: 'a2 83 01020304 0021ff',
      code: 'STREAM_ID_INVALID',
      at: 8,
      options: { streams: true, privateMask: SECRET },
    },
  ];

  test.each(refusals)('$why: $code at byte $at', ({ wire, code, at, closeCode = 1002, options }) => {
    const bytes = hex(wire);
    const slow = decode(bytewise(bytes), options);
    expect(slow.error).toMatchObject({ name: 'FrameError', code, closeCode });
    expect(slow.failedAt).toBe(at);
    expect(slow.frames).toEqual([]);
    expect(slow.idle).toBe(false);
    const fast = decode([bytes], options);
    expect(fast.error).toMatchObject({ code, closeCode });
    expect(fast.frames).toEqual([]);
    // After a good frame, in one chunk and spread, in a buffer that does not start at 0.
    const good = hex(
      options?.streams ? (options.masking === 'required' ? 'a1 83 00000000 000178' : 'a1 03 000178') : '81 00',
    );
    const before = options?.masking === 'required' ? hex('81 80 00000000') : good;
    if (options?.privateMask === undefined && options?.maxPayloadSize !== 0) {
      const after = decode([concat([before, bytes])], options);
      expect(after.error).toMatchObject({ code, closeCode });
      expect(after.frames).toHaveLength(1);
      expect(decode(bytewise(concat([before, bytes])), options).failedAt).toBe(before.length + at);
    }
  });

  test('every code that a decoder can give', () => {
    const rest = ['CLOSE_PAYLOAD_INVALID', 'CLOSE_CODE_INVALID', 'UTF8_INVALID'];
    const codes = new Set(refusals.map(({ code }) => code));
    expect([...codes, ...rest].sort()).toEqual(
      [
        'RESERVED_BITS',
        'RESERVED_OPCODE',
        'MASK_REQUIRED',
        'MASK_FORBIDDEN',
        'CONTROL_FRAGMENTED',
        'CONTROL_TOO_LONG',
        'LENGTH_NOT_MINIMAL',
        'LENGTH_INVALID',
        'PAYLOAD_TOO_LARGE',
        'STREAM_ID_INVALID',
        'STREAM_HEADER_MISSING',
        ...rest,
      ].sort(),
    );
  });

  test('every first byte under every option, as the naive twin has it', () => {
    const outcomes = { accepted: 0, refused: 0 };
    for (const streams of [false, true]) {
      for (const compression of [false, true]) {
        for (const opcodes of [[], CUSTOM]) {
          for (let first = 0; first < 256; first++) {
            const options = { streams, compression, opcodes };
            const bytes = Uint8Array.of(first, 3, 0, 1, 2);
            const { error, frames } = decode([bytes], options);
            const naive = naiveDecode(bytes, options);
            expect(error?.code, `0x${first.toString(16)}`).toBe(naive.error);
            expect(frames.map((frame) => frame.header)).toEqual(naive.frames.map((frame) => frame.header));
            outcomes[error === undefined ? 'accepted' : 'refused']++;
          }
        }
      }
    }
    expect(outcomes).toEqual({ accepted: 168, refused: 1880 });
  });
});

test.each<[string, FrameDecoderOptions]>([
  ['maxPayloadSize -1', { maxPayloadSize: -1 }],
  ['maxPayloadSize 1.5', { maxPayloadSize: 1.5 }],
  ['maxPayloadSize NaN', { maxPayloadSize: Number.NaN }],
  ['maxPayloadSize Infinity', { maxPayloadSize: Number.POSITIVE_INFINITY }],
  ['maxPayloadSize 2^53', { maxPayloadSize: 2 ** 53 }],
  ['masking that is none', { masking: 'sometimes' as 'optional' }],
  ['opcode 16', { opcodes: [16] }],
  ['opcode -1', { opcodes: [-1] }],
  ['opcode 3.5', { opcodes: [3.5] }],
  ['empty private mask', { privateMask: new Uint8Array(0) }],
  ['private mask of 6 bytes', { privateMask: new Uint8Array(6) }],
])('option refused: %s', (_, options) => {
  expect(() => new FrameDecoder(options)).toThrow(RangeError);
});

describe('masking', () => {
  const bare = hex('81 02 6869');
  const masked = hex('81 82 01020304 696b');

  test.each<[NonNullable<FrameDecoderOptions['masking']> | undefined, boolean, boolean]>([
    ['required', false, true],
    ['forbidden', true, false],
    ['optional', true, true],
    [undefined, true, true],
  ])('%s: unmasked %s, masked %s', (masking, takesBare, takesMasked) => {
    const options = masking === undefined ? {} : { masking };
    for (const [wire, taken, isMasked] of [
      [bare, takesBare, false],
      [masked, takesMasked, true],
    ] as const) {
      const { frames, error } = decode([wire], options);
      expect(error === undefined).toBe(taken);
      if (!taken) continue;
      expect(frames[0]!.header).toEqual(header({ opcode: 1, masked: isMasked, payloadLength: 2 }));
      expect(toHex(frames[0]!.payload)).toBe('6869');
    }
  });

  test('the private mask is copied, and leaves unmasked frames alone', () => {
    const privateMask = SECRET.slice();
    const decoder = new FrameDecoder({ privateMask });
    privateMask.fill(0);
    const sink = new RecordingSink();
    const payload = hex('000102030405060708090a');
    for (const mask of [false, hex('a1b2c3d4')]) {
      decoder.push(encodeFrame({ opcode: 2, payload, mask }, { privateMask: SECRET }), sink);
    }
    expect(sink.frames.map((frame) => toHex(frame.payload))).toEqual([toHex(payload), toHex(payload)]);
  });

  test('an unmasked chunk is not written to', () => {
    const chunk = encodeFrame({ opcode: 2, payload: new Uint8Array(300).fill(7) });
    const before = chunk.slice();
    new FrameDecoder().push(chunk, new RecordingSink());
    expect(chunk).toEqual(before);
  });
});

describe('lengths', () => {
  test.each([0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 65537])('%d bytes, unmasked and masked', (length) => {
    const payload = Uint8Array.from({ length }, (_, i) => (i * 31) & 0xff);
    for (const mask of [false, hex('9a8b7c6d')]) {
      const wire = encodeFrame({ opcode: 2, payload, mask });
      for (const at of [1, 2, 3, 4, 9, 10, 13, 14, wire.length - 1]) {
        const { frames, error } = decode([wire.subarray(0, at), wire.subarray(at)]);
        expect(error).toBeUndefined();
        expect(frames).toHaveLength(1);
        expect(frames[0]!.header.payloadLength).toBe(length);
        expect(frames[0]!.complete).toBe(true);
        expect(Buffer.compare(frames[0]!.payload, payload)).toBe(0);
      }
    }
  });

  test.each<[string, number]>([
    ['00000000ffffffff', 2 ** 32 - 1],
    ['0000000100000000', 2 ** 32],
    ['0000000100000001', 2 ** 32 + 1],
    ['0000000080000000', 2 ** 31],
    ['001fffffffffffff', 2 ** 53 - 1],
  ])('header alone: 0x%s is %d', (length, payloadLength) => {
    const options = { maxPayloadSize: 2 ** 53 - 1 };
    const { frames, error } = decode(bytewise(hex(`02 7f ${length} 0102`)), options);
    expect(error).toBeUndefined();
    expect(frames[0]!.header).toEqual(header({ fin: false, payloadLength }));
    expect(frames[0]!.complete).toBe(false);
    expect(toHex(frames[0]!.payload)).toBe('0102');
  });

  test('2^53 - 1 with a stream header: two bytes less of application data', () => {
    const options = { maxPayloadSize: 2 ** 53 - 1, streams: true };
    const { frames } = decode([hex('a2 7f 001fffffffffffff 0007')], options);
    expect(frames[0]!.header).toEqual(header({ rsv: 2, payloadLength: 2 ** 53 - 3, streamId: 7 }));
  });

  test('a huge length allocates nothing', () => {
    const decoders = Array.from({ length: 200 }, () => new FrameDecoder({ maxPayloadSize: 2 ** 53 - 1 }));
    const sink: FrameSink = { onHeader: () => {}, onPayload: () => {} };
    const before = process.memoryUsage().arrayBuffers;
    for (const decoder of decoders) decoder.push(hex('82 ff 001fffffffffffff 01020304 0000'), sink);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });
});

describe('maxPayloadSize', () => {
  test('100 MiB by default', () => {
    expect(DEFAULT_MAX_PAYLOAD_SIZE).toBe(104_857_600);
    expect(decode([hex('82 7f 0000000006400000')]).error).toBeUndefined();
    expect(decode([hex('82 7f 0000000006400001')]).error?.closeCode).toBe(1009);
  });

  test('counts application data, not the stream header', () => {
    const options = { streams: true, maxPayloadSize: 5 };
    expect(decode([hex('a2 07 0001 6162636465')], options).frames[0]!.header.payloadLength).toBe(5);
  });

  test('leaves control frames alone', () => {
    const { frames } = decode([encodeFrame({ opcode: 9, payload: new Uint8Array(125) })], { maxPayloadSize: 0 });
    expect(frames).toHaveLength(1);
  });
});

describe('control frames', () => {
  test('come whole, however they are cut', () => {
    const payload = Uint8Array.from({ length: 125 }, (_, i) => 255 - i);
    for (const mask of [false, hex('01020304')]) {
      const wire = concat([
        encodeFrame({ opcode: 1, fin: false, payload: hex('61'), mask }),
        encodeFrame({ opcode: 9, payload, mask }),
        encodeFrame({ opcode: 0, payload: hex('62'), mask }),
      ]);
      for (let at = 1; at < wire.length; at++) {
        const { frames } = decode([wire.subarray(0, at), wire.subarray(at)]);
        expect(frames.map((frame) => frame.header.opcode)).toEqual([1, 9, 0]);
        expect(frames[1]!.slices).toHaveLength(1);
        expect(Buffer.compare(frames[1]!.payload, payload)).toBe(0);
      }
      expect(decode(bytewise(wire)).frames[1]!.slices).toHaveLength(1);
    }
  });

  test('are not told of before they are whole', () => {
    const decoder = new FrameDecoder();
    const sink = new RecordingSink();
    decoder.push(hex('89 03 61'), sink);
    decoder.push(hex('62'), sink);
    expect(sink.events).toBe(0);
    expect(decoder.isIdle).toBe(false);
    decoder.push(hex('63 89'), sink);
    expect(sink.events).toBe(2);
    expect(toHex(sink.frames[0]!.payload)).toBe('616263');
  });

  test('spread ones do not run into each other', () => {
    const wire = concat(['aa', 'bbcc', 'dd'].map((text) => encodeFrame({ opcode: 10, payload: hex(text) })));
    const { frames } = decode(bytewise(wire));
    expect(frames.map((frame) => toHex(frame.payload))).toEqual(['aa', 'bbcc', 'dd']);
  });
});

describe('streams', () => {
  test.each([1, 2, 127, 128, 255, 256, 32766, 32767])('id %d, with and without cancel', (streamId) => {
    for (const cancel of [false, true]) {
      for (const mask of [false, hex('f0e1d2c3')]) {
        for (const privateMask of [undefined, hex('ffeeddcc'), SECRET, hex('00112233445566778899aabb')]) {
          const secret = privateMask === undefined ? {} : { privateMask };
          for (const length of [0, 1, 3, 123, 124, 300]) {
            const payload = new Uint8Array(length).fill(0x5a);
            const wire = encodeFrame({ opcode: 2, payload, streamId, cancel, mask }, secret);
            // Every cut in and around the header, of at most 10 bytes and two of stream header.
            for (let at = 1; at <= Math.min(12, wire.length - 1); at++) {
              const { frames, error } = decode([wire.subarray(0, at), wire.subarray(at)], { streams: true, ...secret });
              expect(error).toBeUndefined();
              expect(frames).toHaveLength(1);
              const masked = mask !== false;
              expect(frames[0]!.header).toEqual(header({ rsv: 2, masked, payloadLength: length, streamId, cancel }));
              expect(Buffer.compare(frames[0]!.payload, payload)).toBe(0);
            }
          }
        }
      }
    }
  });

  test('control frames have no stream header', () => {
    const { frames } = decode([hex('89 02 0000 a1 03 000161')], { streams: true });
    expect(frames.map((frame) => [frame.header.opcode, frame.header.streamId, toHex(frame.payload)])).toEqual([
      [9, 0, '0000'],
      [1, 1, '61'],
    ]);
  });

  test('compressed and streamed', () => {
    const { frames } = decode([hex('e1 03 000161 a0 03 000162')], { streams: true, compression: true });
    expect(frames.map((frame) => frame.header.rsv)).toEqual([6, 2]);
  });
});

describe('payload', () => {
  test('an empty one is one empty slice, the last', () => {
    const calls: [number, boolean][] = [];
    const headers: number[] = [];
    const sink: FrameSink = {
      onHeader: ({ opcode }) => headers.push(opcode),
      onPayload: (slice, last) => calls.push([slice.length, last]),
    };
    const wire = hex('01 00 80 80 01020304 89 00 8a 80 01020304 88 00');
    new FrameDecoder().push(wire.slice(), sink);
    expect(headers).toEqual([1, 0, 9, 10, 8]);
    expect(calls).toEqual(Array.from({ length: 5 }, () => [0, true]));
    headers.length = calls.length = 0;
    const decoder = new FrameDecoder();
    for (const byte of bytewise(wire)) decoder.push(byte.slice(), sink);
    expect(headers).toEqual([1, 0, 9, 10, 8]);
    expect(calls).toEqual(Array.from({ length: 5 }, () => [0, true]));
    const streamed = decode([hex('a1 02 0001')], { streams: true });
    expect(streamed.frames[0]!.slices.map((slice) => slice.length)).toEqual([0]);
  });

  test('an empty chunk changes nothing', () => {
    const wire = hex('81 82 01020304 696b');
    const decoder = new FrameDecoder();
    const sink = new RecordingSink();
    for (const byte of bytewise(wire)) {
      decoder.push(new Uint8Array(0), sink);
      decoder.push(byte.slice(), sink);
      decoder.push(new Uint8Array(0), sink);
    }
    expect(toHex(sink.frames[0]!.payload)).toBe('6869');
    expect(sink.events).toBe(3);
  });

  test('slices are views of the chunk, at their place in it', () => {
    for (const mask of [false, hex('01020304')]) {
      for (const length of [1, 50, 125, 126, 5000]) {
        const wire = encodeFrame({ opcode: 2, payload: new Uint8Array(length).fill(1), mask });
        const offset = 3;
        const buffer = new ArrayBuffer(offset + wire.length + 9);
        const chunk = new Uint8Array(buffer, offset, wire.length);
        chunk.set(wire);
        const sink = new RecordingSink();
        new FrameDecoder().push(chunk, sink);
        const [slice] = sink.frames[0]!.slices;
        expect(slice!.buffer).toBe(buffer);
        expect(slice!.byteOffset).toBe(offset + wire.length - length);
      }
    }
  });

  test('a frame over three chunks is three views', () => {
    const wire = encodeFrame({ opcode: 2, payload: new Uint8Array(1000).fill(9), mask: hex('aabbccdd') });
    const chunks = [wire.slice(0, 5), wire.slice(5, 500), wire.slice(500)];
    const decoder = new FrameDecoder();
    const sink = new RecordingSink();
    for (const chunk of chunks) decoder.push(chunk, sink);
    expect(sink.frames[0]!.slices.map((slice) => slice.buffer)).toEqual([chunks[1]!.buffer, chunks[2]!.buffer]);
    expect(sink.frames[0]!.slices[0]!.buffer).toBe(chunks[1]!.buffer);
    expect(sink.frames[0]!.payload).toEqual(new Uint8Array(1000).fill(9));
  });

  test('a control frame in one chunk is a view, one over chunks is not of the chunks', () => {
    const chunk = encodeFrame({ opcode: 9, payload: hex('616263') });
    const sink = new RecordingSink();
    const decoder = new FrameDecoder();
    decoder.push(chunk, sink);
    expect(sink.frames[0]!.slices[0]!.buffer).toBe(chunk.buffer);
    const tail = hex('6263');
    decoder.push(hex('89 03 61'), sink);
    decoder.push(tail, sink);
    expect(sink.frames[1]!.slices[0]!.buffer).not.toBe(tail.buffer);
  });

  test('empty slices are independent: one whose buffer was transferred leaves the next one whole', () => {
    const sink = new RecordingSink();
    for (let i = 0; i < 2; i++) {
      new FrameDecoder().push(hex('82 00 89 00'), sink);
      for (const { slices } of sink.frames.splice(0)) {
        expect(() => slices[0]!.slice()).not.toThrow();
        const buffer = slices[0]!.buffer as ArrayBuffer;
        structuredClone(buffer, { transfer: [buffer] });
      }
    }
  });

  test('a Buffer works as well, and gives plain Uint8Arrays', () => {
    const wire = encodeFrame({ opcode: 2, payload: hex('0a0b0c'), mask: hex('01020304') });
    const sink = new RecordingSink();
    new FrameDecoder().push(Buffer.from(wire), sink);
    const [slice] = sink.frames[0]!.slices;
    expect(Buffer.isBuffer(slice)).toBe(false);
    expect(toHex(slice!)).toBe('0a0b0c');
  });
});

describe('isAscii', () => {
  function answers(wire: Uint8Array, options?: FrameDecoderOptions, cut?: number): boolean[] {
    const decoder = new FrameDecoder(options);
    const seen: boolean[] = [];
    const sink: FrameSink = { onHeader: () => {}, onPayload: () => seen.push(decoder.isAscii) };
    const chunk = wire.slice();
    if (cut === undefined) {
      decoder.push(chunk, sink);
    } else {
      decoder.push(chunk.slice(0, cut), sink);
      decoder.push(chunk.slice(cut), sink);
    }
    return seen;
  }
  const mask = hex('81929394');

  test('true for short masked ASCII', () => {
    for (const length of [1, 2, 3, 4, 5, 63, 95]) {
      const payload = new Uint8Array(length).fill(0x7f);
      expect(answers(encodeFrame({ opcode: 1, payload, mask }))).toEqual([true]);
      const secret = { privateMask: SECRET };
      expect(answers(encodeFrame({ opcode: 1, payload, mask }, secret), secret)).toEqual([true]);
    }
  });

  test('false when one byte is not', () => {
    for (const length of [1, 2, 3, 4, 5, 63, 95, 96, 200]) {
      for (let i = 0; i < length; i++) {
        const payload = new Uint8Array(length).fill(0x61);
        payload[i] = 0x80;
        expect(answers(encodeFrame({ opcode: 1, payload, mask })), `${i} of ${length}`).toEqual([false]);
      }
    }
  });

  test('false when nobody looked: unmasked, or long', () => {
    expect(answers(encodeFrame({ opcode: 1, payload: hex('61') }))).toEqual([false]);
    expect(answers(encodeFrame({ opcode: 1, payload: new Uint8Array(96).fill(0x61), mask }))).toEqual([false]);
  });

  test('is about the last slice alone', () => {
    const wire = encodeFrame({ opcode: 1, payload: hex('c3a96161'), mask });
    expect(answers(wire, {}, 8)).toEqual([false, true]);
    expect(answers(wire, {}, 7)).toEqual([false, false]);
    expect(answers(concat([wire, encodeFrame({ opcode: 0, mask })]))).toEqual([false, true]);
    // Put together from two chunks: not known.
    expect(answers(encodeFrame({ opcode: 9, payload: hex('6161'), mask }), {}, 7)).toEqual([false]);
  });
});

describe('isIdle', () => {
  test('is true between frames alone', () => {
    const decoder = new FrameDecoder();
    const sink = new RecordingSink();
    expect(decoder.isIdle).toBe(true);
    const frames = [
      encodeFrame({ opcode: 2, payload: hex('0102'), mask: hex('01020304') }),
      encodeFrame({ opcode: 2 }),
      encodeFrame({ opcode: 9, payload: hex('01') }),
      encodeFrame({ opcode: 2, payload: new Uint8Array(200) }),
    ];
    for (const frame of frames) {
      frame.forEach((byte, i) => {
        decoder.push(Uint8Array.of(byte), sink);
        expect(decoder.isIdle).toBe(i === frame.length - 1);
      });
    }
    expect(sink.frames).toHaveLength(4);
  });

  test('is false in onHeader, and before the last slice, of a frame with payload', () => {
    const decoder = new FrameDecoder();
    const seen: boolean[] = [];
    const sink: FrameSink = {
      onHeader: () => seen.push(decoder.isIdle),
      onPayload: () => seen.push(decoder.isIdle),
    };
    decoder.push(hex('82 02 01'), sink);
    decoder.push(hex('02'), sink);
    expect(seen).toEqual([false, false, true]);
  });

  test('is false once stopped', () => {
    const decoder = new FrameDecoder();
    decoder.stop();
    expect(decoder.isIdle).toBe(false);
  });
});

describe('stop', () => {
  const frames = {
    data: hex('82 02 0102'),
    'empty data': hex('82 00'),
    control: hex('89 02 0102'),
    'empty control': hex('89 00'),
  };

  test('ignores everything from then on, and writes to nothing', () => {
    const decoder = new FrameDecoder();
    const sink = new RecordingSink();
    decoder.push(hex('82 84 01020304 6162'), sink);
    decoder.stop();
    decoder.stop();
    const events = sink.events;
    const chunk = hex('6364 ff ff 82 82 01020304 0000');
    const before = chunk.slice();
    decoder.push(chunk, sink);
    expect(sink.events).toBe(events);
    expect(chunk).toEqual(before);
  });

  describe.each(Object.entries(frames))('in the callbacks of a %s frame', (_, frame) => {
    test.each(['onHeader', 'onPayload'] as const)('%s: nothing comes after', (where) => {
      for (const spread of [false, true]) {
        const decoder = new FrameDecoder();
        const calls: string[] = [];
        const sink: FrameSink = {
          onHeader: () => {
            calls.push('onHeader');
            if (where === 'onHeader') decoder.stop();
          },
          onPayload: () => {
            calls.push('onPayload');
            if (where === 'onPayload') decoder.stop();
          },
        };
        const wire = concat([frame, frame]);
        for (const chunk of spread ? bytewise(wire) : [wire]) decoder.push(chunk.slice(), sink);
        expect(calls).toEqual(where === 'onHeader' ? ['onHeader'] : ['onHeader', 'onPayload']);
        expect(decoder.isIdle).toBe(false);
      }
    });

    test.each(['onHeader', 'onPayload'] as const)('%s throws: it comes out of push, once', (where) => {
      for (const spread of [false, true]) {
        const decoder = new FrameDecoder();
        const calls: string[] = [];
        const failure = new Error('the sink is full');
        const sink: FrameSink = {
          onHeader: () => {
            calls.push('onHeader');
            if (where === 'onHeader') throw failure;
          },
          onPayload: () => {
            calls.push('onPayload');
            throw failure;
          },
        };
        const thrown: unknown[] = [];
        const wire = concat([frame, frame, hex('ff')]);
        for (const chunk of spread ? bytewise(wire) : [wire]) {
          try {
            decoder.push(chunk.slice(), sink);
          } catch (error) {
            thrown.push(error);
          }
        }
        expect(thrown).toEqual([failure]);
        expect(calls).toEqual(where === 'onHeader' ? ['onHeader'] : ['onHeader', 'onPayload']);
      }
    });
  });
});

test('frames before the wrong byte are handed over first', () => {
  const decoder = new FrameDecoder();
  const sink = new RecordingSink();
  expect(() => decoder.push(hex('81 01 61 89 00 83 00'), sink)).toThrow(FrameError);
  expect(sink.frames.map((frame) => frame.header.opcode)).toEqual([1, 9]);
  expect(() => decoder.push(hex('81 01 61'), sink)).not.toThrow();
  expect(sink.frames).toHaveLength(2);
});

test('every opcode agreed on', () => {
  const wire = concat(
    Array.from({ length: 16 }, (_, opcode) => encodeFrame({ opcode, payload: Uint8Array.of(opcode) })),
  );
  const { frames, error } = decode([wire], { opcodes: new Set(CUSTOM) });
  expect(error).toBeUndefined();
  expect(frames.map((frame) => frame.header.opcode)).toEqual(Array.from({ length: 16 }, (_, opcode) => opcode));
});
