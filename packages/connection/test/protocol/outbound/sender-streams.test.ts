import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import type { FlowWindows } from '../../../src/protocol/contract/flow-entry.js';
import { goDialect } from '../../../src/protocol/go/dialect.js';
import { flowControl } from '../../../src/protocol/negotiated/stream-extension.js';
import { Sender, type SenderOptions } from '../../../src/protocol/outbound/sender.js';
import { briefOnStream, bytesOf, concat, framesOf, pattern, type WireFrame } from '../../support/frames.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

const CHUNK = 4096;
const nobody = { onRoom(): void {}, onStop(): void {} };

function create(
  options: Partial<SenderOptions> & { maxStreams?: number; windows?: FlowWindows | undefined } = {},
): Sender {
  const { maxStreams = 100, windows, ...rest } = options;
  const flow = windows && flowControl(windows, { stream: 1, connection: 1 });
  return new Sender(nodePlatform, { masked: false, chunkSize: CHUNK, streams: { maxStreams, flow }, ...rest });
}

function written(sender: Sender): WireFrame[] {
  sender.fill();
  const frames = framesOf(sender.outbox.take(), { streams: true });
  sender.outbox.taken(true);
  return frames;
}

function sent(sender: Sender): string[] {
  return written(sender).map(briefOnStream);
}

/** Everything, in as many writes as it takes. */
function all(sender: Sender): WireFrame[] {
  const frames: WireFrame[] = [];
  while (sender.isReady || sender.outbox.length > 0) frames.push(...written(sender));
  return frames;
}

/** `count` characters. */
const x = (count: number): Uint8Array => bytesOf('x'.repeat(count));

describe('frames', () => {
  test('a small message: one frame on a stream that is free again', () => {
    const sender = create();
    sender.message(1, 'text');
    sender.message(2, bytesOf('bytes'));
    sender.message(7, '');
    expect(sent(sender)).toEqual(['1: 1 text', '1: 2 bytes', '1: 7']);
  });

  test('RSV2 on all data frames, RSV1 on the first of a compressed message alone, none on control frames', () => {
    const codec = new StandInCodec();
    codec.threshold = 10;
    const sender = create({ codec });
    sender.message(2, pattern(2 * CHUNK));
    const message = sender.open(1, nobody);
    sender.write(message, bytesOf('plain'));
    sender.end(message);
    sender.control(9, 'ping');
    const frames = written(sender).map(({ opcode, rsv, streamId, fin }) => [opcode, rsv, streamId, fin]);
    expect(frames).toEqual([
      [9, 0, 0, true],
      [2, 6, 1, false],
      [1, 2, 2, true],
      [0, 2, 1, true],
    ]);
  });

  test('an id is used again only after the final frame', () => {
    const sender = create({ maxStreams: 2 });
    const [one, two, three] = [sender.open(1, nobody), sender.open(1, nobody), sender.open(1, nobody)];
    for (const message of [one, two, three]) sender.write(message, bytesOf('a'));
    expect(sent(sender)).toEqual(['1: 1+ a', '2: 1+ a']);
    sender.end(two);
    expect(sent(sender)).toEqual(['2: 0', '2: 1+ a']);
    sender.message(1, 'waits');
    sender.end(three);
    sender.end(one);
    expect(sent(sender)).toEqual(['2: 0', '1: 0', '2: 1 waits']);
  });

  test('masked, header and all', () => {
    const sender = create({ masked: true });
    sender.message(1, 'text');
    const frames = framesOf(sender.outbox.take(), { streams: true });
    expect([frames[0]?.masked, frames.map(briefOnStream)]).toEqual([true, ['1: 1 text']]);
  });
});

describe('turns', () => {
  test('messages that queue send a chunk each', () => {
    const sender = create();
    sender.message(2, pattern(3 * CHUNK));
    sender.message(2, pattern(2 * CHUNK, 2));
    const piecewise = sender.open(2, nobody);
    sender.write(piecewise, pattern(2 * CHUNK, 3));
    sender.end(piecewise);
    const frames = all(sender);
    expect(frames.map(({ streamId }) => streamId)).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(frames.every(({ payload }) => payload.length === CHUNK)).toBe(true);
    for (const [id, length] of [
      [1, 3 * CHUNK],
      [2, 2 * CHUNK],
      [3, 2 * CHUNK],
    ] as const) {
      const content = concat(frames.filter(({ streamId }) => streamId === id).map(({ payload }) => payload));
      expect(Buffer.compare(content, pattern(length, id))).toBe(0);
    }
  });

  test('control frames go ahead, and so does a small message', () => {
    const sender = create();
    sender.message(2, pattern(100 * CHUNK));
    written(sender);
    sender.message(1, 'small');
    sender.control(9, 'ping');
    const [first, second, third] = sent(sender);
    expect([first, second, third]).toEqual(['2: 1 small', '9 ping', '1: 0+ 4096 bytes']);
  });

  test('at most 64 KiB of what queues, and one chunk, go into one write', () => {
    const sender = create();
    for (let i = 0; i < 5; i++) sender.message(2, pattern(50 * CHUNK));
    let total = 0;
    while (sender.isReady) {
      const bytes = written(sender).reduce((sum, { payload }) => sum + payload.length, 0);
      expect(bytes).toBeLessThan(64 * 1024 + CHUNK);
      total += bytes;
    }
    expect(total).toBe(250 * CHUNK);
  });

  test('a small message does not overtake one that is not begun', () => {
    const sender = create();
    sender.message(2, x(CHUNK + 1));
    sender.message(1, 'small');
    expect(sent(sender)).toEqual([`1: 2+ 4096 bytes`, '2: 1 small', '1: 0 x']);
  });

  test('nor while all streams are taken', () => {
    const sender = create({ maxStreams: 1 });
    sender.message(2, x(2 * CHUNK));
    sender.message(1, 'one');
    sender.message(1, 'two');
    expect(sent(sender)).toEqual(['1: 2+ 4096 bytes', '1: 0 4096 bytes', '1: 1 one', '1: 1 two']);
  });
});

describe('cancelled', () => {
  test('begun: a cancel frame, and the others live on', () => {
    const sender = create();
    const [one, two] = [sender.open(1, nobody), sender.open(1, nobody)];
    for (const message of [one, two]) sender.write(message, bytesOf('a'));
    sender.fill();
    sender.write(one, bytesOf('never sent'));
    expect([sender.abort(one), sender.abort(one), sender.queuedBytes]).toEqual([true, true, 0]);
    sender.write(one, bytesOf('ignored'));
    sender.write(two, bytesOf('b'));
    sender.end(two);
    sender.message(1, 'more');
    expect(sent(sender)).toEqual(['1: 1+ a', '2: 1+ a', '1: cancel', '1: 1 more', '2: 0 b']);
    expect(sender.isEmpty).toBe(true);
  });

  test('the frame of it: FIN, opcode 0, nothing after the header', () => {
    const sender = create();
    const message = sender.open(1, nobody);
    sender.write(message, bytesOf('a'));
    sender.fill();
    sender.abort(message);
    expect(written(sender).at(-1)).toMatchObject({ fin: true, opcode: 0, rsv: 2, cancel: true, payload: bytesOf('') });
  });

  test('not begun: no trace', () => {
    const sender = create({ maxStreams: 1 });
    const [one, two] = [sender.open(1, nobody), sender.open(1, nobody)];
    for (const message of [one, two]) sender.write(message, bytesOf('a'));
    sender.abort(two);
    sender.abort(one);
    sender.message(1, 'next');
    expect(sent(sender)).toEqual(['1: 1 next']);
  });

  test('ended: nothing happens', () => {
    const sender = create();
    const message = sender.open(1, nobody);
    sender.end(message);
    expect(sent(sender)).toEqual(['1: 1']);
    expect(sender.abort(message)).toBe(true);
    expect(sent(sender)).toEqual([]);
  });
});

describe('windows', () => {
  const window = (streamId: number, openNumber: number, value: number) => {
    return { isStop: false, streamId, openNumber, value };
  };

  test('no more than the window of the stream, then as much as is granted', () => {
    const sender = create({ windows: { stream: 10, connection: 1000 } });
    sender.message(2, x(25));
    expect(sent(sender)).toEqual([`1: 2+ ${'x'.repeat(10)}`]);
    expect([sender.isReady, sender.isEmpty, sender.queuedBytes]).toEqual([false, false, 15]);
    sender.flow(window(1, 1, 13));
    expect(sent(sender)).toEqual(['1: 0+ xxx']);
    sender.flow(window(1, 1, 100));
    expect(sent(sender)).toEqual([`1: 0 ${'x'.repeat(12)}`]);
    expect(sender.isEmpty).toBe(true);
  });

  test('no more than the window of the connection, over all streams', () => {
    const sender = create({ windows: { stream: 100, connection: 10 } });
    sender.message(2, x(6));
    sender.message(2, x(6));
    sender.message(2, x(3));
    expect(sent(sender)).toEqual(['1: 2 xxxxxx', '1: 2+ xxxx']);
    sender.flow(window(0, 0, 13));
    // It was the turn of the third.
    expect(sent(sender)).toEqual(['2: 2 xxx']);
    sender.flow(window(0, 0, 100));
    expect(sent(sender)).toEqual(['1: 0 xx']);
  });

  test('a limit told once more puts its message first among those that wait for the connection', () => {
    for (const isToldFirst of [true, false]) {
      const sender = create({ windows: { stream: 100, connection: 15 } });
      const messages = [1, 2, 3].map(() => sender.open(2, nobody));
      for (const message of messages) sender.write(message, x(5));
      expect(all(sender)).toHaveLength(3);
      for (const message of messages) sender.write(message, x(5));
      expect(all(sender)).toEqual([]);
      if (isToldFirst) sender.flow(window(3, 3, 100));
      sender.flow(window(0, 0, 37));
      if (!isToldFirst) sender.flow(window(3, 3, 100));
      expect(all(sender).map(({ streamId }) => streamId)).toEqual([3, 1, 2]);
    }
  });

  test('what the window has left is kept for a message that is waited for, although it has no piece now', () => {
    const sender = create({ windows: { stream: 100, connection: 20 } });
    const live = sender.open(2, nobody);
    sender.write(live, x(5));
    sender.message(2, x(30));
    expect(sent(sender)).toEqual(['1: 2+ xxxxx', `2: 2+ ${'x'.repeat(15)}`]);
    sender.flow(window(0, 0, 30));
    sender.flow(window(1, 1, 100));
    // Nor is it for a message that could go at once.
    sender.message(2, x(1));
    expect(all(sender)).toEqual([]);
    sender.write(live, x(8));
    expect(sent(sender)).toEqual(['1: 0+ xxxxxxxx']);
    // The end of it leaves the others what they have.
    sender.end(live);
    expect(sent(sender)).toEqual(['1: 0']);
    sender.flow(window(0, 0, 45));
    expect(sent(sender)).toEqual([`2: 0 ${'x'.repeat(15)}`, '3: 2 x']);
  });

  test('all that are waited for share what is kept; the others have what is beyond it', () => {
    const sender = create({ windows: { stream: 100, connection: 20 } });
    const [one, two] = [sender.open(2, nobody), sender.open(2, nobody)];
    for (const message of [one, two]) sender.write(message, x(5));
    sender.message(2, x(30));
    expect(all(sender).map(({ streamId }) => streamId)).toEqual([1, 2, 3]);
    sender.flow(window(0, 0, 33));
    sender.flow(window(1, 1, 100));
    expect(sent(sender)).toEqual(['3: 0+ xxx']);
    sender.write(two, x(5));
    expect(sent(sender)).toEqual([]);
    sender.flow(window(2, 2, 100));
    expect(sent(sender)).toEqual(['2: 0+ xxxxx']);
    sender.write(one, x(8));
    expect(sent(sender)).toEqual(['1: 0+ xxxxx']);
    expect(sender.isReady).toBe(false);
  });

  test('a message that was dispatched later does not overtake one for which what is left is not', () => {
    const sender = create({ windows: { stream: 100, connection: 20 } });
    const live = sender.open(2, nobody);
    sender.write(live, x(20));
    expect(all(sender)).toHaveLength(1);
    sender.flow(window(0, 0, 30));
    sender.flow(window(1, 1, 100));
    sender.message(1, 'first');
    sender.message(1, '');
    expect(all(sender)).toEqual([]);
    sender.flow(window(0, 0, 60));
    expect(sent(sender)).toEqual(['2: 1 first', '3: 1']);
  });

  test('a repeated or lower limit changes nothing', () => {
    const sender = create({ windows: { stream: 10, connection: 10 } });
    sender.message(2, x(20));
    written(sender);
    sender.flow(window(0, 0, 10));
    sender.flow(window(0, 0, 5));
    sender.flow(window(1, 1, 10));
    sender.flow(window(1, 1, 0));
    expect(sent(sender)).toEqual([]);
  });

  test('a stale open number is ignored, and so is a stream that is not open', () => {
    const sender = create({ windows: { stream: 10, connection: 1000 } });
    sender.message(1, 'first');
    sender.message(2, x(20));
    written(sender);
    for (const openNumber of [0, 1, 3]) {
      sender.flow(window(1, openNumber, 1000));
      sender.flow({ isStop: true, streamId: 1, openNumber, value: 0 });
    }
    sender.flow(window(2, 2, 1000));
    expect([sent(sender), sender.queuedBytes]).toEqual([[], 10]);
    sender.flow(window(1, 2, 1000));
    expect(sent(sender)).toEqual([`1: 0 ${'x'.repeat(10)}`]);
  });

  test('what is not begun has no number, not even 0', () => {
    const sender = create({ windows: { stream: 10, connection: 10 } });
    sender.message(2, x(10));
    sender.message(2, x(10));
    expect(sent(sender)).toHaveLength(1);
    sender.flow({ isStop: true, streamId: 1, openNumber: 0, value: 0 });
    sender.flow(window(0, 0, 20));
    expect(sent(sender)).toEqual([`1: 2 ${'x'.repeat(10)}`]);
  });

  test('a message never overtakes one that waits for the window of the connection', () => {
    const sender = create({ windows: { stream: 10, connection: 3 } });
    sender.message(2, bytesOf('abc'));
    sender.message(2, bytesOf('1'));
    expect(sent(sender)).toEqual(['1: 2 abc']);
    sender.message(2, bytesOf(''));
    sender.message(2, bytesOf('2'));
    expect(sent(sender)).toEqual([]);
    sender.message(2, bytesOf('3'));
    sender.flow(window(0, 0, 100));
    expect(sent(sender).map((text) => text.slice(3))).toEqual(['2 1', '2', '2 2', '2 3']);
  });

  test('a final frame without payload needs no window', () => {
    const sender = create({ windows: { stream: 3, connection: 3 } });
    const message = sender.open(2, nobody);
    sender.write(message, bytesOf('abc'));
    expect(sent(sender)).toEqual(['1: 2+ abc']);
    sender.end(message);
    expect(sent(sender)).toEqual(['1: 0']);
  });

  test('STOP: a cancel frame, and who sends is told', () => {
    const sender = create({ windows: { stream: 10, connection: 1000 } });
    const log: string[] = [];
    const message = sender.open(2, { onRoom() {}, onStop: () => log.push('stop') });
    sender.write(message, x(20));
    written(sender);
    sender.flow({ isStop: true, streamId: 1, openNumber: 1, value: 0 });
    sender.flow({ isStop: true, streamId: 1, openNumber: 1, value: 0 });
    expect([log, sent(sender), sender.queuedBytes, sender.isEmpty]).toEqual([['stop'], ['1: cancel'], 0, true]);
  });

  test('STOP of a whole message', () => {
    const sender = create({ windows: { stream: 10, connection: 1000 } });
    sender.message(2, x(20));
    written(sender);
    sender.flow({ isStop: true, streamId: 1, openNumber: 1, value: 0 });
    sender.message(1, 'next');
    expect(sent(sender)).toEqual(['1: cancel', '1: 1 next']);
  });

  test('STOP after the final frame is out: nothing', () => {
    const sender = create({ windows: { stream: 10, connection: 1000 } });
    sender.message(2, x(10));
    written(sender);
    sender.flow({ isStop: true, streamId: 1, openNumber: 1, value: 0 });
    expect(sent(sender)).toEqual([]);
  });

  test('pieces are wanted only as they can be sent', () => {
    const sender = create({ chunkSize: 8, windows: { stream: 10, connection: 1000 } });
    let wanted = 0;
    const message = sender.open(2, { onRoom: () => wanted++, onStop() {} });
    expect(wanted).toBe(1);
    // A large piece is not copied: the next is wanted when it has gone.
    sender.write(message, x(20));
    written(sender);
    expect([wanted, sender.isFull(message), message.queued]).toEqual([1, true, 10]);
    sender.flow(window(1, 1, 15));
    written(sender);
    expect([wanted, sender.isFull(message), message.queued]).toEqual([1, true, 5]);
    sender.flow(window(1, 1, 22));
    written(sender);
    expect([wanted, sender.isFull(message), message.queued]).toEqual([2, false, 0]);
    // Small ones are, and wanted until there are enough of them.
    sender.write(message, x(7));
    expect(sender.isFull(message)).toBe(false);
    sender.write(message, x(7));
    expect(sender.isFull(message)).toBe(true);
    written(sender);
    expect([wanted, sender.isFull(message), message.queued]).toEqual([2, true, 12]);
    sender.flow(window(1, 1, 27));
    written(sender);
    expect([wanted, sender.isFull(message), message.queued]).toEqual([3, false, 7]);
  });
});

describe('towards a Go peer', () => {
  const go = goDialect({ pacing: undefined });

  test('a frame and its stream header have 4096 bytes together', () => {
    const sender = create({ go });
    sender.message(2, pattern(5000));
    expect(all(sender).map(briefOnStream)).toEqual(['1: 2+ 4094 bytes', '1: 2 906 bytes']);
  });

  test('a cancel has the opcode, and no FIN; its stream is not used again', () => {
    const sender = create({ go, maxStreams: 2 });
    const message = sender.open(2, nobody);
    sender.write(message, bytesOf('a'));
    all(sender);
    expect(sender.abort(message)).toBe(true);
    const [cancel] = all(sender);
    expect(cancel).toMatchObject({ opcode: 2, fin: false, cancel: true, streamId: 1, payload: new Uint8Array(0) });
    sender.message(1, 'one');
    sender.message(1, 'two');
    expect(all(sender).map(briefOnStream)).toEqual(['2: 1 one', '2: 1 two']);
  });

  test('the last stream cannot be given up', () => {
    const sender = create({ go, maxStreams: 1 });
    const message = sender.open(2, nobody);
    expect(sender.abort(message)).toBe(true);
    const begun = sender.open(2, nobody);
    sender.write(begun, bytesOf('a'));
    all(sender);
    expect(sender.abort(begun)).toBe(false);
  });

  test('one that waits for a stream gets the next that is free', () => {
    const sender = create({ go, maxStreams: 2 });
    const messages = [1, 2].map(() => sender.open(2, nobody));
    for (const message of messages) sender.write(message, bytesOf('a'));
    sender.message(1, 'waits');
    all(sender);
    sender.abort(messages[0]!);
    expect(all(sender).map(briefOnStream)).toEqual(['1: cancel']);
    sender.end(messages[1]!);
    expect(all(sender).map(briefOnStream)).toEqual(['2: 2', '2: 1 waits']);
  });
});
