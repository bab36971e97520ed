import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadAhead } from '../../../src/node/socket/read-ahead.js';
import { concat } from '../../support/frames.js';

test('all that came, in its order, whatever becomes of the memory it came in', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 700 })), (chunks) => {
      const expected = concat(chunks.map((chunk) => chunk.slice()));
      const ahead = new ReadAhead();
      for (const chunk of chunks) {
        ahead.push(chunk);
        chunk.fill(0);
      }
      expect(ahead.length).toBe(expected.length);
      expect(Buffer.compare(ahead.bytes, expected)).toBe(0);
    }),
  );
});

test('byte by byte it takes no more memory than twice as many', () => {
  const ahead = new ReadAhead();
  for (let i = 0; i < 65_536; i++) ahead.push(Uint8Array.of(i));
  expect(ahead.bytes.buffer.byteLength).toBeLessThanOrEqual(2 * 65_536);
});
