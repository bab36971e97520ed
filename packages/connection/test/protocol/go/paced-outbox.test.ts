import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { goDialect } from '../../../src/protocol/go/dialect.js';
import { PacedOutbox } from '../../../src/protocol/go/paced-outbox.js';
import { brief, bytesOf, concat, framesOf, pattern, type WireFrame } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';

const FIN = 0x80;
const BINARY = FIN | 2;
const CLOSE = FIN | 8;
const PING = FIN | 9;
const PONG = FIN | 10;

interface Options {
  pacing?: number | undefined;
  masked?: boolean;
  isHeld?: boolean;
  secret?: Uint8Array;
}

function create({ masked = false, isHeld = false, secret, ...options }: Options = {}): PacedOutbox {
  const pacing = 'pacing' in options ? options.pacing : 5120;
  return new PacedOutbox(nodePlatform, masked, secret, { pacing }, isHeld);
}

/** The frames of one write. */
function written(outbox: PacedOutbox): WireFrame[] {
  const parts = outbox.take();
  outbox.taken(true);
  return framesOf(parts);
}

/** The same in short, a ping of the outbox's own as 'sync'. */
function sent(outbox: PacedOutbox): string[] {
  return written(outbox).map((frame) => (isSync(frame) ? 'sync' : brief(frame)));
}

function isSync({ opcode, payload }: WireFrame): boolean {
  return opcode === 9 && payload[0] === 0xff;
}

/** Bytes of as much of one write as is not a ping of the outbox's own, and the pong to that. */
function batch(outbox: PacedOutbox): { length: number; pong: Uint8Array | undefined } {
  const parts = outbox.take();
  outbox.taken(true);
  return { length: concat(parts).length, pong: framesOf(parts).find(isSync)?.payload };
}

describe('pacing', () => {
  test('a write ends in a ping; the next waits for the pong', () => {
    const outbox = create();
    outbox.addText(FIN | 1, 'one');
    outbox.addFrame(BINARY, bytesOf('two'));
    expect([outbox.length, outbox.sendable, outbox.isWaiting]).toEqual([10, 10, false]);
    const first = written(outbox);
    expect(first.slice(0, 2).map(brief)).toEqual(['1 one', '2 two']);
    expect([first.length, isSync(first[2] as WireFrame)]).toEqual([3, true]);
    outbox.addText(FIN | 1, 'three');
    expect([outbox.length, outbox.sendable, outbox.isWaiting]).toEqual([7, 0, true]);
    expect(sent(outbox)).toEqual([]);
    expect(outbox.acknowledge((first[2] as WireFrame).payload)).toBe(true);
    expect(outbox.isWaiting).toBe(false);
    expect(sent(outbox)).toEqual(['1 three', 'sync']);
  });

  test('each ping has a number of its own: a pong that comes twice is not taken for the next', () => {
    const outbox = create();
    outbox.addText(PING, 'mine');
    outbox.addText(FIN | 1, 'one');
    const { pong } = batch(outbox);
    expect(outbox.acknowledge(pong as Uint8Array)).toBe(true);
    outbox.addText(FIN | 1, 'two');
    batch(outbox);
    expect(outbox.acknowledge(pong as Uint8Array)).toBe(false);
    expect(outbox.isWaiting).toBe(true);
  });

  test("the pong to another's ping is not its own", () => {
    const outbox = create();
    outbox.addText(PING, 'mine');
    const [ping, sync] = written(outbox) as [WireFrame, WireFrame];
    expect(outbox.acknowledge(ping.payload)).toBe(false);
    expect(outbox.acknowledge(sync.payload)).toBe(true);
    expect(outbox.acknowledge(bytesOf('nobody asked'))).toBe(false);
  });

  test('an empty pong counts when it is the last that is due', () => {
    const outbox = create();
    outbox.addText(PING, 'mine');
    batch(outbox);
    const empty = new Uint8Array(0);
    expect([outbox.acknowledge(empty), outbox.isWaiting]).toEqual([false, true]);
    expect([outbox.acknowledge(empty), outbox.isWaiting]).toEqual([true, false]);
  });

  test('and a ping that has not left is not due', () => {
    const outbox = create();
    outbox.addFrame(BINARY, bytesOf('one'));
    written(outbox);
    outbox.addFrame(PING, bytesOf('waits'));
    expect(outbox.acknowledge(new Uint8Array(0))).toBe(true);
    expect(sent(outbox)).toEqual(['9 waits', 'sync']);
    expect(outbox.acknowledge(new Uint8Array(0))).toBe(false);
    expect(outbox.acknowledge(new Uint8Array(0))).toBe(true);
  });

  test('answers to pings do not wait, and ask for no answer', () => {
    const outbox = create();
    outbox.addText(PONG, 'a');
    expect(sent(outbox)).toEqual(['10 a']);
    outbox.addText(FIN | 1, 'data');
    outbox.addText(PONG, 'b');
    expect(sent(outbox)).toEqual(['10 b', '1 data', 'sync']);
    outbox.addText(PONG, 'c');
    outbox.addText(FIN | 1, 'later');
    expect(outbox.sendable).toBe(3);
    expect(sent(outbox)).toEqual(['10 c']);
  });

  test('many answers ask for one all the same, to know that they were read', () => {
    const outbox = create({ pacing: 1000 });
    let asked = 0;
    for (let i = 0; i < 100 && asked === 0; i++) {
      outbox.addFrame(PONG, pattern(20));
      asked = sent(outbox).filter((frame) => frame === 'sync').length;
    }
    expect(asked).toBe(1);
  });

  test('data that does not fit beside unread answers waits for those', () => {
    const pacing = 512;
    const outbox = create({ pacing });
    for (let i = 0; i < 3; i++) outbox.addFrame(PONG, pattern(20));
    expect(written(outbox)).toHaveLength(3);
    outbox.addFrame(BINARY, pattern(goDialect({ pacing }).frameLimit));
    const { length, pong } = batch(outbox);
    expect(length).toBe(6);
    expect(outbox.acknowledge(pong as Uint8Array)).toBe(true);
    expect(batch(outbox).length).toBeGreaterThan(goDialect({ pacing }).frameLimit);
  });

  test('nothing follows a Close, and it is the last', () => {
    const outbox = create();
    outbox.addText(CLOSE, '');
    outbox.addText(FIN | 1, 'data');
    expect(sent(outbox)).toEqual(['1 data', '8']);
    outbox.addText(PONG, 'x');
    expect(sent(outbox)).toEqual(['10 x']);
  });

  test('giveUp: data is dropped, and told of; a Close leaves', () => {
    const outbox = create({ isHeld: true });
    outbox.addText(1, 'begun');
    outbox.addText(FIN | 1, 'data');
    outbox.addText(PING, '');
    outbox.addText(CLOSE, '');
    outbox.addText(PONG, 'x');
    expect(outbox.giveUp()).toEqual({ messages: 1, bytes: 15 });
    expect([outbox.length, outbox.sendable, outbox.messages]).toEqual([5, 5, 0]);
    expect([sent(outbox), sent(outbox)]).toEqual([['10 x', '8'], []]);
  });

  test('a pong that does not come is asked for again, a few times, at ever longer intervals', () => {
    const outbox = create();
    expect(outbox.wait).toBeUndefined();
    outbox.addFrame(BINARY, pattern(4000));
    outbox.addFrame(BINARY, pattern(4000));
    let onTheWay = batch(outbox).length;
    const waits: number[] = [];
    for (;;) {
      const { wait } = outbox;
      expect(wait?.ms).toBe(0);
      waits.push(wait?.pongTimeouts ?? 0);
      if (!outbox.waited()) break;
      expect(outbox.wait).not.toBe(wait);
      expect(outbox.sendable).toBe(6);
      const parts = outbox.take();
      outbox.taken(true);
      onTheWay += concat(parts).length;
      expect(framesOf(parts).map(isSync)).toEqual([true]);
      expect(outbox.sendable).toBe(0);
    }
    expect(waits).toEqual([1, 1, 1, 4, 16, 64, 256]);
    expect(onTheWay).toBeLessThanOrEqual(5120);
  });

  test('the answer to any of them is enough, and one that comes later is none to what was sent since', () => {
    const outbox = create();
    outbox.addFrame(BINARY, pattern(4000));
    outbox.addFrame(BINARY, pattern(4000));
    const first = batch(outbox).pong as Uint8Array;
    outbox.waited();
    const again = batch(outbox).pong as Uint8Array;
    expect(outbox.acknowledge(first)).toBe(true);
    // What asked again may not be read yet.
    expect(outbox.unread).toBe(10 - 4);
    expect(outbox.wait).toBeUndefined();
    const next = batch(outbox).pong as Uint8Array;
    const wait = outbox.wait;
    expect(outbox.acknowledge(again)).toBe(true);
    expect(outbox.wait).toBe(wait);
    expect(outbox.unread).toBe(4000 + 4 + 6);
    expect(outbox.acknowledge(next)).toBe(true);
    expect([outbox.wait, outbox.unread]).toEqual([undefined, 0]);
  });

  test('one that asks again and has not left is not followed by another', () => {
    const outbox = create();
    outbox.addFrame(BINARY, pattern(10));
    batch(outbox);
    outbox.waited();
    outbox.waited();
    expect(sent(outbox)).toEqual(['sync']);
    outbox.waited();
    const { length } = batch(outbox);
    expect([length, outbox.sendable]).toEqual([6, 0]);
  });

  test('an answer that comes before it has left takes it back', () => {
    const outbox = create();
    outbox.addFrame(BINARY, pattern(10));
    const { pong } = batch(outbox);
    outbox.waited();
    expect(outbox.acknowledge(pong as Uint8Array)).toBe(true);
    expect([outbox.sendable, sent(outbox)]).toEqual([0, []]);
  });

  test('where pongs are empty, each of them counts for one ping, whichever were lost', () => {
    const outbox = create();
    const empty = new Uint8Array(0);
    outbox.addFrame(BINARY, pattern(3000));
    outbox.addFrame(BINARY, pattern(4000));
    batch(outbox);
    outbox.waited();
    batch(outbox);
    expect(outbox.acknowledge(empty)).toBe(true);
    expect(outbox.isWaiting).toBe(false);
    // There may come a pong to the second ping, or not.
    expect(sent(outbox).map((frame) => frame.slice(0, 6))).toEqual(['2 4000', 'sync', 'sync']);
    expect([outbox.acknowledge(empty), outbox.isWaiting]).toEqual([true, true]);
    expect([outbox.acknowledge(empty), outbox.isWaiting]).toEqual([true, false]);
  });

  test('there is room for answers to pings beside all that waits, and no more than that', () => {
    const outbox = create();
    for (let i = 0; i < 60; i++) outbox.addFrame(BINARY, pattern(100));
    batch(outbox);
    expect([outbox.fits(4), outbox.fits(125), create({ pacing: undefined }).fits(125)]).toEqual([true, false, true]);
    let pongs = 0;
    while (outbox.fits(4)) {
      outbox.addFrame(PONG, pattern(4));
      pongs++;
    }
    expect(pongs).toBeGreaterThanOrEqual(5);
    expect(outbox.unread + outbox.sendable + 131).toBeLessThanOrEqual(5120);
  });

  test('where the peer answers no more, what is queued leaves, a batch at a time, and then the Close', () => {
    const outbox = create();
    for (let i = 0; i < 3; i++) outbox.addFrame(BINARY, pattern(3000));
    outbox.addText(CLOSE, '');
    expect(sent(outbox)).toEqual(['2 3000 bytes', 'sync']);
    outbox.expectNoAnswer(true);
    const seen: string[][] = [];
    while (outbox.length > 0) {
      if (outbox.wait !== undefined) {
        expect(outbox.wait.pongTimeouts).toBe(0);
        expect(outbox.wait.ms).toBeGreaterThan(0);
        expect(outbox.sendable).toBe(0);
        expect(outbox.waited()).toBe(true);
      }
      seen.push(sent(outbox));
    }
    expect(seen).toEqual([['2 3000 bytes'], ['2 3000 bytes', '8']]);
  });

  test('a Close does not wait when nothing is before it', () => {
    const outbox = create();
    outbox.addFrame(BINARY, pattern(4000));
    batch(outbox);
    outbox.expectNoAnswer(false);
    outbox.addFrame(CLOSE, pattern(125));
    expect([outbox.wait, sent(outbox)[0]?.slice(0, 1)]).toEqual([undefined, '8']);
  });

  test('at once, where it fits beside what is not read', () => {
    const outbox = create();
    outbox.expectNoAnswer(true);
    outbox.addText(FIN | 1, 'one');
    outbox.addText(FIN | 1, 'two');
    outbox.addText(CLOSE, '');
    expect(outbox.wait).toBeUndefined();
    expect(sent(outbox)).toEqual(['1 one', '1 two', '8']);
  });

  test('counts what it hands over, but for pongs and pings of its own', () => {
    const outbox = create();
    outbox.addFrame(BINARY, pattern(3000));
    outbox.addFrame(BINARY, pattern(3000));
    outbox.addFrame(PONG, pattern(3));
    expect([outbox.total, outbox.handedOver, outbox.passedOn]).toEqual([6008, 0, 0]);
    outbox.take();
    outbox.taken(false);
    expect([outbox.total, outbox.handedOver, outbox.passedOn]).toEqual([6008, 3004, 0]);
    outbox.drained();
    expect([outbox.total, outbox.handedOver, outbox.passedOn]).toEqual([6008, 3004, 3004]);
  });

  propertyTest(
    'never more on the way than allowed, nothing lost, nothing out of order',
    300,
    fc.property(
      fc.record({
        masked: fc.boolean(),
        pacing: fc.integer({ min: 512, max: 8000 }),
        secret: fc.option(fc.uint8Array({ minLength: 8, maxLength: 8 }), { nil: undefined }),
        steps: fc.array(
          fc.oneof(
            { weight: 3, arbitrary: fc.record({ data: fc.double({ min: 0, max: 1, noNaN: true }) }) },
            { weight: 4, arbitrary: fc.constant('write' as const) },
            { weight: 3, arbitrary: fc.constant('read' as const) },
            { weight: 3, arbitrary: fc.constant('pong' as const) },
            { weight: 1, arbitrary: fc.constant('ping' as const) },
            { weight: 1, arbitrary: fc.constant('their ping' as const) },
            { weight: 2, arbitrary: fc.constant('wait' as const) },
            { weight: 1, arbitrary: fc.constantFrom('mute' as const, 'loud' as const) },
            { weight: 1, arbitrary: fc.constantFrom('close' as const, 'wait' as const) },
          ),
          { maxLength: 80 },
        ),
        isEmpty: fc.boolean(),
      }),
      ({ masked, pacing, secret, steps, isEmpty }) => {
        const outbox = create({ masked, pacing, ...(secret === undefined ? {} : { secret }) });
        const limit = goDialect({ pacing }).frameLimit;
        let id = 0;
        let onTheWay = 0;
        // The peer answers pings when it reads them, unless it may not write.
        let unanswered: Uint8Array[] = [];
        let pongs: Uint8Array[] = [];
        let isMute = false;
        let hasClosed = false;
        const seen: number[] = [];
        const write = (): void => {
          if (outbox.sendable === 0) return;
          const parts = outbox.take();
          outbox.taken(true);
          expect(concat(parts).length).toBeGreaterThan(0);
          onTheWay += concat(parts).length;
          expect(onTheWay).toBeLessThanOrEqual(pacing);
          for (const frame of framesOf(parts, secret === undefined ? {} : { privateMask: secret })) {
            expect(frame.payload.length).toBeLessThanOrEqual(limit);
            if (frame.opcode === 9) unanswered.push(isEmpty ? new Uint8Array(0) : frame.payload);
            if (isSync(frame)) expect(hasClosed).toBe(false);
            if (frame.opcode === 2) seen.push(new DataView(frame.payload.buffer).getUint16(0));
          }
        };
        const read = (): void => {
          onTheWay = 0;
          if (!isMute && !hasClosed) pongs.push(...unanswered);
          unanswered = [];
        };
        const hear = (): void => {
          const pong = pongs.shift();
          if (pong !== undefined) outbox.acknowledge(pong);
        };
        const wait = (): void => {
          // A while is long enough for it to read.
          if (outbox.wait?.pongTimeouts === 0) read();
          outbox.waited();
        };
        for (const step of steps) {
          if (step === 'write') write();
          else if (step === 'read') read();
          else if (step === 'pong') hear();
          else if (step === 'wait') wait();
          else if (step === 'mute' || step === 'loud') isMute = step === 'mute';
          else if (step === 'close') {
            if (!hasClosed && steps.length % 3 === 0) {
              hasClosed = true;
              pongs = [];
              outbox.expectNoAnswer(true);
            }
          } else if (step === 'ping') {
            if (!outbox.isWaiting && !hasClosed) outbox.addFrame(PING, bytesOf('ping'));
          } else if (step === 'their ping') {
            if (outbox.fits(30)) outbox.addFrame(PONG, pattern(30));
          } else {
            const payload = pattern(Math.max(2, Math.round(limit * step.data)));
            new DataView(payload.buffer).setUint16(0, ++id);
            outbox.addFrame(BINARY, payload);
          }
        }
        isMute = false;
        for (let i = 0; i < 1000 && (outbox.length > 0 || outbox.wait !== undefined); i++) {
          write();
          read();
          const { length } = pongs;
          for (let j = 0; j < length; j++) hear();
          if (length === 0) wait();
        }
        expect(seen).toEqual(Array.from({ length: id }, (_, i) => i + 1));
        expect([outbox.total, outbox.wait]).toEqual([outbox.handedOver, undefined]);
      },
    ),
  );
});

describe('without pacing', () => {
  test('one frame a write, answers to pings first', () => {
    const outbox = create({ pacing: undefined });
    outbox.addText(FIN | 1, 'one');
    outbox.addText(FIN | 1, 'two');
    outbox.addText(PONG, 'x');
    expect([sent(outbox), sent(outbox), sent(outbox), sent(outbox)]).toEqual([['10 x'], ['1 one'], ['1 two'], []]);
    expect(outbox.isWaiting).toBe(false);
  });
});

describe('held', () => {
  test('nothing leaves before it is let go, not even an answer to a ping', () => {
    const outbox = create({ isHeld: true });
    outbox.addText(FIN | 1, 'data');
    outbox.addText(PONG, 'x');
    expect([outbox.sendable, outbox.isWaiting, sent(outbox)]).toEqual([0, true, []]);
    outbox.release();
    expect(sent(outbox)).toEqual(['10 x', '1 data', 'sync']);
  });

  test("but for a ping by which the peer is asked to speak; its pong, early or late, is nobody else's", () => {
    const outbox = create({ isHeld: true });
    outbox.addText(FIN | 1, 'data');
    outbox.knock();
    expect([outbox.length, outbox.sendable]).toEqual([6, 4]);
    const [knock] = written(outbox) as [WireFrame];
    expect([knock.opcode, knock.fin, sent(outbox)]).toEqual([9, true, []]);
    expect(outbox.acknowledge(knock.payload)).toBe(true);
    outbox.release();
    expect(sent(outbox)).toEqual(['1 data', 'sync']);
    expect([outbox.acknowledge(knock.payload), outbox.isWaiting]).toEqual([true, true]);
    outbox.knock();
    expect(sent(outbox)).toEqual([]);
  });

  test('a ping that has not left by then does not', () => {
    const outbox = create({ isHeld: true });
    outbox.knock();
    outbox.release();
    expect([outbox.sendable, sent(outbox)]).toEqual([0, []]);
  });
});

describe('bytes', () => {
  test('count until the transport has passed them on', () => {
    const outbox = create();
    outbox.addText(FIN | 1, 'data');
    expect([outbox.length, outbox.bufferedAmount, outbox.isBlocked]).toEqual([6, 6, false]);
    outbox.take();
    outbox.taken(false);
    expect([outbox.length, outbox.bufferedAmount, outbox.isBlocked]).toEqual([0, 12, true]);
    outbox.drained();
    expect([outbox.bufferedAmount, outbox.isBlocked]).toEqual([0, false]);
  });

  test('clear drops everything', () => {
    const outbox = create();
    for (const first of [FIN | 1, PONG, CLOSE]) outbox.addText(first, '');
    outbox.clear();
    expect([outbox.length, outbox.bufferedAmount, sent(outbox)]).toEqual([0, 0, []]);
  });

  test('the stream header is masked with the payload', () => {
    const outbox = create({ masked: true });
    outbox.addFrame(FIN | 0x20 | 2, bytesOf('body'), 0x1234);
    const [frame] = framesOf(outbox.take(), { streams: true });
    expect(frame).toMatchObject({ streamId: 0x1234, masked: true, payload: bytesOf('body') });
  });
});

test('small frames that wait lie together: each costs hardly more than its bytes', () => {
  let allocated = 0;
  const platform = {
    ...nodePlatform,
    allocate(length: number): Uint8Array {
      // What a buffer of its own takes beside its bytes, about.
      allocated += length + 400;
      return new Uint8Array(length);
    },
  };
  const outbox = new PacedOutbox(platform, true, undefined, { pacing: undefined }, true);
  for (let i = 0; i < 10_000; i++) outbox.addText(FIN | 1, `message ${i}`);
  expect(allocated).toBeLessThan(1.2 * outbox.length);
});

test('each frame that waits counts what it takes to keep it', () => {
  const outbox = create({ isHeld: true });
  for (let i = 0; i < 10; i++) outbox.addFrame(BINARY, bytesOf(''));
  expect([outbox.length, outbox.overhead]).toEqual([20, 1280]);
  outbox.clear();
  expect(outbox.overhead).toBe(0);
});
