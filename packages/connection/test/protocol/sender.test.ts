import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../src/node/platform.js';
import type { MessageCodec } from '../../src/protocol/message-codec.js';
import { Sender, type SenderOptions } from '../../src/protocol/sender.js';
import { brief, bytesOf, concat, framesOf, pattern, textOf } from '../support/frames.js';

const CHUNK = 4096;

function createSender(options: Partial<SenderOptions> = {}): Sender {
  return new Sender(nodePlatform, { masked: false, chunkSize: CHUNK, ...options });
}

/** The frames of one write, in short. */
function sent(sender: Sender): string[] {
  const frames = framesOf(sender.outbox.take()).map(brief);
  sender.outbox.taken(true);
  return frames;
}

const ignore = (): void => {};

describe('whole messages', () => {
  test('one frame each, text and bytes, every type', () => {
    const sender = createSender();
    sender.message(1, 'text');
    sender.message(2, bytesOf('bytes'));
    sender.message(7, 'custom');
    sender.message(1, '');
    expect(sent(sender)).toEqual(['1 text', '2 bytes', '7 custom', '1']);
  });

  test('a large one is one frame too', () => {
    const sender = createSender();
    sender.message(2, pattern(10 * CHUNK));
    expect(sent(sender)).toEqual(['2 40960 bytes']);
  });

  test('control frames', () => {
    const sender = createSender();
    sender.control(9, 'ping');
    sender.control(10, bytesOf('pong'));
    sender.control(15, '');
    expect(sent(sender)).toEqual(['9 ping', '10 pong', '15']);
  });

  test('masked when it should be', () => {
    const sender = createSender({ masked: true });
    sender.message(1, 'x');
    sender.control(9, '');
    const message = sender.partialMessage(2, ignore);
    message.write(bytesOf('y'));
    message.end();
    expect(framesOf(sender.outbox.take()).map(({ masked }) => masked)).toEqual([true, true, true, true]);
  });
});

describe('compression', () => {
  const codec: MessageCodec = {
    deflate: (payload) => (payload.length < 4 ? undefined : payload.toReversed()),
    inflate: (payload) => payload,
    close: ignore,
  };

  test('RSV1 on what is compressed, none on what is not, none on control frames', () => {
    const sender = createSender({ codec });
    sender.message(1, 'abcd');
    sender.message(2, bytesOf('€1'));
    sender.message(1, 'abc');
    sender.control(9, 'abcd');
    const frames = framesOf(sender.outbox.take());
    expect(frames.map(({ opcode, rsv }) => [opcode, rsv])).toEqual([
      [1, 4],
      [2, 4],
      [1, 0],
      [9, 0],
    ]);
    expect(textOf(frames[0]!.payload)).toBe('dcba');
    expect(textOf(frames[1]!.payload.toReversed())).toBe('€1');
    expect(textOf(frames[3]!.payload)).toBe('abcd');
  });

  test('pieces are not compressed', () => {
    const sender = createSender({ codec });
    const message = sender.partialMessage(1, ignore);
    message.write(bytesOf('abcdef'));
    message.end();
    expect(framesOf(sender.outbox.take()).every(({ rsv }) => rsv === 0)).toBe(true);
  });
});

describe('a partial message', () => {
  test('a frame for each piece, and an empty one at the end', () => {
    const sender = createSender();
    const message = sender.partialMessage(1, ignore);
    expect(message.isBegun).toBe(false);
    message.write(bytesOf('a'));
    expect(message.isBegun).toBe(true);
    message.write(bytesOf(''));
    message.write(bytesOf('b'));
    message.end();
    expect(sent(sender)).toEqual(['1+ a', '0+', '0+ b', '0']);
  });

  test('of nothing: one empty frame', () => {
    const sender = createSender();
    sender.partialMessage(2, ignore).end();
    expect(sent(sender)).toEqual(['2']);
  });

  test.each([
    [CHUNK - 1, [CHUNK - 1]],
    [CHUNK, [CHUNK]],
    [CHUNK + 1, [CHUNK, 1]],
    [3 * CHUNK, [CHUNK, CHUNK, CHUNK]],
    [3 * CHUNK + 5, [CHUNK, CHUNK, CHUNK, 5]],
  ])('a piece of %d bytes is cut into frames of at most chunkSize', (length, lengths) => {
    const sender = createSender();
    const message = sender.partialMessage(2, ignore);
    message.write(pattern(length));
    message.write(pattern(length, 2));
    message.end();
    const frames = framesOf(sender.outbox.take());
    expect(frames.map(({ payload }) => payload.length)).toEqual([...lengths, ...lengths, 0]);
    expect(frames.map(({ opcode }) => opcode)).toEqual([2, ...new Array(2 * lengths.length).fill(0)]);
    expect(frames.map(({ fin }) => fin)).toEqual([...new Array(2 * lengths.length).fill(false), true]);
    const content = concat(frames.map(({ payload }) => payload));
    expect(Buffer.compare(content, concat([pattern(length), pattern(length, 2)]))).toBe(0);
  });

  test('whole messages wait for its end, control frames do not', () => {
    const sender = createSender();
    const message = sender.partialMessage(1, ignore);
    sender.message(1, 'before its first piece');
    message.write(bytesOf('a'));
    sender.message(2, bytesOf('bytes'));
    sender.control(9, 'ping');
    message.write(bytesOf('b'));
    expect(sent(sender)).toEqual(['1+ a', '9 ping', '0+ b']);
    message.end();
    expect(sent(sender)).toEqual(['0', '1 before its first piece', '2 bytes']);
  });

  test('what waits is counted', () => {
    const sender = createSender();
    const message = sender.partialMessage(1, ignore);
    sender.message(1, 'grün');
    sender.message(2, pattern(1000));
    expect(sender.heldBytes).toBe(5 + 1000);
    message.end();
    expect(sender.heldBytes).toBe(0);
  });

  test('partial messages take turns, and messages between them keep their place', () => {
    const sender = createSender();
    const turns: string[] = [];
    const one = sender.partialMessage(1, () => turns.push('one'));
    const two = sender.partialMessage(1, () => turns.push('two'));
    sender.message(1, 'between');
    const three = sender.partialMessage(2, () => turns.push('three'));
    sender.message(1, 'last');
    expect(turns).toEqual(['one']);
    one.write(bytesOf('1'));
    one.end();
    expect(turns).toEqual(['one', 'two']);
    two.end();
    expect(turns).toEqual(['one', 'two', 'three']);
    three.write(bytesOf('3'));
    three.end();
    expect(sent(sender)).toEqual(['1+ 1', '0', '1', '1 between', '2+ 3', '0', '1 last']);
  });

  test('one that ends within its turn lets the next go on', () => {
    const sender = createSender();
    const first = sender.partialMessage(1, ignore);
    const chain = Array.from({ length: 3 }, () => {
      const message = sender.partialMessage(1, () => queueMicrotask(() => message.end()));
      return message;
    });
    expect(chain).toHaveLength(3);
    first.end();
    return Promise.resolve()
      .then(ignore)
      .then(ignore)
      .then(() => expect(sent(sender)).toEqual(['1', '1', '1', '1']));
  });

  test('withdraw: before its turn it just leaves the queue', () => {
    const sender = createSender();
    const turns: string[] = [];
    const one = sender.partialMessage(1, ignore);
    const two = sender.partialMessage(1, () => turns.push('two'));
    sender.message(1, 'after');
    two.withdraw();
    one.end();
    expect(turns).toEqual([]);
    expect(sent(sender)).toEqual(['1', '1 after']);
  });

  test('withdraw: in its turn it lets the others go on', () => {
    const sender = createSender();
    const one = sender.partialMessage(1, ignore);
    sender.message(1, 'after');
    one.withdraw();
    one.withdraw();
    sender.message(1, 'and after');
    expect(sent(sender)).toEqual(['1 after', '1 and after']);
    expect(sender.heldBytes).toBe(0);
  });

  test('the pieces given are not written to, masked or not', () => {
    for (const masked of [false, true]) {
      const sender = createSender({ masked });
      const piece = pattern(3 * CHUNK);
      const message = sender.partialMessage(2, ignore);
      message.write(piece);
      sender.outbox.take();
      sender.outbox.taken(true);
      expect(Buffer.compare(piece, pattern(3 * CHUNK))).toBe(0);
    }
  });
});

test('dropHeld: what waits is gone, what is queued is not', () => {
  const sender = createSender();
  const message = sender.partialMessage(1, ignore);
  message.write(bytesOf('a'));
  sender.message(1, 'held');
  sender.dropHeld();
  message.withdraw();
  expect(sender.heldBytes).toBe(0);
  expect(sent(sender)).toEqual(['1+ a']);
});

test('clear: everything is gone', () => {
  const sender = createSender();
  const message = sender.partialMessage(1, ignore);
  message.write(bytesOf('a'));
  sender.message(1, 'held');
  sender.clear();
  message.withdraw();
  expect([sender.heldBytes, sender.outbox.bufferedAmount]).toEqual([0, 0]);
  expect(sent(sender)).toEqual([]);
});
