import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Utf8Validator } from '@webson/frame';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InflatingBody, type InflatingParts } from '../../src/protocol/inflating-body.js';
import { PieceQueue } from '../../src/protocol/piece-queue.js';
import { bytesOf, concat, pattern } from '../support/frames.js';
import { StandInCodec } from '../support/stand-in-codec.js';

const STEP = 64 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A body, and what becomes of it. */
class Setup {
  readonly codec = new StandInCodec();
  readonly read: Uint8Array[] = [];
  readonly faults: unknown[] = [];
  used = 0;
  stops = 0;
  isFinished = false;
  error: Error | undefined;
  readonly body: InflatingBody;

  constructor(parts: Partial<InflatingParts> = {}) {
    this.body = new InflatingBody({
      queue: new PieceQueue(),
      start: () => this.codec.startInflating(),
      previous: undefined,
      isNeeded: false,
      utf8: undefined,
      events: {
        onUsed: (bytes) => {
          this.used += bytes;
        },
        onStop: () => {
          this.stops++;
        },
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
  const step = fc.oneof(fc.record({ part: fc.nat(200_000) }), fc.constant('read' as const));
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
  expect(length).toBe(2000 * STEP);
});

describe('one that may be referred to', () => {
  test('the next waits for it', () => {
    const first = new Setup();
    const second = new Setup({ previous: first.body });
    first.body.append(part(pattern(3 * STEP)));
    first.body.finish();
    second.body.append(part(bytesOf('second')));
    second.body.finish();
    expect([second.unread, second.codec.inflations]).toEqual([0, 0]);
    for (let i = 0; i < 3; i++) {
      expect(second.unread).toBe(0);
      first.take();
    }
    expect(first.isFinished).toBe(true);
    expect(second.take()).toEqual(bytesOf('second'));
    expect(second.isFinished).toBe(true);
  });

  test('is not kept by the one after it once that may begin', async () => {
    let last = new Setup({ isNeeded: true });
    const before = new WeakRef(last.body);
    for (let i = 0; i < 2; i++) {
      const next = new Setup({ previous: last.body, isNeeded: true });
      for (const { body } of [last, next]) body.finish();
      last = next;
    }
    collectGarbage();
    // Within the job that made it a WeakRef keeps what it refers to.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(before.deref()).toBeUndefined();
    expect(last.isFinished).toBe(true);
  });

  test('stopped, it goes on without a reader', () => {
    const setup = new Setup({ isNeeded: true });
    setup.body.append(part(pattern(3 * STEP)));
    setup.body.stop();
    setup.read.length = 0;
    setup.body.append(part(pattern(100)));
    setup.body.finish();
    expect([setup.unread, setup.used, setup.stops]).toEqual([0, 3 * STEP + 100, 0]);
    expect(setup.codec.inflations).toBe(0);
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
