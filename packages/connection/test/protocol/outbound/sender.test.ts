import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { goDialect } from '../../../src/protocol/go/dialect.js';
import type { OutgoingEvents, OutgoingMessage } from '../../../src/protocol/outbound/outgoing-message.js';
import { Sender, type SenderOptions } from '../../../src/protocol/outbound/sender.js';
import { SharedEncoder } from '../../../src/protocol/outbound/shared-message.js';
import { brief, bytesOf, concat, framesOf, pattern, textOf, type WireFrame } from '../../support/frames.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

const CHUNK = 4096;

function createSender(options: Partial<SenderOptions> = {}): Sender {
  return new Sender(nodePlatform, { masked: false, chunkSize: CHUNK, ...options });
}

/** The frames of one write. */
function written(sender: Sender): WireFrame[] {
  sender.fill();
  const frames = framesOf(sender.outbox.take());
  sender.outbox.taken(true);
  return frames;
}

/** The frames of one write, in short. */
function sent(sender: Sender): string[] {
  return written(sender).map(brief);
}

const ignore = (): void => {};
const nobody: OutgoingEvents = { onRoom: ignore, onStop: ignore };

/** Says `name` every time a piece is wanted. */
function listener(log: string[], name: string): OutgoingEvents {
  return { onRoom: () => log.push(name), onStop: () => log.push(`${name} stopped`) };
}

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
    const message = sender.open(2, nobody);
    sender.write(message, bytesOf('y'));
    expect(written(sender).map(({ masked }) => masked)).toEqual([true, true, true]);
    sender.end(message);
    expect(written(sender).map(({ masked }) => masked)).toEqual([true]);
  });
});

describe('compression', () => {
  const codec = new StandInCodec();
  codec.threshold = 4;

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

  test('pieces are compressed one by one if the first is worth it, and end with a frame of their own', () => {
    const sender = createSender({ codec });
    const message = sender.open(1, nobody);
    for (const piece of ['abcdef', 'gh']) sender.write(message, bytesOf(piece));
    sender.end(message);
    const frames = written(sender);
    expect(frames.map(({ opcode, rsv, fin, payload }) => [opcode, rsv, fin, textOf(payload)])).toEqual([
      [1, 4, false, 'fedcba'],
      [0, 0, false, 'hg'],
      [0, 0, true, '.'],
    ]);
    const short = sender.open(1, nobody);
    for (const piece of ['abc', 'defgh']) sender.write(short, bytesOf(piece));
    sender.end(short);
    expect(written(sender).map(({ rsv, payload }) => [rsv, textOf(payload)])).toEqual([
      [0, 'abc'],
      [0, 'defgh'],
    ]);
  });

  test('a message without pieces is the empty one, not compressed', () => {
    const sender = createSender({ codec });
    sender.end(sender.open(1, nobody));
    expect(written(sender).map(({ rsv, fin, payload }) => [rsv, fin, payload.length])).toEqual([[0, true, 0]]);
  });

  describe('elsewhere', () => {
    test('later messages wait behind, control frames do not', () => {
      const codec = new StandInCodec();
      codec.largeFrom = 5;
      let ready = 0;
      const sender = createSender({ codec, onReady: () => ready++ });
      sender.message(1, 'large');
      sender.message(1, 'abc');
      sender.message(1, 'larger');
      sender.control(9, 'ping');
      expect(sent(sender)).toEqual(['9 ping']);
      expect(sender.queuedBytes).toBe(14);
      expect([sender.isDeflating, sender.isEmpty, ready]).toEqual([true, false, 0]);
      // One at a time: the next may refer to it.
      expect(codec.later).toHaveLength(1);
      codec.later.shift()?.();
      expect(ready).toBe(1);
      expect(sent(sender)).toEqual(['1 egral', '1 cba']);
      codec.later.shift()?.();
      expect(sent(sender)).toEqual(['1 regral']);
      expect([sender.queuedBytes, sender.isDeflating, sender.isEmpty]).toEqual([0, false, true]);
    });

    test('what does not shrink goes as it is', () => {
      const codec = new StandInCodec();
      codec.largeFrom = 5;
      codec.threshold = 100;
      const sender = createSender({ codec });
      sender.message(1, 'large');
      codec.later.shift()?.();
      expect(written(sender).map(({ rsv, payload }) => [rsv, textOf(payload)])).toEqual([[0, 'large']]);
    });

    test('what is compressed when everything is dropped is dropped too', () => {
      const codec = new StandInCodec();
      codec.largeFrom = 5;
      const sender = createSender({ codec, onReady: () => expect.unreachable() });
      sender.message(1, 'large');
      sender.dropQueued();
      codec.later.shift()?.();
      expect([sent(sender), sender.queuedBytes, sender.isDeflating]).toEqual([[], 0, false]);
    });

    test('the caller may go on using its memory', () => {
      const codec = new StandInCodec();
      codec.largeFrom = 5;
      const sender = createSender({ codec });
      const bytes = bytesOf('large');
      sender.message(2, bytes);
      bytes.fill(0);
      codec.later.shift()?.();
      expect(sent(sender)).toEqual(['2 egral']);
    });
  });
});

test('what is kept track of and was dropped for a Close is not taken for sent', () => {
  const codec = new StandInCodec();
  codec.largeFrom = 100;
  const sender = createSender({ codec });
  const message = new SharedEncoder(nodePlatform).message(2, pattern(200));
  sender.message(2, pattern(200));
  sender.shared(message, true);
  sender.control(8, '');
  sender.dropQueued();
  written(sender);
  sender.passedOn();
  expect(sender.unsent).toEqual([{ message, mayBeSent: false }]);
});

describe('a message sent piece by piece', () => {
  test('a frame for each piece, the last with FIN', () => {
    const sender = createSender();
    const message = sender.open(1, nobody);
    expect(message.isBegun).toBe(false);
    sender.write(message, bytesOf('a'));
    expect(message.isBegun).toBe(false);
    sender.write(message, bytesOf(''));
    sender.write(message, bytesOf('b'));
    expect(sent(sender)).toEqual(['1+ a', '0+ b']);
    expect(message.isBegun).toBe(true);
    sender.write(message, bytesOf('c'));
    sender.end(message);
    expect(sent(sender)).toEqual(['0 c']);
  });

  test('an empty frame at the end, when all was on its way before that was known', () => {
    const sender = createSender();
    const message = sender.open(1, nobody);
    sender.write(message, bytesOf('a'));
    expect(sent(sender)).toEqual(['1+ a']);
    sender.end(message);
    expect(sent(sender)).toEqual(['0']);
  });

  test('of nothing: one empty frame', () => {
    const sender = createSender();
    sender.end(sender.open(2, nobody));
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
    const message = sender.open(2, nobody);
    sender.write(message, pattern(length));
    sender.write(message, pattern(length, 2));
    sender.end(message);
    const frames = written(sender);
    expect(frames.map(({ payload }) => payload.length)).toEqual([...lengths, ...lengths]);
    expect(frames.map(({ opcode }) => opcode)).toEqual([2, ...new Array(2 * lengths.length - 1).fill(0)]);
    expect(frames.map(({ fin }) => fin)).toEqual([...new Array(2 * lengths.length - 1).fill(false), true]);
    const content = concat(frames.map(({ payload }) => payload));
    expect(Buffer.compare(content, concat([pattern(length), pattern(length, 2)]))).toBe(0);
  });

  test('whole messages wait for its end, control frames do not', () => {
    const sender = createSender();
    const message = sender.open(1, nobody);
    sender.message(1, 'before its first piece');
    sender.write(message, bytesOf('a'));
    sender.message(2, bytesOf('bytes'));
    sender.control(9, 'ping');
    sender.write(message, bytesOf('b'));
    expect(sent(sender)).toEqual(['9 ping', '1+ a', '0+ b']);
    sender.end(message);
    expect(sent(sender)).toEqual(['0', '1 before its first piece', '2 bytes']);
  });

  test('what waits is counted', () => {
    const sender = createSender();
    const message = sender.open(1, nobody);
    sender.message(1, 'grün');
    sender.message(2, pattern(1000));
    expect(sender.queuedBytes).toBe(5 + 1000);
    sender.write(message, pattern(10));
    expect(sender.queuedBytes).toBe(5 + 1000 + 10);
    sender.end(message);
    sender.fill();
    expect(sender.queuedBytes).toBe(0);
  });

  test('what waits is a copy, but for much of it', () => {
    const sender = createSender();
    const message = sender.open(1, nobody);
    const bytes = bytesOf('before');
    sender.message(1, bytes);
    bytes.fill(0x7a);
    sender.end(message);
    expect(sent(sender)).toEqual(['1', '1 before']);
  });

  test('they take turns, and messages between them keep their place', () => {
    const sender = createSender();
    const turns: string[] = [];
    const one = sender.open(1, listener(turns, 'one'));
    const two = sender.open(1, listener(turns, 'two'));
    sender.message(1, 'between');
    const three = sender.open(2, listener(turns, 'three'));
    sender.message(1, 'last');
    expect(turns).toEqual(['one']);
    expect([one, two, three].map((message) => sender.isFull(message))).toEqual([false, true, true]);
    sender.write(one, bytesOf('1'));
    sender.end(one);
    expect(sent(sender)).toEqual(['1 1']);
    // The first hears that it has left, too.
    expect(turns.splice(0)).toEqual(['one', 'two', 'one']);
    sender.end(two);
    expect(sent(sender)).toEqual(['1', '1 between']);
    expect(turns).toEqual(['two', 'three']);
    sender.write(three, bytesOf('3'));
    sender.end(three);
    expect(sent(sender)).toEqual(['2 3', '1 last']);
  });

  test('one that ends within its turn lets the next go on', () => {
    const sender = createSender();
    const first = sender.open(1, nobody);
    const chain = Array.from({ length: 3 }, (): OutgoingMessage => {
      const message: OutgoingMessage = sender.open(1, { onRoom: () => sender.end(message), onStop: ignore });
      return message;
    });
    expect(chain).toHaveLength(3);
    sender.end(first);
    expect(sent(sender)).toEqual(['1', '1', '1', '1']);
  });

  test('the next piece is wanted when less than a chunk of it waits', () => {
    const sender = createSender();
    const turns: string[] = [];
    const message = sender.open(2, listener(turns, 'room'));
    expect([turns.splice(0), sender.isFull(message)]).toEqual([['room'], false]);
    sender.write(message, pattern(CHUNK - 1));
    expect(sender.isFull(message)).toBe(false);
    sender.write(message, pattern(1));
    expect(sender.isFull(message)).toBe(true);
    sender.fill();
    expect(turns.length).toBeGreaterThan(0);
    expect(sender.isFull(message)).toBe(false);
  });

  test('abort: before its turn it just leaves the queue', () => {
    const sender = createSender();
    const turns: string[] = [];
    const one = sender.open(1, nobody);
    const two = sender.open(1, listener(turns, 'two'));
    sender.message(1, 'after');
    expect(sender.abort(two)).toBe(true);
    sender.end(one);
    expect(sent(sender)).toEqual(['1', '1 after']);
    expect(turns).toEqual([]);
  });

  test('abort: in its turn, not begun, it lets the others go on', () => {
    const sender = createSender();
    const one = sender.open(1, nobody);
    sender.write(one, bytesOf('never sent'));
    sender.message(1, 'after');
    expect([sender.abort(one), sender.abort(one)]).toEqual([true, true]);
    sender.message(1, 'and after');
    expect(sent(sender)).toEqual(['1 after', '1 and after']);
    expect(sender.queuedBytes).toBe(0);
    expect(sender.isEmpty).toBe(true);
  });

  test('abort: half of it cannot be taken back', () => {
    const sender = createSender();
    const one = sender.open(1, nobody);
    sender.write(one, bytesOf('half'));
    expect(sent(sender)).toEqual(['1+ half']);
    expect(sender.abort(one)).toBe(false);
    expect(sent(sender)).toEqual([]);
  });

  test('the pieces given are not written to, masked or not', () => {
    for (const masked of [false, true]) {
      const sender = createSender({ masked });
      const piece = pattern(3 * CHUNK);
      const message = sender.open(2, nobody);
      sender.write(message, piece);
      sender.fill();
      sender.outbox.take();
      sender.outbox.taken(true);
      expect(Buffer.compare(piece, pattern(3 * CHUNK))).toBe(0);
    }
  });
});

test('dropQueued: what waits is gone, what is in the outbox is not', () => {
  const sender = createSender();
  const message = sender.open(1, nobody);
  sender.write(message, bytesOf('a'));
  sender.fill();
  sender.write(message, bytesOf('b'));
  sender.message(1, 'held');
  sender.dropQueued();
  sender.write(message, bytesOf('c'));
  sender.end(message);
  expect(sender.abort(message)).toBe(true);
  expect([sender.queuedBytes, sender.isEmpty]).toEqual([0, true]);
  expect(sent(sender)).toEqual(['1+ a']);
});

test('clear: everything is gone', () => {
  const sender = createSender();
  const message = sender.open(1, nobody);
  sender.write(message, bytesOf('a'));
  sender.fill();
  sender.message(1, 'held');
  sender.clear();
  expect(sender.abort(message)).toBe(true);
  expect([sender.queuedBytes, sender.outbox.bufferedAmount]).toEqual([0, 0]);
  expect(sent(sender)).toEqual([]);
});

describe('towards a Go peer', () => {
  const go = goDialect({ pacing: undefined });

  /** Frame by frame, as they leave without pacing. */
  function each(sender: Sender): WireFrame[] {
    const frames: WireFrame[] = [];
    do frames.push(...written(sender));
    while (sender.isReady || sender.outbox.length > 0);
    return frames;
  }

  test('fragments of at most 4096 bytes, all with the opcode of the message', () => {
    const sender = createSender({ go, chunkSize: 100_000 });
    const payload = pattern(10_000);
    sender.message(2, payload);
    sender.message(1, 'next');
    const frames = each(sender);
    expect(frames.map(brief).slice(0, 2)).toEqual(['2+ 4096 bytes', '2+ 4096 bytes']);
    expect(frames.map(({ fin, opcode, payload: { length } }) => [fin, opcode, length])).toEqual([
      [false, 2, 4096],
      [false, 2, 4096],
      [true, 2, 1808],
      [true, 1, 4],
    ]);
    expect(concat(frames.slice(0, 3).map((frame) => frame.payload))).toEqual(payload);
  });

  test('RSV1 on the first fragment alone', () => {
    const sender = createSender({ go, codec: new StandInCodec() });
    sender.message(2, pattern(9000));
    expect(each(sender).map(({ rsv, opcode }) => [rsv, opcode])).toEqual([
      [4, 2],
      [0, 2],
      [0, 2],
    ]);
  });

  test('piece by piece: an empty frame ends it, with the opcode too; nothing is compressed', () => {
    const sender = createSender({ go, codec: new StandInCodec() });
    const message = sender.open(1, nobody);
    sender.write(message, bytesOf('piece'));
    expect(each(sender).map(brief)).toEqual(['1+ piece']);
    sender.end(message);
    expect(each(sender).map(brief)).toEqual(['1']);
  });

  test('what is kept track of is forgotten when it was passed on, whatever queues behind it', () => {
    const sender = createSender({ go: goDialect({ pacing: 5120 }) });
    const encoder = new SharedEncoder(nodePlatform);
    const messages = [3000, 10_000, 30].map((length) => encoder.message(2, pattern(length)));
    for (const message of messages) sender.shared(message, true);
    expect(sender.unsent.map(({ mayBeSent }) => mayBeSent)).toEqual([false, false, false]);
    sender.outbox.take();
    sender.outbox.taken(true);
    sender.passedOn();
    expect(sender.unsent.map(({ message }) => message)).toEqual(messages.slice(1));
    // The peer is gone: nothing queues any more, and nothing of it was sent.
    sender.dropQueued();
    sender.giveUp();
    sender.passedOn();
    expect(sender.unsent).toEqual(messages.slice(1).map((message) => ({ message, mayBeSent: false })));
    expect(sender.unsentCount).toMatchObject({ messages: 2, mayBeSent: 0 });
  });

  test('a long text is cut as well', () => {
    const sender = createSender({ go });
    sender.message(1, 'x'.repeat(5000));
    expect(each(sender).map(brief)).toEqual(['1+ 4096 bytes', '1 904 bytes']);
  });
});

describe('what it takes to keep messages', () => {
  test('whole ones that queue count, empty ones too, until they leave', () => {
    const sender = createSender();
    const first = sender.open(2, nobody);
    for (let i = 0; i < 5; i++) sender.message(1, '');
    expect([sender.queuedBytes, sender.overhead, sender.partialOverhead]).toEqual([0, 5 * 1024, 8192]);
    sender.end(first);
    expect(sent(sender)).toHaveLength(6);
    expect([sender.overhead, sender.partialOverhead]).toEqual([0, 0]);
  });

  test('those that are dropped do not', () => {
    const sender = createSender();
    sender.open(2, nobody);
    sender.message(1, '');
    sender.dropQueued();
    expect([sender.overhead, sender.partialOverhead]).toEqual([0, 0]);
  });
});
