import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from 'vitest';
import { FrameDecoder } from '../src/decoder.js';
import { encodeFrame } from '../src/encoder.js';
import type { PayloadMemory } from '../src/payload-memory.js';
import { propertyTest } from './property.js';
import { concat, RecordingSink, WholesSink } from './recording-sink.js';

const copies: PayloadMemory = {
  room: 8 * 1024,
  mostInRun: 4 * 1024 - 1,
  keep: (bytes, from, to) => bytes.slice(from, to),
  keepRun: (bytes, from, to) => bytes.slice(from, to),
};
const dataLength = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 3000, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 70_000 }) },
);
const frame = fc.oneof(
  { weight: 6, arbitrary: fc.record({ opcode: fc.constant(2), length: dataLength }) },
  { weight: 1, arbitrary: fc.record({ opcode: fc.constant(9), length: fc.integer({ min: 0, max: 125 }) }) },
);

describe('a chunk that is lent', () => {
  propertyTest(
    'nothing that was handed over changes when the memory is used for something else',
    300,
    fc.property(
      fc.array(frame, { maxLength: 60 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 200_000 })), { maxLength: 30 }),
      (shapes, masked, takesWholes, cuts) => {
        const payloads = shapes.map(({ length }, i) => new Uint8Array(length).map((_, j) => i + 7 * j));
        const frames = shapes.map(({ opcode }, i) => encodeFrame({ opcode, payload: payloads[i]!, mask: masked }));
        const wire = concat(frames);
        const decoder = new FrameDecoder({ masking: masked ? 'required' : 'forbidden' });
        const sink = takesWholes ? new WholesSink() : new RecordingSink();
        const passOn = sink.onPayload.bind(sink);
        sink.onPayload = (slice, last) => passOn(decoder.isLent ? new Uint8Array(slice) : slice, last);
        const memory = new Uint8Array(wire.length);
        for (let at = 0, i = 0; at < wire.length; i++) {
          const length = Math.min(cuts[i] ?? wire.length, wire.length - at);
          const chunk = memory.subarray(0, length);
          chunk.set(wire.subarray(at, at + length));
          decoder.push(chunk, sink, copies);
          memory.fill(0xee);
          at += length;
        }
        assert.ok(decoder.isIdle);
        assert.deepEqual(
          sink.frames.map(({ header }) => header.opcode),
          shapes.map(({ opcode }) => opcode),
        );
        for (const [i, { payload, slices, header }] of sink.frames.entries()) {
          assert.ok(Buffer.compare(payload, payloads[i]!) === 0, `frame ${i}`);
          if (header.opcode >= 8) assert.equal(slices.length, 1);
        }
      },
    ),
  );
});
