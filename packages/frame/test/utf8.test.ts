import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValidUtf8, type Utf8Check, Utf8Validator } from '../src/utf8.js';
import { canBecomeUtf8 } from './naive.js';
import { propertyTest } from './property.js';
import { bytewise, concat, cutBy, hex, toHex } from './recording-sink.js';

const checks: [string, Utf8Check | undefined][] = [
  ['alone', undefined],
  ['with isUtf8', isUtf8],
];

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** True when the validator takes the chunks, and the text may end there. */
function takes(chunks: Iterable<Uint8Array>, check: Utf8Check | undefined): boolean {
  const validator = new Utf8Validator(check);
  for (const chunk of chunks) if (!validator.push(chunk)) return false;
  return validator.isComplete;
}

/** Index of the byte at which a validator fed byte by byte fails; the length if it does not. */
function firstBad(bytes: Uint8Array): number {
  const validator = new Utf8Validator();
  let at = 0;
  for (const byte of bytewise(bytes)) {
    if (!validator.push(byte)) return at;
    at++;
  }
  return at;
}

// The bounds in RFC 3629's table, and a neighbour on either side.
const EDGES = [
  0x00, 0x41, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xe1,
  0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfe, 0xff,
];

// Whole characters, cut ones and stray bytes, some of them long enough for the injected check.
const anyText = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map((text) => new TextEncoder().encode(text)),
      },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 90 }).map((length) => new Uint8Array(length).fill(0x61)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
      {
        weight: 1,
        arbitrary: fc.array(fc.constantFrom(...EDGES), { maxLength: 4 }).map((list) => Uint8Array.from(list)),
      },
    ),
    { maxLength: 8 },
  )
  .map(concat);

const goodText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
      fc.integer({ min: 0, max: 90 }).map((length) => new TextEncoder().encode('é😀ह'.repeat(length))),
    ),
    { maxLength: 5 },
  )
  .map(concat);

describe('isValidUtf8 is isUtf8, and the fatal TextDecoder', () => {
  test('for every sequence of up to two bytes', () => {
    expect(isValidUtf8(new Uint8Array(0))).toBe(true);
    const bytes = new Uint8Array(2);
    const first = bytes.subarray(0, 1);
    for (let a = 0; a < 256; a++) {
      bytes[0] = a;
      if (isValidUtf8(first) !== isUtf8(first)) expect.fail(toHex(first));
      for (let b = 0; b < 256; b++) {
        bytes[1] = b;
        if (isValidUtf8(bytes) !== isUtf8(bytes)) expect.fail(toHex(bytes));
      }
    }
  });

  test('for every sequence of three and four bytes out of the edges', () => {
    const bytes = new Uint8Array(4);
    const three = bytes.subarray(0, 3);
    let valid = 0;
    for (const a of EDGES) {
      for (const b of EDGES) {
        for (const c of EDGES) {
          bytes.set([a, b, c]);
          if (isValidUtf8(three) !== isUtf8(three)) expect.fail(toHex(three));
          if (a < 0x80) continue;
          for (const d of EDGES) {
            bytes[3] = d;
            const expected = isUtf8(bytes);
            if (expected) valid++;
            if (isValidUtf8(bytes) !== expected) expect.fail(toHex(bytes));
          }
        }
      }
    }
    expect(valid).toBeGreaterThan(1000);
  });

  test('for every character there is', () => {
    const encoder = new TextEncoder();
    for (let plane = 0; plane <= 16; plane++) {
      let text = '';
      for (let low = 0; low < 0x10000; low++) {
        const point = plane * 0x10000 + low;
        if (point < 0xd800 || point > 0xdfff) text += String.fromCodePoint(point);
      }
      expect(isValidUtf8(encoder.encode(text))).toBe(true);
    }
  });

  propertyTest(
    'for any bytes',
    5000,
    fc.property(anyText, (bytes) => {
      expect(isValidUtf8(bytes)).toBe(isUtf8(bytes));
      expect(isValidUtf8(bytes)).toBe(decodes(bytes));
    }),
  );
});

describe.each(checks)('Utf8Validator %s', (_, check) => {
  test.each<[string, string, number]>([
    ['a stray continuation', '80', 0],
    ['the largest stray continuation', '61bf', 1],
    ['an overlong 2-byte form', 'c080', 0],
    ['another', 'c1bf', 0],
    ['an overlong 3-byte form', 'e09f80', 1],
    ['an overlong 4-byte form', 'f08f8080', 1],
    ['the first surrogate', 'eda080', 1],
    ['the last surrogate', 'edbfbf', 1],
    ['U+110000', 'f4908080', 1],
    ['a lead byte above F4', 'f5808080', 0],
    ['FE', 'fe', 0],
    ['FF', 'ff', 0],
    ['a 2-byte form cut short by a letter', 'c341', 1],
    ['a 3-byte form cut short by a lead byte', 'e282c3', 2],
    ['a 4-byte form cut short by a letter', 'f09f9841', 3],
    ['a Greek word, then a surrogate', 'cebae1bdb9cf83cebcceb5eda080656469746564', 12],
  ])('%s fails at its byte', (_name, text, at) => {
    const bytes = hex(text);
    expect(firstBad(bytes)).toBe(at);
    // The same in the middle of a long text, in one slice and in pieces.
    for (const before of [0, 1, 63, 64, 100]) {
      const long = concat([new Uint8Array(before).fill(0x61), bytes, new Uint8Array(80).fill(0x62)]);
      for (const sizes of [[1000], [1], [64], [70], [before + at], [before + at + 1]]) {
        const validator = new Utf8Validator(check);
        let pushed = 0;
        for (const chunk of cutBy(long, sizes)) {
          const wanted = pushed + chunk.length <= before + at;
          expect(validator.push(chunk)).toBe(wanted);
          pushed += chunk.length;
        }
      }
    }
  });

  test.each(['c2', 'e0', 'e0a0', 'ed9f', 'ef', 'efbf', 'f0', 'f090', 'f09080', 'f4', 'f48f', 'f48fbf'])(
    '%s may go on, but not end',
    (text) => {
      for (const before of [0, 64, 65, 66, 67]) {
        const validator = new Utf8Validator(check);
        const bytes = concat([new Uint8Array(before).fill(0x61), hex(text)]);
        expect(validator.push(bytes)).toBe(true);
        expect(validator.isComplete).toBe(false);
        expect(isValidUtf8(bytes)).toBe(false);
      }
    },
  );

  test('begins complete; reset makes it new', () => {
    const validator = new Utf8Validator(check);
    expect(validator.isComplete).toBe(true);
    expect(validator.push(new Uint8Array(0))).toBe(true);
    expect(validator.push(hex('e0'))).toBe(true);
    expect(validator.isComplete).toBe(false);
    validator.reset();
    expect(validator.isComplete).toBe(true);
    // After E0 the byte 80 would be wrong for another reason, and BF right.
    expect(validator.push(hex('bf'))).toBe(false);
    validator.reset();
    expect(validator.push(hex('c3a9'))).toBe(true);
    expect(validator.isComplete).toBe(true);
  });

  test.each<[string, Uint8Array]>([
    ['short', hex('41ff41')],
    ['long', concat([new Uint8Array(100).fill(0x61), hex('ff'), new Uint8Array(100).fill(0x61)])],
  ])('a failure stays, %s', (_name, bad) => {
    const validator = new Utf8Validator(check);
    expect(validator.push(bad)).toBe(false);
    for (const later of [new Uint8Array(0), hex('41'), hex('80'), new Uint8Array(100).fill(0x61)]) {
      expect(validator.push(later)).toBe(false);
      expect(validator.isComplete).toBe(false);
    }
    validator.reset();
    expect(validator.push(hex('41'))).toBe(true);
    expect(validator.isComplete).toBe(true);
  });

  const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 60, max: 130 })), {
    maxLength: 6,
  });

  propertyTest(
    'any bytes in any chunks: the answer for the whole',
    5000,
    fc.property(anyText, anySizes, (bytes, sizes) => {
      expect(takes(cutBy(bytes, sizes), check)).toBe(isUtf8(bytes));
    }),
  );

  propertyTest(
    'good text in any chunks is good',
    1500,
    fc.property(goodText, anySizes, (bytes, sizes) => {
      expect(takes(cutBy(bytes, sizes), check)).toBe(true);
    }),
  );

  propertyTest(
    'fails in the chunk of the first bad byte, no sooner and no later',
    3000,
    fc.property(anyText, anySizes, (bytes, sizes) => {
      const bad = firstBad(bytes);
      const validator = new Utf8Validator(check);
      let pushed = 0;
      for (const chunk of cutBy(bytes, sizes)) {
        pushed += chunk.length;
        expect(validator.push(chunk)).toBe(pushed <= bad);
      }
    }),
  );
});

describe('the first bad byte', () => {
  propertyTest(
    'is the one after which no continuation makes a text',
    2000,
    fc.property(
      fc.array(
        fc.oneof(
          fc.constantFrom(...EDGES).map((byte) => Uint8Array.of(byte)),
          fc.constantFrom('c3a9', 'e0a080', 'ed9fbf', 'f0908080', 'f48fbfbf', 'e0a0', 'f09080').map(hex),
        ),
        { maxLength: 6 },
      ),
      (parts) => {
        const bytes = concat(parts);
        const bad = firstBad(bytes);
        expect(canBecomeUtf8(bytes.subarray(0, bad))).toBe(true);
        if (bad < bytes.length) expect(canBecomeUtf8(bytes.subarray(0, bad + 1))).toBe(false);
      },
    ),
  );

  test('for every first byte and every second of the edges', () => {
    for (let a = 0; a < 256; a++) {
      const single = canBecomeUtf8(Uint8Array.of(a));
      for (const b of EDGES) {
        const two = Uint8Array.of(a, b);
        const expected = canBecomeUtf8(two) ? 2 : single ? 1 : 0;
        if (firstBad(two) !== expected) expect.fail(toHex(two));
      }
    }
  });
});

test('the injected check is given whole characters of long slices, and its word is taken', () => {
  const asked: number[] = [];
  const check = (bytes: Uint8Array): boolean => {
    asked.push(bytes.length);
    return isUtf8(bytes);
  };
  const validator = new Utf8Validator(check);
  const text = new TextEncoder().encode('😀'.repeat(50));
  expect(validator.push(text.subarray(0, 63))).toBe(true);
  expect(asked).toEqual([]);
  // One byte owed at the front, two cut off at the end.
  expect(validator.push(text.subarray(63, 150))).toBe(true);
  expect(asked).toEqual([84]);
  expect(validator.push(text.subarray(150))).toBe(true);
  expect(validator.isComplete).toBe(true);
  // A whole character at the end is not held back.
  for (const character of ['é', '€', '😀', 'a']) {
    const bytes = new TextEncoder().encode(character.repeat(80));
    expect(validator.push(bytes)).toBe(true);
    expect(asked.at(-1)).toBe(bytes.length);
  }
  expect(new Utf8Validator(() => false).push(new Uint8Array(64))).toBe(false);
  expect(new Utf8Validator(() => false).push(new Uint8Array(63))).toBe(true);
});
