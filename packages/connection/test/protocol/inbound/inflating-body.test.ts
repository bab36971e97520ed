import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Utf8Validator } from '@webson/frame';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InflatingBody, type InflatingParts, type Inflation } from '../../../src/protocol/inbound/inflating-body.js';
import { InflationTotal } from '../../../src/protocol/inbound/inflation-total.js';
import { PieceQueue } from '../../../src/protocol/inbound/piece-queue.js';
import { bytesOf, concat, pattern } from '../../support/frames.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

const STEP = 64 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A body, and what becomes of it. */
class Setup {
  readonly codec: StandInCodec;
  readonly read: Uint8Array[] = [];
  readonly faults: unknown[] = [];
  readonly starving: boolean[] = [];
  used = 0;
  stops = 0;
  isFinished = false;
  error: Error | undefined;
  readonly body: InflatingBody;

  constructor(parts: Partial<InflatingParts> = {}, codec = new StandInCodec()) {
    this.codec = codec;
    this.body = new InflatingBody({
      queue: new PieceQueue(),
      start: () => this.codec.startInflating(),
      room: this.codec.room,
      utf8: undefined,
      events: {
        onUsed: (bytes) => {
          this.used += bytes;
        },
        onStop: () => {
          this.stops++;
        },
        onStarve: (isStarving) => this.starving.push(isStarving),
        onFault: (error) => this.faults.push(error),
      },
      ...parts,
    });
    this.body.reader = {
      append: (slice) => this.read.push(slice),
      finish: () => {
        this.isFinished = true;
      },
      cancel: (error) => {
        this.error = error;
      },
    };
  }

  get unread(): number {
    return this.read.reduce((sum, { length }) => sum + length, 0);
  }

  /** Reads what is there. */
  take(): Uint8Array {
    const bytes = concat(this.read.splice(0));
    this.body.consumed(bytes.length);
    return bytes;
  }
}

/** The part that stands for these bytes. */
function part(bytes: Uint8Array): Uint8Array {
  return bytes.toReversed();
}

test('what comes is inflated as it comes, while somebody reads', () => {
  const setup = new Setup();
  expect(setup.codec.inflations).toBe(0);
  for (const text of ['one', 'two', 'three']) {
    setup.body.append(part(bytesOf(text)));
    expect(setup.take()).toEqual(bytesOf(text));
  }
  expect([setup.used, setup.isFinished, setup.codec.inflations]).toEqual([11, false, 1]);
  setup.body.finish();
  expect([setup.isFinished, setup.codec.inflations]).toEqual([true, 0]);
});

test('nothing is inflated ahead of who does not read, but for a step', () => {
  const setup = new Setup();
  const bytes = pattern(10 * STEP);
  setup.body.append(part(bytes));
  setup.body.append(part(bytes));
  setup.body.finish();
  expect(setup.unread).toBe(STEP);
  expect(setup.used).toBe(0);
  const all: Uint8Array[] = [];
  while (!setup.isFinished) {
    all.push(setup.take());
    expect(setup.unread).toBeLessThanOrEqual(2 * STEP);
  }
  expect(Buffer.compare(concat([...all, setup.take()]), concat([bytes, bytes]))).toBe(0);
  expect(setup.used).toBe(20 * STEP);
});

test('any sizes, any pace: all of it comes, in order, and every byte is used up once', () => {
  // Smaller parts that wait are put together to one: what stands in for zlib takes each by itself.
  const step = fc.oneof(fc.record({ part: fc.integer({ min: 4096, max: 200_000 }) }), fc.constant('read' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const setup = new Setup();
      const sent: Uint8Array[] = [];
      const got: Uint8Array[] = [];
      for (const next of steps) {
        if (next === 'read') {
          got.push(setup.take());
        } else {
          const bytes = pattern(next.part).fill(sent.length, 0, next.part);
          sent.push(bytes);
          if (bytes.length > 0) setup.body.append(part(bytes));
        }
        expect(setup.unread).toBeLessThanOrEqual(2 * STEP);
      }
      setup.body.finish();
      while (setup.unread > 0) got.push(setup.take());
      expect(setup.isFinished).toBe(true);
      expect(Buffer.compare(concat(got), concat(sent))).toBe(0);
      expect(setup.used).toBe(concat(sent).length);
    }),
    { numRuns: 50 },
  );
});

test('a reader that takes what it gets at once costs no stack', () => {
  const setup = new Setup();
  let length = 0;
  setup.body.reader = {
    append(slice) {
      length += slice.length;
      setup.body.consumed(slice.length);
    },
    finish() {},
    cancel() {},
  };
  for (let i = 0; i < 20; i++) setup.body.append(new Uint8Array(100 * STEP));
  for (const action of setup.codec.deferred) action();
  expect(length).toBe(2000 * STEP);
});

describe('in order, with context takeover', () => {
  function inOrder(): StandInCodec {
    return new StandInCodec({ isInOrder: true });
  }

  test('the next waits for the one before', () => {
    const codec = inOrder();
    const [first, second] = [new Setup({}, codec), new Setup({}, codec)];
    first.body.append(part(pattern(3 * STEP)));
    first.body.finish();
    second.body.append(part(bytesOf('second')));
    second.body.finish();
    expect([second.unread, codec.inflations]).toEqual([0, 1]);
    for (let i = 0; i < 3; i++) {
      expect(second.unread).toBe(0);
      first.take();
    }
    expect(first.isFinished).toBe(true);
    expect(second.take()).toEqual(bytesOf('second'));
    expect(second.isFinished).toBe(true);
  });

  test('the first is done before the second begins, whatever its reader does then', () => {
    const codec = inOrder();
    const [first, second] = [new Setup({}, codec), new Setup({}, codec)];
    const log: string[] = [];
    first.body.reader = { append() {}, finish: () => log.push('first'), cancel() {} };
    second.body.reader = { append: () => log.push('second'), finish() {}, cancel() {} };
    second.body.append(part(bytesOf('second')));
    first.body.finish();
    expect(log).toEqual(['first', 'second']);
  });

  test('one that is waited for is inflated although nobody reads it, as far as there is room', () => {
    const codec = new StandInCodec({ isInOrder: true, most: { unread: 10 * STEP, contexts: 100 } });
    const setups = [new Setup({}, codec), new Setup({}, codec), new Setup({}, codec)];
    const [first, second, third] = setups as [Setup, Setup, Setup];
    first.body.append(part(pattern(5 * STEP)));
    second.body.append(part(pattern(7 * STEP)));
    third.body.append(part(bytesOf('third')));
    for (const { body } of setups) body.finish();
    expect(first.unread).toBe(STEP);
    third.body.wanted();
    expect([first.unread, second.unread, third.unread]).toEqual([5 * STEP, 5 * STEP, 0]);
    first.take();
    second.take();
    expect(third.take()).toEqual(bytesOf('third'));
  });

  test('thousands that wait cost no stack', () => {
    const codec = inOrder();
    const first = new Setup({}, codec);
    const others = Array.from({ length: 20_000 }, () => new Setup({}, codec));
    for (const { body } of others) body.append(part(Uint8Array.of(7)));
    for (const { body } of others) body.finish();
    first.body.finish();
    expect(others.every(({ isFinished }) => isFinished)).toBe(true);
  });

  test('none that is over is kept', async () => {
    const codec = inOrder();
    const before = (() => {
      const { body } = new Setup({}, codec);
      body.finish();
      return new WeakRef(body);
    })();
    new Setup({}, codec).body.finish();
    collectGarbage();
    // Within the job that made it a WeakRef keeps what it refers to.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(before.deref()).toBeUndefined();
  });

  test('stopped, it goes on without a reader, when its turn has come', () => {
    const codec = inOrder();
    const [first, setup, third] = [new Setup({}, codec), new Setup({}, codec), new Setup({}, codec)];
    setup.body.append(part(pattern(3 * STEP)));
    setup.body.stop();
    setup.body.append(part(pattern(100)));
    setup.body.finish();
    third.body.append(part(bytesOf('third')));
    third.body.finish();
    expect([setup.used, third.unread]).toEqual([0, 0]);
    first.body.finish();
    expect([setup.unread, setup.used, setup.stops]).toEqual([0, 3 * STEP + 100, 0]);
    expect(third.take()).toEqual(bytesOf('third'));
    expect(codec.inflations).toBe(0);
  });

  test('what follows a fault ends with it, unread; what came before is read', () => {
    const codec = inOrder();
    const fault = new Error('corrupt');
    const start = (): Inflation => ({
      ...codec.startInflating(),
      pull: () => {
        throw fault;
      },
    });
    const first = new Setup({}, codec);
    const second = new Setup({ start }, codec);
    const third = new Setup({}, codec);
    first.body.append(part(pattern(3 * STEP)));
    for (const { body } of [second, third]) body.append(part(bytesOf('later')));
    for (const { body } of [first, second, third]) body.finish();
    while (!first.isFinished) first.take();
    expect([second.error, third.error]).toEqual([fault, fault]);
    expect([second.faults, third.faults, third.unread]).toEqual([[fault], [], 0]);
  });

  test('what is cut off by the end of the connection does not touch what came before', () => {
    const codec = inOrder();
    const [first, second] = [new Setup({}, codec), new Setup({}, codec)];
    const bytes = pattern(3 * STEP);
    first.body.append(part(bytes));
    first.body.finish();
    second.body.append(part(bytesOf('half')));
    const gone = new Error('gone');
    second.body.cancel(gone);
    const parts: Uint8Array[] = [];
    while (first.unread > 0) parts.push(first.take());
    expect(Buffer.compare(concat(parts), bytes)).toBe(0);
    expect([first.isFinished, first.error, second.error]).toEqual([true, undefined, gone]);
  });
});

describe('much at a time', () => {
  test('of several messages no more is inflated ahead than all may have, but for who waits', () => {
    const codec = new StandInCodec({ most: { unread: 4 * STEP, contexts: 100 } });
    const setups = Array.from({ length: 10 }, () => new Setup({}, codec));
    for (const { body } of setups) body.append(part(pattern(3 * STEP)));
    expect(setups.map(({ unread }) => unread / STEP)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(codec.room.held.unread).toBe(4 * STEP);
    setups[9]!.body.wanted();
    setups[9]!.body.wanted();
    expect(setups[9]!.unread).toBe(2 * STEP);
    for (const setup of setups) while (setup.unread > 0) setup.take();
    expect(codec.room.held.unread).toBe(0);
  });

  test('what all connections together have inflated counts, too', () => {
    const total = new InflationTotal({ unread: 2 * STEP, contexts: 100 });
    const setups = Array.from({ length: 4 }, () => new Setup({}, new StandInCodec({ total })));
    for (const { body } of setups) body.append(part(pattern(3 * STEP)));
    expect(setups.map(({ unread }) => unread / STEP)).toEqual([1, 1, 0, 0]);
    setups[3]!.body.wanted();
    expect(setups[3]!.unread).toBe(STEP);
    setups[0]!.body.cancel(new Error('gone'));
    setups[0]!.take();
    setups[1]!.body.stop();
    expect(total.now.unread).toBe(STEP);
  });

  test('few get a context that nobody waits for; whoever waits gets one', () => {
    const codec = new StandInCodec();
    const setups = Array.from({ length: 25 }, () => new Setup({}, codec));
    for (const { body } of setups) body.append(part(pattern(2 * STEP)));
    expect(setups.filter(({ unread }) => unread > 0).length).toBe(16);
    for (const { body } of setups) body.wanted();
    expect(setups.every(({ unread }) => unread > 0)).toBe(true);
    expect(codec.inflations).toBe(25);
    for (const { body } of setups) body.finish();
    for (const setup of setups) {
      while (!setup.isFinished) {
        setup.take();
        setup.body.wanted();
      }
      setup.take();
    }
    expect([codec.inflations, codec.room.held]).toEqual([0, { unread: 0, contexts: 0 }]);
  });

  test('one context too many fails the connection', () => {
    const codec = new StandInCodec({ most: { unread: 100, contexts: 3 } });
    const setups = Array.from({ length: 4 }, () => new Setup({}, codec));
    for (const { body } of setups) {
      body.append(part(pattern(2 * STEP)));
      body.wanted();
    }
    expect(setups.map(({ faults }) => faults.length)).toEqual([0, 0, 0, 1]);
    expect(setups[3]!.faults[0]).toMatchObject({ code: 'TOO_MANY_INFLATED', closeCode: 1013 });
    expect([setups[3]!.error, codec.inflations, codec.room.held.contexts]).toEqual([setups[3]!.faults[0], 3, 3]);
  });

  test.each([
    ['another', 4, [1, 1, 1, 1, 0, 0]],
    ['the one that asks', 1, [0, 1, 1, 1, 1, 1]],
  ])('one too many of all connections costs the one that has most all of its own: %s', (_, first, faults) => {
    const total = new InflationTotal({ unread: 100 * STEP, contexts: 5 });
    const codecs = [new StandInCodec({ total }), new StandInCodec({ total })] as const;
    const setups = Array.from({ length: 6 }, (_x, i) => new Setup({}, codecs[i < first ? 0 : 1]));
    for (const { body } of setups) {
      body.append(part(pattern(2 * STEP)));
      body.wanted();
    }
    expect(setups.map((setup) => setup.faults.length)).toEqual(faults);
    expect(total.now.contexts).toBe(faults.filter((count) => count === 0).length);
    // Nothing more is inflated for it.
    const late = new Setup({}, codecs[first === 4 ? 0 : 1]);
    late.body.append(part(pattern(STEP)));
    expect(late.faults).toMatchObject([{ closeCode: 1013 }]);
  });

  test('what is held by whom nobody knows any more is not held', async () => {
    const total = new InflationTotal({ unread: STEP, contexts: 100 });
    (() => {
      const setup = new Setup({}, new StandInCodec({ total }));
      setup.body.append(part(pattern(3 * STEP)));
    })();
    expect(total.now).toEqual({ unread: STEP, contexts: 1 });
    for (let i = 0; i < 20 && total.now.unread > 0; i++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(total.now).toEqual({ unread: 0, contexts: 0 });
  });

  test('the others on the loop have their turn, and messages take turns', () => {
    const codec = new StandInCodec();
    const lengths = [0, 0, 0];
    const setups = lengths.map((_length, i) => {
      const setup = new Setup({}, codec);
      setup.body.reader = {
        append: (slice) => {
          lengths[i]! += slice.length;
          setup.body.consumed(slice.length);
        },
        finish() {},
        cancel() {},
      };
      return setup;
    });
    const bytes = new Uint8Array(300 * STEP);
    for (const { body } of setups) body.append(bytes);
    expect(lengths).toEqual([64 * STEP, 0, 0]);
    const turns = [[...lengths]];
    while (codec.deferred.length > 0) {
      expect(codec.deferred.length).toBe(1);
      codec.deferred.shift()!();
      turns.push([...lengths]);
    }
    const sums = turns.map((turn) => turn.reduce((sum, length) => sum + length, 0) / STEP);
    expect(sums).toEqual([...Array.from({ length: 14 }, (_sum, i) => 64 * (i + 1)), 900]);
    expect(turns[3]!.every((length) => length >= 64 * STEP)).toBe(true);
  });
});

test('stopped, it drops everything, and what comes', () => {
  const setup = new Setup();
  setup.body.append(part(pattern(3 * STEP)));
  setup.body.append(part(pattern(5)));
  setup.body.stop();
  expect([setup.used, setup.stops, setup.codec.inflations]).toEqual([3 * STEP + 5, 1, 0]);
  setup.body.append(part(pattern(10)));
  setup.body.finish();
  expect([setup.used, setup.isFinished]).toEqual([3 * STEP + 15, false]);
});

test('cancelled, it tells its reader, once', () => {
  const setup = new Setup();
  setup.body.append(part(pattern(3 * STEP)));
  const error = new Error('gone');
  setup.body.cancel(error);
  setup.body.cancel(new Error('again'));
  expect(setup.error).toBe(error);
  expect([setup.used, setup.faults]).toEqual([3 * STEP, []]);
});

test('a fault is told to both sides, whenever it shows', () => {
  const fault = new Error('corrupt');
  const setup: Setup = new Setup({
    start: () => {
      const inflation = setup.codec.startInflating();
      let pulls = 0;
      const pull = (most: number): Uint8Array | undefined => {
        if (++pulls > 2) throw fault;
        return inflation.pull(most);
      };
      return { isDone: false, push: inflation.push, end: inflation.end, pull, cancel: inflation.cancel };
    },
  });
  setup.body.append(part(pattern(3 * STEP)));
  expect(setup.faults).toEqual([]);
  setup.take();
  expect(setup.faults).toEqual([fault]);
  expect([setup.error, setup.used, setup.codec.inflations]).toEqual([fault, 3 * STEP, 0]);
});

test('text is checked across the steps', () => {
  const check = (bytes: Uint8Array): Setup => {
    const setup = new Setup({ utf8: new Utf8Validator() });
    for (const byte of bytes) setup.body.append(Uint8Array.of(byte));
    setup.body.finish();
    return setup;
  };
  expect(check(bytesOf('€ 1')).isFinished).toBe(true);
  for (const wrong of [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0x61, 0xff)]) {
    const setup = check(wrong);
    expect(setup.isFinished).toBe(false);
    expect(setup.faults).toMatchObject([{ closeCode: 1007 }]);
  }
});

test('who waits only for the next turn of the event loop does not wait for the peer', () => {
  const setup = new Setup({}, new StandInCodec({ workPerTurn: STEP }));
  setup.body.append(part(pattern(2 * STEP)));
  setup.take();
  setup.body.wanted();
  setup.body.starve(true);
  expect([setup.unread, setup.starving]).toEqual([0, []]);
  setup.codec.deferred.shift()!();
  setup.body.starve(false);
  expect([setup.unread, setup.starving]).toEqual([STEP, []]);
  setup.take();
  for (const action of setup.codec.deferred.splice(0)) action();
  setup.body.wanted();
  setup.body.starve(true);
  setup.body.starve(false);
  expect(setup.starving).toEqual([true, false]);
});

test('one that had something left to inflate, of which nothing came, does once that is done', () => {
  const setup = new Setup({}, new StandInCodec({ workPerTurn: STEP }));
  setup.body.append(part(pattern(STEP)));
  setup.take();
  setup.body.wanted();
  setup.body.starve(true);
  expect(setup.starving).toEqual([]);
  for (const action of setup.codec.deferred.splice(0)) action();
  expect(setup.starving).toEqual([true]);
});
