import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BadMessage } from '../src/shared/protocol.js';
import { encodeHead, StreamHead } from '../src/shared/stream-head.js';

it('tells the head from the bytes behind it, however they come in pieces', () => {
  fc.assert(
    fc.property(
      fc.record({ key: fc.string({ maxLength: 40 }), name: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.nat(200), { maxLength: 8 }),
      (value, body, cuts) => {
        const bytes = Buffer.concat([encodeHead(value), body]);
        const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const head = new StreamHead();
        const behind = ends.map((end, index) => head.push(bytes.subarray(ends[index - 1] ?? 0, end)));
        expect(JSON.parse(head.json ?? '')).toEqual(value);
        expect(Buffer.concat(behind)).toEqual(Buffer.from(body));
      },
    ),
  );
});

it('takes no head that is too long, and makes none', () => {
  expect(() => new StreamHead().push(new Uint8Array([0xff, 0xff]))).toThrow(BadMessage);
  expect(() => encodeHead({ name: 'x'.repeat(2000) })).toThrow(RangeError);
});
