import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameDecoder } from '../src/decoder.js';
import { encodeFrame, type OutgoingFrame } from '../src/encoder.js';
import type { FrameSink } from '../src/frame-sink.js';
import type { PayloadMemory } from '../src/payload-memory.js';
import { WholeFrameDecoder } from '../src/whole-frame-decoder.js';
import { propertyTest } from './property.js';
import { concat } from './recording-sink.js';

type Decoder = Pick<FrameDecoder, 'push' | 'accept' | 'stop' | 'suspend' | 'isLent'>;

/** What the sink does during the event of some number. */
type Reaction = 'stop' | 'suspend' | 'accept' | 'throw';

// The copies can be told from views of the chunk.
const copies: PayloadMemory = {
  room: 0,
  mostInRun: 0,
  keep: (bytes, from, to) => bytes.slice(from, to),
  keepRun: (bytes, from, to) => bytes.slice(from, to),
};

/** All that a decoder says of the chunks, and how much it reads of each, as text. */
function said(
  decoder: Decoder,
  chunks: readonly Uint8Array[],
  takesWholes: boolean,
  memory: PayloadMemory | undefined,
  reactions: ReadonlyMap<number, Reaction>,
): string[] {
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(line);
    const reaction = reactions.get(lines.length);
    if (reaction === 'accept') decoder.accept([5]);
    else if (reaction === 'throw') throw new Error('the sink');
    else if (reaction !== undefined) decoder[reaction]();
  };
  const shown = (payload: Uint8Array): string => {
    // Nothing has to be copied of nothing.
    const isLent = payload.length > 0 && decoder.isLent;
    return `${payload} ${isLent ? 'lent' : ''}`;
  };
  const sink: FrameSink = {
    onHeader: (header) => say(JSON.stringify(header)),
    onPayload: (slice, last) => say(`payload ${shown(slice)} ${last}`),
    ...(takesWholes && {
      onWhole: (opcode, rsv, id, payload) => say(`whole ${opcode} ${rsv} ${id} ${shown(payload)}`),
    }),
  };
  for (const chunk of chunks) {
    for (let rest = chunk.slice(); rest.length > 0; ) {
      const before = lines.length;
      let read = rest.length;
      try {
        read = decoder.push(rest, sink, memory);
      } catch (error) {
        lines.push(String(error));
      }
      // A decoder that is suspended before its first frame would be pushed the same for ever.
      if (read === 0 && lines.length === before) break;
      rest = rest.subarray(read);
    }
    lines.push('read');
  }
  return lines;
}

const opcode = fc.constantFrom(0, 1, 1, 2, 2, 3, 5, 8, 9, 10, 14);
const frame = fc
  .record({
    opcode,
    fin: fc.boolean(),
    length: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(125, 126, 300)),
    mask: fc.integer({ min: 0, max: 20 }).map((n) => n === 0),
    rsv: fc.constantFrom(0, 0, 0, 0, 1, 4),
    streamId: fc.integer({ min: 1, max: 9 }),
    cancel: fc.boolean(),
  })
  .map(({ opcode, fin, length, mask, rsv, streamId, cancel }) => {
    return (streams: boolean): OutgoingFrame => {
      const isControl = opcode >= 8;
      const payload = new Uint8Array(isControl ? length % 126 : length).fill(length);
      const id = streams && !isControl ? { streamId, cancel } : {};
      return { opcode, payload, fin: fin || isControl, mask, rsv, ...id };
    };
  });

describe('says what a FrameDecoder says', () => {
  propertyTest(
    'of chunks that hold whole frames, whatever the sink does',
    3000,
    fc.property(
      fc.array(fc.array(frame, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      fc.record({ streams: fc.boolean(), opcodes: fc.constantFrom([3], [3, 14]), maxPayloadSize: fc.constant(200) }),
      fc.boolean(),
      fc.boolean(),
      fc.array(
        fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom<Reaction>('stop', 'suspend', 'accept', 'throw')),
        { maxLength: 3 },
      ),
      (shapes, options, takesWholes, isLent, reactions) => {
        const chunks = shapes.map((frames) => concat(frames.map((make) => encodeFrame(make(options.streams)))));
        const [by, whole] = [new FrameDecoder({ ...options, masking: 'forbidden' }), new WholeFrameDecoder(options)];
        const memory = isLent ? copies : undefined;
        const all = new Map(reactions);
        assert.deepEqual(said(whole, chunks, takesWholes, memory, all), said(by, chunks, takesWholes, memory, all));
      },
    ),
  );
});

test.each([
  ['half a header', '82'],
  ['half a length', '82 7e 01'],
  ['half a payload', '82 02 01'],
  ['half a payload after a whole frame', '82 01 01 82 02 01'],
  ['half a control frame', '89 02 01'],
])('refuses a chunk with %s, and reads nothing more', (_what, hex) => {
  const decoder = new WholeFrameDecoder({ maxPayloadSize: 1000 });
  const sink: FrameSink = { onHeader: () => {}, onPayload: () => {} };
  const cut = Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));
  expect(() => decoder.push(cut, sink)).toThrow(expect.objectContaining({ code: 'LENGTH_INVALID', closeCode: 1002 }));
  expect(decoder.push(cut, sink)).toBe(cut.length);
});
