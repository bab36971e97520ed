import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompressClosedError, InflateError, Inflater, type PartlyInflated } from '../src/index.js';
import { concat, deflater, FRESH, hex, noise, prose, thrownBy } from './samples.js';

const MIB = 1 << 20;
/** What one call may add to the work: a step, and what is done before it is looked at again. */
const MOST_WORK = 4 * MIB;

function payloadOf(message: Uint8Array): Uint8Array {
  const bytes = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH });
  return new Uint8Array(bytes.subarray(0, bytes.length - 4));
}

/** A block without content whose Huffman codes have to be worked out: 90 bits. */
function emptyBlocks(count: number): Uint8Array {
  const lengths = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  const bits = '00100000000000111';
  const codes = `${lengths.map((length) => (length === 1 ? '100' : '000')).join('')}1${low(127)}1${low(107)}000`;
  const block = `${bits}${codes}`;
  const all = block.repeat(count) + '000'.padEnd(3 + ((8 - ((block.length * count + 3) % 8)) % 8), '0');
  return Uint8Array.from({ length: all.length / 8 }, (_, i) =>
    Number.parseInt(reversed(all.slice(8 * i, 8 * i + 8)), 2),
  );
}

function reversed(bits: string): string {
  return [...bits].reverse().join('');
}

function low(value: number): string {
  return reversed(value.toString(2).padStart(7, '0'));
}

/** The message, and into how many steps it fell; no call may do more than its part. */
function inflated(inflater: Inflater, payload: Uint8Array, limit: number): { message: Uint8Array; steps: number } {
  let before = inflater.work;
  const counted = <T>(result: T): T => {
    expect(inflater.work - before).toBeLessThanOrEqual(MOST_WORK);
    before = inflater.work;
    return result;
  };
  const begun = counted(inflater.begin(payload, limit));
  if (begun instanceof Uint8Array) return { message: begun, steps: 0 };
  for (let steps = 1; ; steps++) {
    const message = counted(begun.step());
    if (message !== undefined) return { message, steps };
  }
}

function partly(inflater: Inflater, payload: Uint8Array, limit = 100 * MIB): PartlyInflated {
  const begun = inflater.begin(payload, limit);
  if (begun instanceof Uint8Array) throw new Error('inflated at once');
  return begun;
}

test('a message of usual size comes at once', () => {
  const inflater = new Inflater(FRESH);
  for (const length of [0, 1, 1000, 130_000, 400_000]) {
    const before = inflater.work;
    expect(inflated(inflater, deflater().deflate(prose(length)), length)).toEqual({ message: prose(length), steps: 0 });
    expect(inflater.work - before).toBeGreaterThan(length);
  }
});

test('a large one in steps, which are counted', () => {
  const inflater = new Inflater(FRESH);
  const payload = payloadOf(new Uint8Array(50 * MIB));
  const { message, steps } = inflated(inflater, payload, 50 * MIB);
  expect(message.length).toBe(50 * MIB);
  expect(message.every((byte) => byte === 0)).toBe(true);
  expect(steps).toBeGreaterThan(25);
  expect(inflater.work).toBeGreaterThan(50 * MIB);
});

test('what does not compress, too', () => {
  const inflater = new Inflater(FRESH);
  const bytes = noise(3 * MIB);
  const { message, steps } = inflated(inflater, deflater().deflate(bytes), 3 * MIB);
  expect(Buffer.compare(message, bytes)).toBe(0);
  expect(steps).toBeGreaterThan(10);
});

test('blocks that hold nothing cost as much as what takes as long', () => {
  const inflater = new Inflater(FRESH);
  const { message, steps } = inflated(inflater, emptyBlocks(50_000), 100);
  expect(message).toEqual(new Uint8Array(0));
  expect(steps).toBeGreaterThan(2);
});

test('so does DEFLATE that starts anew', () => {
  const finals = concat(...Array.from({ length: 1000 }, () => hex('03 00')), hex('00'));
  for (const contextTakeover of [false, true]) {
    const inflater = new Inflater({ contextTakeover, windowBits: 15 });
    const before = inflater.work;
    expect(inflated(inflater, finals, 100).message).toEqual(new Uint8Array(0));
    expect(inflater.work - before).toBeGreaterThan(1000 * 2048);
  }
});

test('an empty message is of its receiver alone', () => {
  const inflater = new Inflater(FRESH);
  const [one, two] = [inflater.inflate(hex('00'), 1), inflater.inflate(hex('00'), 1)];
  structuredClone(one, { transfer: [one.buffer as ArrayBuffer] });
  expect(new Uint8Array(two.buffer).length).toBe(0);
  expect(inflater.inflate(deflater().deflate(prose(9)), 9)).toEqual(prose(9));
});

test('with context takeover the messages after it refer to it', () => {
  const direction = { contextTakeover: true, windowBits: 15 };
  const [inflater, sender] = [new Inflater(direction), deflater(direction)];
  for (const bytes of [prose(3 * MIB), prose(MIB), noise(MIB), prose(100)]) {
    const { message } = inflated(inflater, sender.deflate(bytes), 3 * MIB);
    expect(Buffer.compare(message, bytes)).toBe(0);
  }
});

describe('it ends', () => {
  test.each([
    ['at the limit', new Uint8Array(50 * MIB), 50 * MIB - 1, 0, 'INFLATE_LIMIT'],
    ['where it is corrupt', new Uint8Array(50 * MIB), 50 * MIB, 1, 'INFLATE_CORRUPT'],
  ])('%s', (_, bytes, limit, cut, code) => {
    const inflater = new Inflater(FRESH);
    const payload = payloadOf(bytes);
    const message = partly(inflater, payload.subarray(0, payload.length - cut), limit);
    const error = thrownBy(() => {
      while (message.step() === undefined);
    });
    expect(error).toMatchObject({ code });
    expect(error).toBeInstanceOf(InflateError);
    expect(() => message.step()).toThrow(CompressClosedError);
    expect(inflater.inflate(deflater().deflate(prose(50)), 50)).toEqual(prose(50));
  });

  test('when it is given up, or done', () => {
    const inflater = new Inflater(FRESH);
    const payload = payloadOf(new Uint8Array(20 * MIB));
    for (const steps of [0, 1, 5, 10]) {
      const message = partly(inflater, payload);
      for (let i = 0; i < steps; i++) expect(message.step() === undefined).toBe(true);
      message.cancel();
      message.cancel();
      expect(() => message.step()).toThrow(CompressClosedError);
    }
    const message = partly(inflater, payload);
    while (message.step() === undefined);
    expect(() => message.step()).toThrow(CompressClosedError);
    message.cancel();
    expect(inflater.inflate(deflater().deflate(prose(50)), 50)).toEqual(prose(50));
  });
});

test('step by step it is the same as at once', () => {
  const makers = { prose, noise, zeros: (length: number) => new Uint8Array(length) };
  const part = fc.record({
    kind: fc.constantFrom('prose', 'noise', 'zeros'),
    length: fc.integer({ min: 1, max: 700_000 }),
  });
  const messages = fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 3 });
  fc.assert(
    fc.property(messages, fc.boolean(), (all, contextTakeover) => {
      const direction = { contextTakeover, windowBits: 12 };
      const [inflater, sender] = [new Inflater(direction), deflater(direction)];
      for (const parts of all) {
        const bytes = concat(...parts.map(({ kind, length }) => makers[kind](length)));
        const { message } = inflated(inflater, sender.deflate(bytes), bytes.length);
        expect(Buffer.compare(message, bytes)).toBe(0);
      }
    }),
    { numRuns: 20 },
  );
});
