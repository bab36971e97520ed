import { nodePlatform } from '@webson/connection';
import { describe, expect, test } from 'vitest';
import { Lender, type Lending } from '../src/lending.js';

const BYTES = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
const PLACES: Lending['place'][] = ['owned', 'start', 'end', 'inside', 'elsewhere'];
const { scanner } = nodePlatform;

function lender(place: Lending['place']): Lender {
  return new Lender(BYTES, { place, shift: 11 }, scanner);
}

describe.each(PLACES)('a chunk that is handed over: %s', (place) => {
  const isLent = place !== 'owned';

  test('holds its bytes, and lies where it should', () => {
    let seen: Uint8Array | undefined;
    const wrong = lender(place).hand(100, 140, (chunk, lent) => {
      seen = new Uint8Array(chunk);
      expect(lent).toBe(isLent);
      expect(chunk.buffer === scanner?.memory).toBe(isLent && place !== 'elsewhere');
      if (place === 'start') expect(chunk.byteOffset).toBe(0);
      if (place === 'end') expect(chunk.byteOffset + 40).toBe(scanner?.found.byteOffset);
      chunk.fill(1);
    });
    expect(wrong).toBeUndefined();
    expect(seen).toEqual(BYTES.subarray(100, 140));
  });

  test('is spoilt afterwards if it was lent', () => {
    let kept = new Uint8Array(0);
    lender(place).hand(0, 40, (chunk) => {
      kept = chunk as Uint8Array<ArrayBuffer>;
    });
    expect(Buffer.compare(kept, BYTES.subarray(0, 40)) !== 0).toBe(isLent);
  });
});

test('who writes around a chunk that is lent is found out', () => {
  for (const at of [-1, 40]) {
    const wrong = lender('inside').hand(100, 140, (chunk) => {
      new Uint8Array(chunk.buffer)[chunk.byteOffset + at] = 77;
    });
    expect(wrong).toBe('wrote outside of the chunk from 100 to 140');
  }
});

test('a chunk that is too large to be lent is given', () => {
  const large = new Uint8Array(600 * 1024);
  let lent = true;
  new Lender(large, { place: 'start', shift: 0 }, scanner).hand(0, large.length, (_chunk, isLent) => {
    lent = isLent;
  });
  expect(lent).toBe(false);
});
