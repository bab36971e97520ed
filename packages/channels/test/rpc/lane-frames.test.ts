import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeLong, encodeShort, isShort, type LaneMessage, LaneParser } from '../../src/rpc/lane-frames.js';

const MOST = 65_536;

function encodeAll(messages: LaneMessage[]): Uint8Array {
  const queue = messages.map((message) => (isShort(message) ? message : encodeLong(message, MOST)));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < queue.length; ) {
    const entry = queue[at] as LaneMessage;
    const { bytes, next } = isShort(entry) ? encodeShort(queue, at) : { bytes: entry as Uint8Array, next: at + 1 };
    expect(next).toBeGreaterThan(at);
    parts.push(bytes);
    at = next;
  }
  return Buffer.concat(parts);
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.nat(5000).map((length) => '\u20ac'.repeat(length)),
  fc.nat(200).map((length) => '\u{1f600}'.repeat(length)),
);
const message: fc.Arbitrary<LaneMessage> = fc.oneof(text, fc.uint8Array({ maxLength: 30 }));

test('whatever is sent arrives, however its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), fc.array(fc.nat(9000), { maxLength: 30 }), (messages, sizes) => {
      const bytes = encodeAll(messages);
      const parser = new LaneParser(MOST);
      const found: LaneMessage[] = [];
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        parser.push(bytes.subarray(at, at + size), found);
        at += size;
      }
      expect(found).toEqual(messages);
      expect(parser.isWhole).toBe(true);
    }),
  );
});

test('one byte at a time, and the bytes of a message are its own', () => {
  const messages = ['', 'a', new Uint8Array([1, 2]), 'x'.repeat(300), new Uint8Array(0), ''];
  const bytes = encodeAll(messages);
  const parser = new LaneParser(MOST);
  const found: LaneMessage[] = [];
  for (const byte of bytes) parser.push(Uint8Array.of(byte), found);
  expect(found).toEqual(messages);
  const whole: LaneMessage[] = [];
  new LaneParser(MOST).push(bytes, whole);
  bytes.fill(0);
  expect(whole).toEqual(messages);
});

test('a length that is too large is told before anything is kept for it', () => {
  const parser = new LaneParser(MOST);
  const found: LaneMessage[] = [];
  const bytes = Uint8Array.of(0, 0, 0, 1, 97, 0x7f, 0xff, 0xff, 0xff);
  expect(() => parser.push(bytes, found)).toThrow(
    expect.objectContaining({
      code: 'RPC_MESSAGE_TOO_LARGE',
      message: 'the peer has sent a message of 2147483647 bytes; maxMessageSize is 65536',
    }),
  );
  expect(found).toEqual(['a']);
});

test('text that is not UTF-8 is malformed', () => {
  expect(() => new LaneParser(MOST).push(Uint8Array.of(0, 0, 0, 1, 0xff), [])).toThrow(
    expect.objectContaining({ code: 'RPC_MALFORMED' }),
  );
});

test('what is too large is not sent: units count at once, and bytes when they are known', () => {
  const error = (length: number): unknown =>
    expect.objectContaining({
      code: 'RPC_MESSAGE_TOO_LARGE',
      message: `this is a message of ${length} bytes; maxMessageSize is ${MOST}`,
    });
  expect(() => encodeLong('\u20ac'.repeat(30_000), MOST)).toThrow(error(90_000));
  expect(() => encodeLong('a'.repeat(70_000), MOST)).toThrow(error(70_000));
  expect(() => encodeLong(new Uint8Array(70_000), MOST)).toThrow(error(70_000));
  expect(encodeLong('a'.repeat(MOST), MOST)).toHaveLength(MOST + 4);
});
