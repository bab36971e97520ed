import { isAscii, isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { describePayload, opcodeOf, payloadKinds, randomPayload } from '../../src/echo/payload.js';

describe('randomPayload', () => {
  it.each(payloadKinds)('makes %s of any length, never the same', (kind) => {
    for (const size of [0, 1, 2, 3, 4, 5, 20, 1023, 65_536]) {
      const payload = randomPayload(kind, size);
      expect(payload).toHaveLength(size);
      expect(isUtf8(payload) || kind === 'binary').toBe(true);
    }
    expect(randomPayload(kind, 20).equals(randomPayload(kind, 20))).toBe(false);
  });

  it('makes text of printable ASCII characters', () => {
    expect(isAscii(randomPayload('text', 4096))).toBe(true);
    expect(randomPayload('text', 4096).toString()).toMatch(/^[ -~]+$/);
  });

  it('makes text of characters of one, two, three and four bytes, half of them ASCII', () => {
    const characters = [...randomPayload('unicode', 65_536).toString()];
    const lengths = characters.map((one) => Buffer.byteLength(one));
    for (const length of [1, 2, 3, 4]) expect(lengths).toContain(length);
    const share = lengths.filter((length) => length === 1).length / lengths.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('makes bytes that are no text', () => {
    expect(isUtf8(randomPayload('binary', 4096))).toBe(false);
  });
});

it('knows the opcodes, and says what is no binary', () => {
  expect(payloadKinds.map(opcodeOf)).toEqual([2, 1, 1]);
  expect(payloadKinds.map(describePayload)).toEqual([undefined, 'ASCII text', 'non-ASCII text']);
});
