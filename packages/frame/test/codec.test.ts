import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from 'vitest';
import type { FrameDecoderOptions } from '../src/decoder-options.js';
import { encodeFrame, frameLength, type OutgoingFrame } from '../src/encoder.js';
import { naiveDecode } from './naive.js';
import { propertyTest } from './property.js';
import { bytewise, concat, cutBy, type Decoded, decode, toHex } from './recording-sink.js';

// Encoder and decoder together, and the decoder against its twin. `assert`, as it is much quicker than `expect`.

const CUSTOM = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

// Payloads are cut out of this, so that fast-check need not make, and shrink, thousands of bytes.
const SOURCE = new Uint8Array(80_000);
for (let i = 0, state = 1; i < SOURCE.length; i++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  SOURCE[i] = state >>> 16;
}
const SOURCE_BEFORE = SOURCE.slice();

const anyLength = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 4, arbitrary: fc.integer({ min: 120, max: 130 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_526, max: 65_542 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
);
const anyKey = fc.uint8Array({ minLength: 4, maxLength: 4 });
const anySecret = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 16 }) },
      { weight: 1, arbitrary: fc.integer({ min: 17, max: 17_000 }) },
    ),
    fc.nat(1000),
  )
  .map(([quads, from]) => SOURCE.slice(from, from + quads * 4));

interface Setting {
  streams: boolean;
  compression: boolean;
  privateMask: Uint8Array | undefined;
}
const anySetting: fc.Arbitrary<Setting> = fc.record({
  streams: fc.boolean(),
  compression: fc.boolean(),
  privateMask: fc.option(anySecret, { nil: undefined }),
});

interface Shape {
  opcode: number;
  fin: boolean;
  rsv: number;
  mask: Uint8Array | boolean;
  streamId: number;
  cancel: boolean;
  length: number;
  from: number;
}
function anyShape(length: fc.Arbitrary<number>): fc.Arbitrary<Shape> {
  return fc.record({
    opcode: fc.integer({ min: 0, max: 15 }),
    fin: fc.boolean(),
    rsv: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) }),
    mask: fc.oneof(fc.boolean(), anyKey),
    streamId: fc.oneof(fc.integer({ min: 1, max: 32_767 }), fc.constantFrom(1, 255, 256, 32_767)),
    cancel: fc.boolean(),
    length,
    from: fc.integer({ min: 0, max: 1000 }),
  });
}

// Every shape made one that the encoder takes: control frames are whole and short, only data frames have streams.
function frameOf(shape: Shape, { streams }: Setting): OutgoingFrame {
  const { opcode, rsv, mask, from } = shape;
  const isControl = opcode >= 8;
  const length = isControl ? Math.min(shape.length, 125) : shape.length;
  const frame = { opcode, rsv, mask, payload: SOURCE.subarray(from, from + length) };
  if (isControl) return frame;
  const { fin, streamId, cancel } = shape;
  return streams ? { ...frame, fin, streamId, cancel } : { ...frame, fin };
}

function secretOf({ privateMask }: Setting): { privateMask?: Uint8Array } {
  return privateMask === undefined ? {} : { privateMask };
}

function optionsOf(setting: Setting): FrameDecoderOptions {
  const { streams, compression } = setting;
  return { streams, compression, opcodes: CUSTOM, ...secretOf(setting) };
}

// The reserved bits that PROTOCOL.md allows, a stream's own RSV2 added by the encoder.
function isAllowed({ opcode, rsv = 0 }: OutgoingFrame, { streams, compression }: Setting): boolean {
  const isData = opcode < 8;
  if ((rsv & 1) !== 0) return false;
  if ((rsv & 2) !== 0 && !(isData && streams)) return false;
  return (rsv & 4) === 0 || (isData && opcode !== 0 && compression);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** What does not depend on how the bytes were cut. */
function essence({ frames, error, idle }: Decoded): unknown {
  return {
    frames: frames.map(({ header, payload, complete }) => ({ header, payload: toHex(payload), complete })),
    error: error?.code,
    closeCode: error?.closeCode,
    idle,
  };
}

describe('decode(encode(frame))', () => {
  propertyTest(
    'is the frame, or refuses reserved bits; the payload given is not written to',
    12_000,
    fc.property(anyShape(anyLength), anySetting, (shape, setting) => {
      const frame = frameOf(shape, setting);
      const payload = frame.payload!;
      const wire = encodeFrame(frame, secretOf(setting));
      assert.equal(wire.length, frameLength(frame));
      const end = payload.byteOffset + payload.length;
      assert.ok(same(payload, SOURCE_BEFORE.subarray(payload.byteOffset, end)));
      const { frames, error, idle } = decode([wire], optionsOf(setting));
      if (!isAllowed(frame, setting)) {
        assert.equal(error?.code, 'RESERVED_BITS');
        assert.deepEqual(frames, []);
        return;
      }
      assert.equal(error, undefined);
      assert.ok(idle);
      assert.equal(frames.length, 1);
      assert.deepEqual(frames[0]!.header, {
        fin: frame.fin ?? true,
        rsv: frame.rsv! | (frame.streamId === undefined ? 0 : 2),
        opcode: frame.opcode,
        masked: frame.mask !== false,
        payloadLength: payload.length,
        streamId: frame.streamId ?? 0,
        cancel: frame.cancel ?? false,
      });
      assert.ok(frames[0]!.complete);
      assert.ok(same(frames[0]!.payload, payload));
    }),
  );

  propertyTest(
    'encoding neither writes to the key nor to the private mask',
    500,
    fc.property(anyShape(fc.integer({ min: 0, max: 300 })), anyKey, anySecret, (shape, key, privateMask) => {
      const [keyBefore, secretBefore] = [key.slice(), privateMask.slice()];
      const setting = { streams: shape.cancel, compression: false, privateMask };
      encodeFrame({ ...frameOf(shape, setting), mask: key }, { privateMask });
      assert.deepEqual(key, keyBefore);
      assert.deepEqual(privateMask, secretBefore);
    }),
  );
});

describe('cutting', () => {
  const smallLength = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 90, max: 400 }));

  propertyTest(
    'any chunks give the same frames, and the same error',
    3000,
    fc.property(
      fc.array(anyShape(smallLength), { minLength: 1, maxLength: 6 }),
      anySetting,
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 30 }),
      (shapes, setting, sizes, missing) => {
        const all = concat(shapes.map((shape) => encodeFrame(frameOf(shape, setting), secretOf(setting))));
        const wire = all.subarray(0, Math.max(0, all.length - missing));
        const options = optionsOf(setting);
        const whole = essence(decode([wire], options));
        assert.deepEqual(essence(decode(cutBy(wire, sizes), options)), whole);
        assert.deepEqual(essence(decode(bytewise(wire), options)), whole);
      },
    ),
  );
});

describe('arbitrary bytes', () => {
  const anyOptions: fc.Arbitrary<FrameDecoderOptions> = fc
    .record({
      masking: fc.constantFrom('required' as const, 'forbidden' as const, 'optional' as const),
      setting: anySetting,
      opcodes: fc.subarray(CUSTOM),
      maxPayloadSize: fc.oneof(
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom(0, 125, 65_535, 65_536, 2 ** 32, 2 ** 53 - 1),
      ),
    })
    .map(({ masking, setting, opcodes, maxPayloadSize }) => ({
      ...optionsOf(setting),
      masking,
      opcodes,
      maxPayloadSize,
    }));

  // Bytes like those of headers come more often than chance has it.
  const headerLike = fc
    .array(
      fc.oneof(
        fc.tuple(
          fc.oneof(fc.constantFrom(0x81, 0x82, 0x01, 0x80, 0xa1, 0xa2, 0xc1, 0xe1, 0x89, 0x8a, 0x88), fc.nat(255)),
          fc.oneof(fc.constantFrom(0, 1, 2, 3, 125, 126, 127, 128, 129, 130, 253, 254, 255), fc.nat(255)),
          fc.oneof(
            fc.uint8Array({ maxLength: 12 }),
            fc.constantFrom(
              Uint8Array.of(0, 0),
              Uint8Array.of(0, 125),
              Uint8Array.of(0, 126),
              Uint8Array.of(0, 0, 0, 0, 0, 0, 255, 255),
              Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0),
              Uint8Array.of(0, 31, 255, 255, 255, 255, 255, 255),
              Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0),
              Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 0),
            ),
          ),
        ),
        fc.tuple(fc.constant(0x81), fc.constant(0x80), fc.constant(Uint8Array.of(1, 2, 3, 4))),
        fc.tuple(fc.constant(0xa2), fc.constant(0x83), fc.constant(Uint8Array.of(1, 2, 3, 4, 1, 3, 9))),
      ),
      { maxLength: 6 },
    )
    .map((parts) => concat(parts.map(([first, second, rest]) => Uint8Array.of(first, second, ...rest))));

  function agrees(bytes: Uint8Array, options: FrameDecoderOptions, sizes: number[]): void {
    const naive = naiveDecode(bytes, options);
    // decode() throws for whatever is not a FrameError, and for anything that comes after one.
    for (const chunks of [[bytes], bytewise(bytes), cutBy(bytes, sizes)]) {
      const { frames, error } = decode(chunks, options);
      assert.equal(error?.code, naive.error);
      assert.deepEqual(
        frames.map(({ header }) => header),
        naive.frames.map(({ header }) => header),
      );
      assert.deepEqual(
        frames.map(({ payload }) => toHex(payload)),
        naive.frames.map(({ payload }) => toHex(payload)),
      );
      assert.deepEqual(
        frames.map(({ complete }) => complete),
        naive.frames.map(({ complete }) => complete),
      );
    }
  }
  const anySizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

  propertyTest(
    'like headers: nothing but what the naive twin finds',
    6000,
    fc.property(headerLike, anyOptions, anySizes, agrees),
  );

  propertyTest(
    'random: nothing but what the naive twin finds',
    3000,
    fc.property(fc.uint8Array({ maxLength: 300 }), anyOptions, anySizes, agrees),
  );

  propertyTest(
    'messages by themselves, with one bit turned or none: nothing but what the naive twin finds',
    3000,
    fc.property(
      fc.array(anyShape(fc.integer({ min: 0, max: 300 })), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      fc.option(fc.nat(), { nil: undefined }),
      anySizes,
      (shapes, mask, compression, bit, sizes) => {
        const setting = { streams: false, compression, privateMask: undefined };
        const frames = shapes.map((shape) => frameOf({ ...shape, fin: true, rsv: 0, mask }, setting));
        const wire = concat(frames.map((frame) => encodeFrame(frame)));
        if (bit !== undefined) wire[(bit >>> 3) % wire.length]! ^= 1 << (bit & 7);
        agrees(wire, { ...optionsOf(setting), masking: mask ? 'required' : 'forbidden' }, sizes);
      },
    ),
  );

  propertyTest(
    'one bit turned in good frames: nothing but what the naive twin finds',
    3000,
    fc.property(
      fc.array(anyShape(fc.integer({ min: 0, max: 140 })), { minLength: 1, maxLength: 4 }),
      anySetting,
      fc.nat(),
      anySizes,
      (shapes, setting, bit, sizes) => {
        const wire = concat(shapes.map((shape) => encodeFrame(frameOf(shape, setting), secretOf(setting))));
        const at = bit % (wire.length * 8);
        wire[at >>> 3]! ^= 1 << (at & 7);
        agrees(wire, optionsOf(setting), sizes);
      },
    ),
  );
});

describe('streams', () => {
  propertyTest(
    'interleaved frames give each stream the bytes that sequential ones give',
    1500,
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 32_767 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 9 })), { maxLength: 20 }),
      fc.option(anySecret, { nil: undefined }),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 5 }),
      (ids, picks, privateMask, mask, sizes) => {
        const secret = privateMask === undefined ? {} : { privateMask };
        let from = 0;
        const sent = picks.map(([pick, length, control]) => {
          const streamId = ids[pick % ids.length]!;
          const payload = SOURCE.subarray(from, from + length);
          from += length;
          const frame = encodeFrame({ opcode: 2, fin: false, payload, streamId, mask }, secret);
          const ping = control === 0 ? encodeFrame({ opcode: 9, payload: payload.subarray(0, 5), mask }, secret) : [];
          return { streamId, wire: Uint8Array.from([...frame, ...ping]) };
        });
        const sequential = ids.flatMap((id) => sent.filter(({ streamId }) => streamId === id));
        const options = { streams: true, ...secret };
        const bytesByStream = (order: typeof sent): [number, string][] => {
          const wire = concat(order.map((part) => part.wire));
          const { frames, error } = decode(cutBy(wire, sizes), options);
          assert.equal(error, undefined);
          return ids.map((id) => {
            const own = frames.filter(({ header }) => header.streamId === id);
            return [id, toHex(concat(own.map(({ payload }) => payload)))];
          });
        };
        assert.deepEqual(bytesByStream(sent), bytesByStream(sequential));
        // And not only the same: the bytes that were sent.
        from = 0;
        const expected = new Map(ids.map((id) => [id, '']));
        for (const [pick, length] of picks) {
          const id = ids[pick % ids.length]!;
          expected.set(id, expected.get(id)! + toHex(SOURCE.subarray(from, from + length)));
          from += length;
        }
        assert.deepEqual(bytesByStream(sent), [...expected]);
      },
    ),
  );
});
