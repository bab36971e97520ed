import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  encodeFrame,
  FrameDecoder,
  type FrameDecoderOptions,
  FrameError,
  type FrameSink,
  type PayloadMemory,
} from '@webson/frame';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCANNER_CODE } from '../../../../src/node/socket/scanner/code.js';
import { CHUNK_LENGTH, nodeScanner } from '../../../../src/node/socket/scanner/scanner.js';
import { propertyTest } from '../../../support/property.js';
import { takeAway } from '../../../support/take-away.js';
import { assembleScanner } from '../../scanner/assemble.js';

const scanner = nodeScanner()!;
const memory = new Uint8Array(scanner.memory, 0, CHUNK_LENGTH);

// Payloads are cut out of this.
const SOURCE = new Uint8Array(80_000).map((_, i) => (i * 31 + (i >> 7)) & (i % 5000 < 2500 ? 0x7f : 0xff));

interface Shape {
  opcode: number;
  fin: boolean;
  rsv: number;
  mask: boolean;
  length: number;
  from: number;
}
const anyShape: fc.Arbitrary<Shape> = fc.record({
  // Mostly such as are scanned.
  opcode: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: 0, max: 15 })),
  fin: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.boolean()),
  rsv: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 7 })),
  mask: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, fc.boolean()),
  length: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 140 }) },
    { weight: 3, arbitrary: fc.integer({ min: 4080, max: 4110 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
  ),
  from: fc.nat(9999),
});

function encode({ opcode, fin, rsv, mask, length, from }: Shape): Uint8Array {
  const isControl = opcode >= 8;
  const payload = SOURCE.subarray(from, from + (isControl ? Math.min(length, 125) : length));
  return encodeFrame({ opcode, fin: fin || isControl, rsv, mask, payload });
}

/** What a decoder tells of `wire`, lent to it in chunks that are used for something else after each. */
function decode(wire: Uint8Array, cuts: readonly number[], options: FrameDecoderOptions): unknown[] {
  const decoder = new FrameDecoder({ opcodes: [3], compression: true, ...options });
  const told: unknown[] = [];
  let parts: Uint8Array[] = [];
  const kept: [Uint8Array, string][] = [];
  const sink: FrameSink = {
    onHeader: (header) => told.push({ ...header }),
    onPayload(slice, last) {
      const bytes = decoder.isLent ? new Uint8Array(slice) : slice;
      if (!decoder.isLent) kept.push([slice, toHex(slice)]);
      parts.push(bytes);
      if (last) told.push(toHex(Buffer.concat(parts)));
      if (last) parts = [];
    },
    onWhole(opcode, rsv, streamId, payload) {
      assert.equal(decoder.isLent, (rsv & 4) !== 0 && payload.length > 0);
      const isAscii = payload.every((byte) => byte < 0x80);
      if (decoder.isAscii) assert.ok(isAscii);
      if (!decoder.isLent) kept.push([payload, toHex(payload)]);
      const { length: payloadLength } = payload;
      told.push({ fin: true, rsv, opcode, masked: true, payloadLength, streamId, cancel: false }, toHex(payload));
    },
  };
  try {
    for (let at = 0, i = 0; at < wire.length; i++) {
      const length = Math.min(cuts[i] ?? CHUNK_LENGTH, wire.length - at);
      memory.set(wire.subarray(at, at + length));
      decoder.push(memory.subarray(0, length), sink, copies);
      memory.fill(0xee, 0, length);
      at += length;
    }
  } catch (error) {
    assert.ok(error instanceof FrameError);
    told.push(error.message);
  }
  for (const [slice, before] of kept) assert.equal(toHex(slice), before);
  return told;
}

/** What a decoder tells of chunks that it is given, in memory of their own. */
function decodeElsewhere(wire: Uint8Array, cuts: readonly number[], options: FrameDecoderOptions): string[] {
  const decoder = new FrameDecoder({ opcodes: [3], compression: true, ...options });
  const told: string[] = [];
  const sink: FrameSink = {
    onHeader: (header) => told.push(JSON.stringify(header)),
    onPayload: (slice, last) => told.push(`${toHex(slice)} ${last}`),
    onWhole: (opcode, rsv, _streamId, payload) => told.push(`${opcode} ${rsv} ${toHex(payload)}`),
  };
  try {
    for (let at = 0, i = 0; at < wire.length; i++) {
      const chunk = wire.slice(at, at + (cuts[i] ?? wire.length));
      const before = new Uint8Array(chunk);
      expect(decoder.push(chunk, sink, copies)).toBe(chunk.length);
      const isCopied = options.scanner !== undefined && chunk.length <= scanner.inputEnd - scanner.inputStart;
      if (isCopied) assert.equal(Buffer.compare(chunk, before), 0);
      at += chunk.length;
    }
  } catch (error) {
    assert.ok(error instanceof FrameError);
    told.push(error.message);
  }
  return told;
}

const copies: PayloadMemory = {
  room: 8 * 1024,
  mostInRun: 4 * 1024 - 1,
  keep: (bytes, from, to) => bytes.slice(from, to),
  keepRun: (bytes, from, to) => bytes.slice(from, to),
};

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

describe('nodeScanner', () => {
  it('is what its source assembles to', async () => {
    // Where it is not, the text expected here is what belongs into code.ts.
    expect(SCANNER_CODE).toBe(await assembleScanner());
  });

  propertyTest(
    'gives what the decoder finds by itself',
    1500,
    fc.property(
      fc.array(anyShape, { minLength: 1, maxLength: 30 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 200_000 })), { maxLength: 20 }),
      fc.option(fc.nat(), { nil: undefined }),
      fc.constantFrom(100_000, 130, 4095, 4096),
      fc.boolean(),
      (shapes, cuts, bit, maxPayloadSize, isMasked) => {
        const masking = isMasked ? 'required' : 'forbidden';
        const wire = new Uint8Array(
          Buffer.concat(shapes.map((shape) => encode({ ...shape, mask: shape.mask === isMasked }))),
        );
        if (bit !== undefined) wire[(bit >>> 3) % wire.length]! ^= 1 << (bit & 7);
        const scanned = decode(wire, cuts, { masking, maxPayloadSize, scanner });
        assert.deepEqual(scanned, decode(wire, cuts, { masking, maxPayloadSize }));
      },
    ),
  );

  it('finds more small frames than it has room to write down at once', () => {
    const wire = new Uint8Array(
      Buffer.concat(new Array(60_000).fill(encodeFrame({ opcode: 2, payload: Uint8Array.of(7), mask: true }))),
    );
    expect(decode(wire, [], { masking: 'required', scanner })).toEqual(decode(wire, [], { masking: 'required' }));
  });

  propertyTest(
    'tells every payload as it was sent, though who gets one takes the memory of many away',
    300,
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4000 })), { maxLength: 60 }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      fc.boolean(),
      (lengths, takes, mask) => {
        const payloads = lengths.map((length, i) => SOURCE.slice(i, i + length));
        const wire = Buffer.concat(payloads.map((payload) => encodeFrame({ opcode: 2, payload, mask })));
        const decoder = new FrameDecoder({ masking: mask ? 'required' : 'forbidden', scanner });
        const told: string[] = [];
        const sink = {
          onHeader() {},
          onPayload() {},
          onWhole(_opcode: number, _rsv: number, _streamId: number, payload: Uint8Array) {
            assert.equal(payload.byteOffset % 8, 0);
            if (takes[told.push(toHex(payload)) - 1] === true) takeAway(payload);
          },
        };
        memory.set(wire);
        decoder.push(memory.subarray(0, wire.length), sink, copies);
        assert.deepEqual(told, payloads.map(toHex));
      },
    ),
  );

  propertyTest(
    'masks as the naive twin does, and knows ASCII',
    500,
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), fc.integer(), (bytes, at, key) => {
      memory.set(bytes, at);
      const expected = bytes.map((byte, i) => byte ^ (key >>> ((i & 3) * 8)));
      const seen = scanner.mask(at, at + bytes.length, key);
      assert.equal(toHex(memory.subarray(at, at + bytes.length)), toHex(expected));
      assert.equal(
        seen === 0,
        expected.every((byte) => byte < 0x80),
      );
    }),
  );

  propertyTest(
    'reads chunks that lie elsewhere, too: it copies them, and leaves them alone where they fit',
    200,
    fc.property(
      fc.array(anyShape, { minLength: 1, maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 140_000 }), { maxLength: 20 }),
      (shapes, cuts) => {
        const wire = new Uint8Array(Buffer.concat(shapes.map((shape) => encode({ ...shape, mask: true }))));
        const scanned = decodeElsewhere(wire, cuts, { masking: 'required', scanner });
        assert.deepEqual(scanned, decodeElsewhere(wire, cuts, { masking: 'required' }));
      },
    ),
  );

  it.each(['elsewhere', 'in its memory'])(
    'is free for one decoder at a time: another that is pushed to meanwhile, %s',
    (place) => {
      const told: string[] = [];
      const options: FrameDecoderOptions = { masking: 'required', scanner };
      const sinkOf = (name: string, onWhole: () => void): FrameSink => ({
        onHeader() {},
        onPayload() {},
        onWhole(_opcode, _rsv, _streamId, payload) {
          expect(scanner.isInUse).toBe(true);
          told.push(`${name} ${toHex(payload)}`);
          onWhole();
        },
      });
      const wireOf = (bytes: readonly number[]): Uint8Array =>
        new Uint8Array(
          Buffer.concat(bytes.map((byte) => encodeFrame({ opcode: 2, payload: Uint8Array.of(byte), mask: true }))),
        );
      const inner = new FrameDecoder(options);
      const innerWire = wireOf([7, 8, 9]);
      const outer = new FrameDecoder(options);
      const outerWire = wireOf([1, 2, 3]);
      const innerChunk = place === 'elsewhere' ? innerWire : memory.subarray(4096, 4096 + innerWire.length);
      let isFirst = true;
      const sink = sinkOf('outer', () => {
        if (isFirst)
          inner.push(
            innerChunk,
            sinkOf('inner', () => {}),
            copies,
          );
        isFirst = false;
      });
      innerChunk.set(innerWire);
      outer.push(outerWire, sink, copies);
      expect(told).toEqual(['outer 01', 'inner 07', 'inner 08', 'inner 09', 'outer 02', 'outer 03']);
      expect(scanner.isInUse).toBe(false);
    },
  );

  it('is free again when what it was used for has failed', () => {
    const failing: FrameSink = {
      onHeader() {},
      onPayload() {},
      onWhole() {
        throw new Error('a sink that fails');
      },
    };
    const chunk = encodeFrame({ opcode: 2, payload: Uint8Array.of(1), mask: true });
    expect(() => new FrameDecoder({ masking: 'required', scanner }).push(chunk, failing, copies)).toThrow('fails');
    expect(scanner.isInUse).toBe(false);
  });

  it('is done without where there is no WebAssembly', () => {
    const script = `import('${new URL('../../../../dist/index.js', import.meta.url).href}').then(({ nodePlatform }) =>
      console.log(typeof WebAssembly, nodePlatform.scanner));`;
    const printed = execFileSync(process.execPath, ['--jitless', '--no-warnings', '-e', script], { encoding: 'utf8' });
    expect(printed).toBe('undefined undefined\n');
  });
});
