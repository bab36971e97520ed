import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { setDrivable } from '../src/driven-zlib.js';
import { CompressClosedError, Inflater, type InflatingMessage } from '../src/index.js';
import { concat, deflater, FRESH, hex, noise, prose, ROOMY, thrownBy, utf8 } from './samples.js';

afterEach(() => setDrivable(undefined));

/** Everything that can be had now, in steps of at most `most` bytes. */
function drain(message: InflatingMessage, most = 1000): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let part = message.pull(most); part !== undefined; part = message.pull(most)) {
    expect(part.length).toBeLessThanOrEqual(most);
    parts.push(part);
  }
  return concat(...parts);
}

function finish(message: InflatingMessage, most?: number): Uint8Array {
  message.end();
  const rest = drain(message, most);
  expect(message.isDone).toBe(true);
  return rest;
}

describe.each([
  ['driven', true],
  ['documented', false],
])('%s', (_, isDriven) => {
  function start(limit: number, inflater = new Inflater(FRESH)): InflatingMessage {
    setDrivable(isDriven);
    return inflater.start(limit);
  }

  test('any cut and any step give the same message', () => {
    const payload = deflater().deflate(prose(3000));
    const cutting = fc.array(fc.nat(payload.length), { maxLength: 10 });
    fc.assert(
      fc.property(cutting, fc.integer({ min: 1, max: 4000 }), (cuts, most) => {
        const message = start(3000);
        const parts: Uint8Array[] = [];
        let at = 0;
        for (const end of [...cuts.sort((a, b) => a - b), payload.length]) {
          message.push(payload.subarray(at, end));
          parts.push(drain(message, most));
          at = end;
        }
        expect(message.isDone).toBe(false);
        expect(concat(...parts, finish(message, most))).toEqual(prose(3000));
      }),
    );
  });

  test('several at once, without context takeover', () => {
    const inflater = new Inflater(FRESH);
    const texts = ['one', 'two', 'three'].map((text) => utf8(text.repeat(20)));
    const messages = texts.map(() => start(100, inflater));
    const parts: Uint8Array[][] = texts.map(() => []);
    const payloads = texts.map((text) => deflater().deflate(text));
    for (let i = 0; i < Math.max(...payloads.map((payload) => payload.length)); i++) {
      for (const [k, payload] of payloads.entries()) {
        messages[k]!.push(payload.subarray(i, i + 1));
        parts[k]!.push(drain(messages[k]!));
      }
    }
    for (const [k, message] of messages.entries()) {
      expect(concat(...parts[k]!, finish(message))).toEqual(texts[k]);
    }
  });

  test('one after the other, with context takeover, beside whole ones', () => {
    const direction = { contextTakeover: true, windowBits: 12 };
    const inflater = new Inflater(direction);
    const sender = deflater(direction);
    for (let round = 0; round < 3; round++) {
      const message = start(ROOMY, inflater);
      const parts: Uint8Array[] = [];
      for (const byte of sender.deflate(prose(500))) {
        message.push(Uint8Array.of(byte));
        parts.push(drain(message));
      }
      expect(concat(...parts, finish(message))).toEqual(prose(500));
      expect(inflater.inflate(sender.deflate(prose(700)), ROOMY)).toEqual(prose(700));
    }
  });

  test('BFINAL in the middle, with context takeover: what follows may refer to what was before', () => {
    const inflater = new Inflater({ contextTakeover: true, windowBits: 15 });
    const message = start(ROOMY, inflater);
    message.push(hex('f3 48 cd c9 c9 07 00 f2 00 11 00 00'));
    expect(concat(drain(message), finish(message))).toEqual(utf8('HelloHello'));
    expect(inflater.inflate(hex('f2 00 11 00 00'), 5)).toEqual(utf8('Hello'));
  });

  test('no part at all is not a message', () => {
    const message = start(10);
    message.end();
    expect(thrownBy(() => message.pull(10))).toMatchObject({ code: 'INFLATE_CORRUPT' });
    expect(thrownBy(() => message.pull(10))).toBeInstanceOf(CompressClosedError);
  });

  test('one that is cut off is corrupt, wherever', () => {
    const payload = deflater().deflate(prose(400));
    for (let end = 0; end < payload.length; end++) {
      const message = start(ROOMY);
      message.push(payload.subarray(0, end));
      const rest = (): unknown => {
        drain(message);
        return finish(message);
      };
      expect(thrownBy(rest)).toMatchObject({ code: 'INFLATE_CORRUPT' });
    }
  });

  test('the limit holds', () => {
    const message = start(4);
    message.push(hex('f2 48 cd c9 c9 07 00'));
    expect(thrownBy(() => finish(message))).toMatchObject({ code: 'INFLATE_LIMIT' });
  });

  test('the end and cancel end it', () => {
    const finished = start(10);
    finished.push(hex('00'));
    expect(finish(finished).length).toBe(0);
    expect(finished.pull(10)).toBeUndefined();
    const cancelled = start(10);
    cancelled.cancel();
    cancelled.cancel();
    for (const message of [finished, cancelled]) {
      expect(thrownBy(() => message.end())).toBeInstanceOf(CompressClosedError);
      expect(thrownBy(() => message.push(hex('00')))).toBeInstanceOf(CompressClosedError);
    }
  });
});

test('nothing is inflated that nobody asks for', () => {
  const bomb = deflater({}, { level: 9 }).deflate(new Uint8Array(64 << 20));
  const message = new Inflater(FRESH).start(ROOMY);
  message.push(bomb);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 100; i++) expect(message.pull(1000)?.length).toBe(1000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  expect(thrownBy(() => drain(message, 100_000))).toMatchObject({ code: 'INFLATE_LIMIT', closeCode: 1009 });
});

test('what is collected is bounded', () => {
  setDrivable(false);
  const message = new Inflater(FRESH).start(1000);
  const allowed = 2 * 1000 + 65_536;
  message.push(noise(allowed));
  expect(thrownBy(() => message.push(noise(1)))).toMatchObject({ code: 'INFLATE_LIMIT', closeCode: 1009 });
  expect(thrownBy(() => message.push(noise(1)))).toBeInstanceOf(CompressClosedError);
});
