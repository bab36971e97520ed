import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setDrivable } from '../src/driven-zlib.js';
import { CompressClosedError, Inflater } from '../src/index.js';
import { concat, deflater, FRESH, hex, prose, ROOMY, thrownBy, utf8 } from './samples.js';

describe.each([
  ['driven', true],
  ['documented', false],
])('%s', (_way, isDriven) => {
  beforeAll(() => setDrivable(isDriven));
  afterAll(() => setDrivable(undefined));

  test('the pieces joined are one message, and each can be read at once', () => {
    const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.nat(3000).map(prose)), { maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.boolean(), (list, contextTakeover) => {
        const sender = deflater({ contextTakeover });
        const receiver = new Inflater({ windowBits: 15, contextTakeover });
        for (let round = 0; round < 2; round++) {
          const message = sender.start();
          const payloads = list.map((part) => message.push(part));
          payloads.push(message.finish());
          expect(receiver.inflate(concat(...payloads), ROOMY)).toEqual(concat(...list));
        }
      }),
    );
  });

  test('a piece refers to those before it', () => {
    const message = deflater().start();
    expect(message.push(prose(2000)).length).toBeGreaterThan(200);
    expect(message.push(prose(2000)).length).toBeLessThan(100);
  });

  test('an empty piece is nothing, the end alone is the empty message', () => {
    const message = deflater().start();
    expect(message.push(new Uint8Array(0)).length).toBe(0);
    expect(message.finish()).toEqual(hex('00'));
    expect(thrownBy(() => message.push(utf8('x')))).toBeInstanceOf(CompressClosedError);
    expect(thrownBy(() => message.finish())).toBeInstanceOf(CompressClosedError);
  });

  test('several at once, without context takeover', () => {
    const sender = deflater();
    const messages = [sender.start(), sender.start()];
    const payloads = messages.map(() => [] as Uint8Array[]);
    for (let i = 0; i < 3; i++) {
      for (const [k, message] of messages.entries()) payloads[k]!.push(message.push(prose(100 * (k + 1))));
    }
    for (const [k, message] of messages.entries()) {
      const payload = concat(...payloads[k]!, message.finish());
      const text = prose(100 * (k + 1));
      expect(new Inflater(FRESH).inflate(payload, ROOMY)).toEqual(concat(text, text, text));
    }
  });

  test('with context takeover no other before its end', () => {
    const sender = deflater({ contextTakeover: true });
    const message = sender.start();
    expect(thrownBy(() => sender.tryDeflate(prose(2000)))).toBeInstanceOf(CompressClosedError);
    message.finish();
    expect(sender.tryDeflate(prose(2000))).toBeDefined();
  });

  test('nothing refers to one that was given up', () => {
    const direction = { contextTakeover: true, windowBits: 15 };
    const sender = deflater(direction);
    const message = sender.start();
    message.push(prose(2000));
    message.cancel();
    message.cancel();
    const payload = sender.deflate(prose(2000));
    expect(new Inflater(direction).inflate(payload, ROOMY)).toEqual(prose(2000));
  });

  test('one that is under way when its deflater is closed gives its memory back at its end', () => {
    const sender = deflater();
    const message = sender.start();
    sender.close();
    message.push(prose(2000));
    message.finish();
    expect(thrownBy(() => message.push(prose(1)))).toBeInstanceOf(CompressClosedError);
  });
});
