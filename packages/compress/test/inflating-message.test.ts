import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CompressClosedError, Inflater } from '../src/index.js';
import { deflater, FRESH, hex, noise, prose, ROOMY, thrownBy, utf8 } from './samples.js';

test('any cut gives the same message', () => {
  const payload = deflater().deflate(prose(3000));
  const inflater = new Inflater(FRESH);
  fc.assert(
    fc.property(fc.array(fc.nat(payload.length), { maxLength: 10 }), (cuts) => {
      const message = inflater.start(3000);
      let start = 0;
      for (const end of [...cuts.sort((a, b) => a - b), payload.length]) {
        message.push(payload.subarray(start, end));
        start = end;
      }
      expect(message.length).toBe(payload.length);
      expect(message.finish()).toEqual(prose(3000));
    }),
  );
});

test('parts are copied, so the caller may go on using them', () => {
  const message = new Inflater(FRESH).start(5);
  const part = hex('f2 48 cd c9');
  message.push(part);
  part.fill(0);
  message.push(hex('c9 07 00'));
  expect(message.finish()).toEqual(utf8('Hello'));
});

test('several at once, without context takeover', () => {
  const inflater = new Inflater(FRESH);
  const texts = ['one', 'two', 'three'].map((text) => utf8(text.repeat(20)));
  const messages = texts.map(() => inflater.start(100));
  const payloads = texts.map((text) => deflater().deflate(text));
  for (let i = 0; i < Math.max(...payloads.map((payload) => payload.length)); i++) {
    for (const [k, payload] of payloads.entries()) messages[k]?.push(payload.subarray(i, i + 1));
  }
  expect(messages.map((message) => message.finish())).toEqual(texts);
});

test('one after the other, with context takeover', () => {
  const direction = { contextTakeover: true, windowBits: 12 };
  const inflater = new Inflater(direction);
  const sender = deflater(direction);
  for (let round = 0; round < 3; round++) {
    const message = inflater.start(ROOMY);
    for (const byte of sender.deflate(prose(500))) message.push(Uint8Array.of(byte));
    expect(message.finish()).toEqual(prose(500));
  }
});

test('no part at all is not a message', () => {
  expect(thrownBy(() => new Inflater(FRESH).start(10).finish())).toMatchObject({ code: 'INFLATE_CORRUPT' });
});

test('the limit holds', () => {
  const message = new Inflater(FRESH).start(4);
  message.push(hex('f2 48 cd c9 c9 07 00'));
  expect(thrownBy(() => message.finish())).toMatchObject({ code: 'INFLATE_LIMIT' });
});

test('what is collected is bounded', () => {
  const message = new Inflater(FRESH).start(1000);
  const allowed = 2 * 1000 + 65_536;
  message.push(noise(allowed));
  expect(thrownBy(() => message.push(noise(1)))).toMatchObject({ code: 'INFLATE_LIMIT', closeCode: 1009 });
  expect(message.length).toBe(0);
  expect(thrownBy(() => message.push(noise(1)))).toBeInstanceOf(CompressClosedError);
});

test('finish and cancel end it', () => {
  const inflater = new Inflater(FRESH);
  const finished = inflater.start(10);
  finished.push(hex('00'));
  expect(finished.finish().length).toBe(0);
  const cancelled = inflater.start(10);
  cancelled.cancel();
  cancelled.cancel();
  for (const message of [finished, cancelled]) {
    expect(thrownBy(() => message.finish())).toBeInstanceOf(CompressClosedError);
    expect(thrownBy(() => message.push(hex('00')))).toBeInstanceOf(CompressClosedError);
  }
});
