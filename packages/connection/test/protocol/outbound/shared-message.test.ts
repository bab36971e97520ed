import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import type { MessageCodec } from '../../../src/protocol/contract/message-codec.js';
import { Outbox } from '../../../src/protocol/outbound/outbox.js';
import {
  SharedEncoder,
  type SharedFrame,
  type SharedMessage,
  SharedRun,
} from '../../../src/protocol/outbound/shared-message.js';
import { brief, bytesOf, framesOf, textOf } from '../../support/frames.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

/** A codec that counts its work. */
class CountingCodec extends StandInCodec {
  readonly sharedKey: string | undefined;
  count = 0;

  constructor(sharedKey: string | undefined) {
    super();
    this.sharedKey = sharedKey;
  }

  override deflate(payload: Uint8Array): Uint8Array | undefined {
    this.count++;
    return payload.length < 3 ? undefined : bytesOf(`${textOf(payload)[0]}!`);
  }
}

const encoder = (): SharedEncoder => new SharedEncoder(nodePlatform);
const frameOf = (message: SharedMessage, codec?: MessageCodec): SharedFrame => message.frame(codec)!;
const sent = (outbox: Outbox): string[] => {
  const frames = framesOf(outbox.take()).map(brief);
  outbox.taken(true);
  return frames;
};

describe('a message', () => {
  test('is framed once; text is UTF-8', () => {
    const message = encoder().message(1, 'ünï');
    expect([message.size, textOf(message.bytes)]).toEqual([5, 'ünï']);
    const frame = frameOf(message);
    expect(frameOf(message)).toBe(frame);
    expect(framesOf([frame.block.view(frame.start, frame.end)]).map(brief)).toEqual(['1 ünï']);
  });

  test('is compressed once for all codecs with the same key', () => {
    const message = encoder().message(1, 'hello');
    const [a, b, other] = [new CountingCodec('k'), new CountingCodec('k'), new CountingCodec('l')];
    expect(frameOf(message, b)).toBe(frameOf(message, a));
    expect(frameOf(message, other)).not.toBe(frameOf(message, a));
    expect([a.count, b.count, other.count]).toEqual([0, 1, 1]);
  });

  test('that does not shrink goes plain, also on connections with a codec', () => {
    const message = encoder().message(1, 'hi');
    expect(frameOf(message, new CountingCodec('k'))).toBe(frameOf(message));
  });

  test('has no frame for a codec that remembers what went before', () => {
    const message = encoder().message(1, 'hello');
    const codec = new CountingCodec(undefined);
    expect(message.frame(codec)).toBeUndefined();
    expect(codec.count).toBe(0);
  });

  test('a large one has memory to itself', () => {
    const shared = encoder();
    const large = frameOf(shared.message(2, new Uint8Array(100_000)));
    expect([large.block.isExact, large.block.bytes.length]).toEqual([true, 100_010]);
    expect(frameOf(shared.message(2, new Uint8Array(10))).block).not.toBe(large.block);
  });

  test('blocks are followed by others when they are full', () => {
    const shared = encoder();
    const frames = Array.from({ length: 100 }, () => frameOf(shared.message(2, new Uint8Array(2000).fill(7))));
    expect(new Set(frames.map(({ block }) => block)).size).toBe(4);
    for (const { block, start, end } of frames) expect(framesOf([block.view(start, end)])).toHaveLength(1);
  });
});

describe('in an outbox', () => {
  test('messages back to back are one part, the same for all', () => {
    const shared = encoder();
    const outboxes = [new Outbox(nodePlatform, false), new Outbox(nodePlatform, false)];
    for (const text of ['one', 'two']) {
      const message = shared.message(1, text);
      for (const outbox of outboxes) outbox.addShared(frameOf(message));
    }
    const [first, second] = outboxes.map((outbox) => outbox.take());
    expect(first).toHaveLength(1);
    expect(second![0]).toBe(first![0]);
    expect(framesOf(first!).map(brief)).toEqual(['1 one', '1 two']);
  });

  test('what is of its own stays where it was between them', () => {
    const shared = encoder();
    const outbox = new Outbox(nodePlatform, false);
    outbox.addShared(frameOf(shared.message(1, 'a')));
    outbox.addText(0x81, 'own');
    outbox.addShared(frameOf(shared.message(1, 'b')));
    outbox.addShared(frameOf(shared.message(2, new Uint8Array(9000).fill(65))));
    outbox.addFrame(0x82, bytesOf('c'));
    expect([outbox.messages, outbox.length]).toEqual([5, 3 + 5 + 3 + 9004 + 3]);
    expect(sent(outbox)).toEqual(['1 a', '1 own', '1 b', '2 9000 bytes', '2 c']);
  });

  test('a run grows for all that take part, until something else happens to one', () => {
    const shared = encoder();
    const [a, b] = [new Outbox(nodePlatform, false), new Outbox(nodePlatform, false)];
    const first = shared.message(1, 'one');
    for (const outbox of [a, b]) outbox.addShared(frameOf(first));
    const run = new SharedRun(frameOf(first));
    expect([a.attach(run, 'a'), b.attach(run, 'b')]).toEqual([true, true]);
    expect(run.append(shared.message(1, 'two'))).toBe(true);
    expect([a.length, a.bufferedAmount, a.messages, a.total]).toEqual([10, 10, 2, 10]);
    b.addText(0x81, 'own');
    expect(run.left).toEqual(['b']);
    expect(run.append(shared.message(1, 'three'))).toBe(true);
    expect(sent(a)).toEqual(['1 one', '1 two', '1 three']);
    expect(sent(b)).toEqual(['1 one', '1 two', '1 own']);
    expect(run.left).toEqual(['b', 'a']);
    expect(run.append(shared.message(1, 'too late'))).toBe(true);
    expect([a.length, b.length]).toEqual([0, 0]);
  });

  test('with something else queued, or a slow transport, it takes part in none', () => {
    const shared = encoder();
    const outbox = new Outbox(nodePlatform, false);
    outbox.addText(0x81, 'own');
    const frame = frameOf(shared.message(1, 'x'));
    outbox.addShared(frame);
    expect(outbox.attach(new SharedRun(frame), 0)).toBe(false);
    outbox.take();
    outbox.taken(false);
    const next = frameOf(shared.message(1, 'y'));
    outbox.addShared(next);
    expect(outbox.attach(new SharedRun(next), 0)).toBe(false);
    expect([outbox.messages, outbox.messagesInFlight, outbox.passedOn, outbox.handedOver]).toEqual([1, 2, 0, 8]);
  });

  test('a run takes no message that lies elsewhere', () => {
    const shared = encoder();
    const run = new SharedRun(frameOf(shared.message(1, 'one')));
    frameOf(shared.message(1, 'to somebody else'));
    expect(run.append(shared.message(1, 'two'))).toBe(false);
  });
});
