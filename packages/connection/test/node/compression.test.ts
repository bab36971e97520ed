import { COMPRESS_KINDS, CompressOptionError } from '@webson/compress';
import { HandshakeFailure } from '@webson/handshake';
import { describe, expect, it } from 'vitest';
import { compressionOf } from '../../src/node/compression.js';
import { wrongCompression } from '../../src/node/wrong-compression.js';
import { ConfigError, MessageTooLargeError, ProtocolError } from '../../src/protocol/contract/errors.js';
import type { MessageCodec, SlicedInflation } from '../../src/protocol/contract/message-codec.js';

const environment = { maxUnread: 1 << 20, later: setImmediate };
const client = compressionOf({ enableCompress: { threshold: 0 } }, 'client', environment);
const server = compressionOf({ enableCompress: { threshold: 0 } }, 'server', environment);

function agree(): [MessageCodec, MessageCodec] {
  const answer = server.support.answer(client.support.offer());
  if (answer === undefined) throw new Error('declined');
  return [client.codec(client.support.accept(answer.extension)), server.codec(answer.settings)];
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('compressionOf', () => {
  it('throws an error that says which option is wrong, of which its caller makes a ConfigError', () => {
    const error = thrownBy(() => compressionOf({ enableCompress: { windowBits: 99 } }, 'client', environment));
    expect(error).toBeInstanceOf(CompressOptionError);
    expect(wrongCompression(error, COMPRESS_KINDS)).toEqual(
      new ConfigError('enableCompress.windowBits: an integer from 8 to 15 expected, got 99'),
    );
  });

  it('carries messages both ways', () => {
    const message = new TextEncoder().encode('over and '.repeat(50));
    const codecs = agree();
    for (const [from, to] of [codecs, [...codecs].reverse() as [MessageCodec, MessageCodec]]) {
      const deflated = from.deflate(message) as Uint8Array;
      expect(deflated.length).toBeLessThan(message.length);
      expect(Buffer.compare(to.inflate(deflated, message.length) as Uint8Array, message)).toBe(0);
    }
    for (const codec of codecs) codec.close();
  });

  it('counts what deflating costs', () => {
    const codec = agree()[0];
    codec.deflate(new Uint8Array(1000));
    expect(codec.work).toBe(8000);
    const slow = compressionOf({ enableCompress: { threshold: 500, level: 6 } }, 'client', environment);
    const other = slow.codec(slow.support.accept(server.support.answer(slow.support.offer())!.extension));
    for (const length of [499, 500]) other.deflate(new Uint8Array(length));
    expect(other.work).toBe(50_000);
    for (const each of [codec, other]) each.close();
  });

  it('refuses corrupt data with 1007, and more than the limit with 1009', () => {
    const [left, right] = agree();
    const deflated = left.deflate(new Uint8Array(10_000)) as Uint8Array;
    const large = thrownBy(() => right.inflate(deflated, 9_999));
    expect(large).toBeInstanceOf(MessageTooLargeError);
    expect(large).toMatchObject({ closeCode: 1009, message: expect.stringContaining('9999') });
    const [, other] = agree();
    const corrupt = thrownBy(() => other.inflate(new Uint8Array([0xff, 0xff, 0xff]), 100));
    expect(corrupt).toBeInstanceOf(ProtocolError);
    expect(corrupt).toMatchObject({ closeCode: 1007 });
    for (const codec of [left, right, other]) codec.close();
  });

  it('inflates a large message step by step, and blames the peer for what goes wrong in one', () => {
    const [left, right] = agree();
    const deflated = left.deflate(new Uint8Array(8 << 20)) as Uint8Array;
    const before = right.work;
    const large = right.inflate(deflated, 8 << 20) as SlicedInflation;
    let message: Uint8Array | undefined;
    let steps = 0;
    for (; message === undefined; steps++) message = large.step();
    expect([message.length, steps > 2, right.work - before > 8 << 20]).toEqual([8 << 20, true, true]);

    const tooLarge = right.inflate(deflated, (8 << 20) - 1) as SlicedInflation;
    const error = thrownBy(() => {
      while (tooLarge.step() === undefined);
    });
    expect(error).toBeInstanceOf(MessageTooLargeError);
    const other = right.inflate(deflated, 8 << 20) as SlicedInflation;
    other.cancel();
    expect(
      Buffer.compare(right.inflate(left.deflate(new Uint8Array(2000))!, 2000) as Uint8Array, Buffer.alloc(2000)),
    ).toBe(0);
    for (const codec of [left, right]) codec.close();
  });

  it('fails an answer that makes no sense, and passes over an offer that does not', () => {
    const bad = { name: 'permessage-deflate', params: [{ name: 'server_max_window_bits', value: '99' }] };
    expect(thrownBy(() => client.support.accept(bad))).toBeInstanceOf(HandshakeFailure);
    expect(server.support.answer([bad])).toBeUndefined();
  });
});
