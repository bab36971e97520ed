import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ClosedError,
  MessageCancelledError,
  MessageIncompleteError,
  MessageTooLargeError,
} from '../../src/protocol/contract/errors.js';
import type { Attendance } from '../../src/reading/attendance.js';
import { Collection } from '../../src/reading/collection.js';
import { IncomingBody, type IncomingLimits } from '../../src/reading/incoming-body.js';
import { bytesOf, concat, pattern, textOf } from '../support/frames.js';
import { turns } from '../support/turns.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

interface Setup {
  body: IncomingBody;
  /** Bytes said to be read so far, and how often the message was stopped. */
  told: { consumed: number; stops: number; starving: boolean[] };
  limits: IncomingLimits;
}

function create(maxSize = 1000, { isFirst = false, collection = new Collection(maxSize) } = {}): Setup {
  const told = { consumed: 0, stops: 0, starving: [] as boolean[] };
  const limits = {
    maxMessageSize: maxSize,
    streamIdleTimeout: 5000,
    left: new Set<Attendance>(),
    hasEnded: false,
    onLeft: () => {},
    collection,
  };
  const body = new IncomingBody(
    {
      consumed: (bytes) => {
        told.consumed += bytes;
      },
      stop: () => {
        told.stops++;
      },
      starve: (isStarving) => told.starving.push(isStarving),
      lag: () => expect.unreachable(),
      isFirst,
    },
    limits,
  );
  return { body, told, limits };
}

const alreadyRead = expect.objectContaining({ code: 'ALREADY_READ' });

describe('complete', () => {
  test('not before the end', () => {
    const { body, told } = create();
    body.append(bytesOf('ab'));
    expect(() => body.payload()).toThrow(MessageIncompleteError);
    expect([body.isComplete, body.length, told.consumed]).toEqual([false, 2, 0]);
    body.append(bytesOf('c'));
    body.finish();
    expect([body.isComplete, textOf(body.payload()), told.consumed]).toEqual([true, 'abc', 3]);
    expect([textOf(body.payload()), told.consumed, body.length]).toEqual(['abc', 3, 3]);
  });

  test('completed lets it come, and counts each byte once', async () => {
    const { body, told } = create();
    body.append(bytesOf('ab'));
    const completed = body.completed();
    expect(told.consumed).toBe(2);
    body.append(bytesOf('cd'));
    expect(told.consumed).toBe(4);
    body.finish();
    await completed;
    await body.completed();
    expect([textOf(body.payload()), told.consumed]).toEqual(['abcd', 4]);
  });

  test('completed after the end, and of nothing', async () => {
    const { body } = create();
    body.finish();
    await body.completed();
    expect(body.payload()).toHaveLength(0);
  });

  test('larger than maxMessageSize: stopped, the bytes given up, and all ways of reading say so', async () => {
    for (const isLate of [false, true]) {
      const { body, told } = create(10);
      const early = isLate ? undefined : body.completed();
      early?.catch(() => {});
      body.append(pattern(10));
      expect(told.stops).toBe(0);
      body.append(pattern(1));
      const completed = early ?? body.completed();
      await expect(completed).rejects.toThrow(MessageTooLargeError);
      await expect(body.completed()).rejects.toThrow(MessageTooLargeError);
      expect(() => body.payload()).toThrow(MessageTooLargeError);
      expect(told).toMatchObject({ consumed: 11, stops: 1 });
    }
  });

  test('maxMessageSize does not matter to who reads piece by piece', async () => {
    const { body, told } = create(10);
    body.append(pattern(100));
    body.take();
    expect(await body.next()).toHaveLength(100);
    expect(told).toMatchObject({ consumed: 100, stops: 0 });
  });
});

describe('piece by piece', () => {
  test('what has come, then what comes, then the end; read when it is taken', async () => {
    const { body, told } = create();
    body.take();
    body.append(bytesOf('a'));
    expect([textOf((await body.next())!), told.consumed]).toEqual(['a', 1]);
    const next = body.next();
    await turns(1);
    body.append(bytesOf('bc'));
    expect([textOf((await next)!), told.consumed]).toEqual(['bc', 3]);
    const last = body.next();
    body.finish();
    expect([await last, await body.next()]).toEqual([undefined, undefined]);
  });

  test('once, and not after it was read complete, nor the other way round', async () => {
    const taken = create().body;
    taken.take();
    expect(() => taken.take()).toThrow(alreadyRead);
    await expect(taken.completed()).rejects.toThrow(alreadyRead);
    taken.finish();
    expect(() => taken.payload()).toThrow(alreadyRead);

    const collecting = create().body;
    void collecting.completed();
    expect(() => collecting.take()).toThrow(alreadyRead);

    const read = create().body;
    read.finish();
    read.payload();
    expect(() => read.take()).toThrow(alreadyRead);
  });

  test('stop: what waits is given up, once', () => {
    const { body, told } = create();
    body.take();
    body.append(bytesOf('abc'));
    body.stop();
    body.stop();
    expect(told.consumed).toBe(3);
    expect(told.stops).toBeGreaterThan(0);
    expect(body.length).toBe(0);
  });

  test('stop after the last byte has come, but before it was read', () => {
    const { body, told } = create();
    body.take();
    body.append(bytesOf('abc'));
    body.finish();
    body.stop();
    expect(told.consumed).toBe(3);
  });
});

describe('cancelled', () => {
  test.each([new MessageCancelledError('given up'), new ClosedError('gone')])(
    '%s, from every way of reading',
    async (error) => {
      const { body, told } = create();
      body.append(bytesOf('abc'));
      const completed = body.completed();
      completed.catch(() => {});
      body.cancel(error);
      await expect(completed).rejects.toBe(error);
      expect(() => body.payload()).toThrow(error);
      expect(told.consumed).toBe(3);

      const taken = create();
      taken.body.take();
      const next = taken.body.next();
      next.catch(() => {});
      taken.body.cancel(error);
      await expect(next).rejects.toBe(error);
      await expect(taken.body.next()).rejects.toBe(error);
      expect([taken.told.stops, taken.body.isComplete]).toEqual([0, false]);
    },
  );

  test('what was not read is given up', () => {
    const { body, told } = create();
    body.take();
    body.append(bytesOf('abc'));
    body.cancel(new ClosedError('gone'));
    expect([told.consumed, body.length]).toEqual([3, 0]);
  });

  test('not after the end: all of it is there', () => {
    const { body } = create();
    body.append(bytesOf('abc'));
    body.finish();
    body.cancel(new ClosedError('gone'));
    expect(textOf(body.payload())).toBe('abc');
  });
});

describe('once the handler has settled', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([false, true])('nobody has begun to read (awaited: %s): stopped after a second', async (isAwaited) => {
    const { body, told } = create();
    body.append(bytesOf('abc'));
    body.settle(isAwaited);
    vi.advanceTimersByTime(990);
    expect(told).toMatchObject({ consumed: 0, stops: 0 });
    vi.advanceTimersByTime(20);
    expect(told).toMatchObject({ consumed: 3, stops: 1 });
    await expect(body.completed()).rejects.toThrow(MessageCancelledError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('after the end of the connection nobody waits behind it, but for those that refer to it', () => {
    for (const isFirst of [true, false]) {
      for (const isSettledBefore of [true, false]) {
        const { body, told, limits } = create(1000, { isFirst });
        body.append(bytesOf('abc'));
        if (isSettledBefore) body.settle(false);
        limits.hasEnded = true;
        for (const left of limits.left) left.endWatch();
        if (!isSettledBefore) body.settle(false);
        expect([vi.getTimerCount(), limits.left.size]).toEqual(isFirst ? [1, 1] : [0, 0]);
        vi.advanceTimersByTime(1010);
        expect(told.stops).toBe(isFirst ? 1 : 0);
        expect(vi.getTimerCount()).toBe(0);
      }
    }
  });

  test('complete, and nobody has begun to read: it counts as read, and can still be', () => {
    for (const isFirst of [true, false]) {
      const { body, told } = create();
      body.append(bytesOf('abc'));
      if (isFirst) body.finish();
      body.settle(false);
      if (!isFirst) body.finish();
      expect(told).toMatchObject({ consumed: 3, stops: 0 });
      expect(textOf(body.payload())).toBe('abc');
      expect(told.consumed).toBe(3);
    }
  });

  test('half read: a second for who should have awaited the reading, else streamIdleTimeout', async () => {
    for (const [isAwaited, patience] of [
      [true, 1000],
      [false, 5000],
    ] as const) {
      const { body, told } = create();
      body.take();
      body.append(bytesOf('abc'));
      await body.next();
      body.append(bytesOf('de'));
      body.settle(isAwaited);
      vi.advanceTimersByTime(patience - 100);
      expect(told).toMatchObject({ consumed: 3, stops: 0 });
      // Somebody reads on.
      await body.next();
      body.append(bytesOf('f'));
      vi.advanceTimersByTime(patience - 100);
      expect(told).toMatchObject({ consumed: 5, stops: 0 });
      vi.advanceTimersByTime(patience);
      expect(told).toMatchObject({ consumed: 6, stops: 1 });
      await expect(body.next()).rejects.toThrow('a handler has to await its reading');
    }
  });

  test('half read and complete: the rest counts as read, and can still be', async () => {
    const { body, told } = create();
    body.take();
    body.append(bytesOf('abc'));
    body.finish();
    body.settle(true);
    vi.advanceTimersByTime(1100);
    expect(told).toMatchObject({ consumed: 3, stops: 0 });
    expect(textOf((await body.next())!)).toBe('abc');
    expect(await body.next()).toBeUndefined();
    expect(told.consumed).toBe(3);
  });

  test('a reader that waits for the peer may wait as long as it likes', async () => {
    const { body, told } = create();
    body.take();
    const next = body.next();
    body.settle(true);
    vi.advanceTimersByTime(100_000);
    expect(told.stops).toBe(0);
    body.append(bytesOf('a'));
    expect(textOf((await next)!)).toBe('a');
  });

  test('completed goes on', async () => {
    const { body, told } = create();
    const completed = body.completed();
    body.settle(true);
    vi.advanceTimersByTime(100_000);
    body.append(bytesOf('abc'));
    body.finish();
    await completed;
    expect(told).toMatchObject({ consumed: 3, stops: 0 });
  });
});

describe('a reader that waits', () => {
  test('is told of while it has nothing to read, and no longer', async () => {
    const { body, told } = create();
    body.take();
    body.append(bytesOf('a'));
    await body.next();
    expect(told.starving).toEqual([]);
    const next = body.next();
    expect(told.starving).toEqual([true]);
    body.append(bytesOf('b'));
    await next;
    expect(told.starving).toEqual([true, false]);
    const last = body.next();
    body.finish();
    await last;
    expect(told.starving).toEqual([true, false, true, false]);
  });

  test('for all of it: until the end, however that comes', async () => {
    for (const end of ['finish', 'cancel', 'too much'] as const) {
      const { body, told } = create(3);
      const completed = body.completed();
      completed.catch(() => {});
      body.append(bytesOf('ab'));
      expect(told.starving).toEqual([true]);
      if (end === 'finish') body.finish();
      else if (end === 'cancel') body.cancel(new ClosedError('gone'));
      else body.append(bytesOf('cd'));
      await completed.catch(() => {});
      expect(told.starving).toEqual([true, false]);
    }
  });
});

describe('memory', () => {
  test('tiny slices of large chunks are put together, not each kept with its chunk', async () => {
    const { body } = create(1e6);
    const chunk = pattern(64 * 1024);
    for (let at = 0; at < 40_000; at += 10) body.append(chunk.subarray(at, at + 10));
    body.finish();
    body.take();
    const pieces: Uint8Array[] = [];
    for (let piece = await body.next(); piece !== undefined; piece = await body.next()) pieces.push(piece);
    expect(Buffer.compare(concat(pieces), chunk.subarray(0, 40_000))).toBe(0);
    expect(pieces.length).toBeLessThanOrEqual(12);
    const memory = new Set(pieces.map(({ buffer }) => buffer));
    expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(40_000 + 8 * 1024);
  });

  test('a large slice with memory of its own is kept as it is', async () => {
    const { body } = create();
    const slice = pattern(5000);
    body.append(slice);
    expect((await body.next())?.buffer).toBe(slice.buffer);
  });

  test('a reader that waits gets a copy of a part of a chunk: it may keep it, and do with it what it likes', async () => {
    const { body } = create();
    const chunk = pattern(64 * 1024);
    body.take();
    const first = body.next();
    body.append(chunk.subarray(0, 5000), true);
    expect(await first).toEqual(chunk.subarray(0, 5000));
    expect((await first)?.buffer.byteLength).toBe(5000);
    const second = body.next();
    body.append(chunk.subarray(4096, 4196));
    body.append(chunk.subarray(4196, 24_196));
    expect(await second).toEqual(chunk.subarray(4096, 4196));
    expect((await second)?.buffer.byteLength).toBe(100);
    // Nobody waited for this one.
    const third = await body.next();
    expect(third).toEqual(chunk.subarray(4196, 24_196));
    expect(third?.buffer).not.toBe(chunk.buffer);
  });

  test('a piece handed out is not written to by what comes after it', async () => {
    const { body } = create();
    const chunk = pattern(1000);
    body.append(chunk.subarray(0, 10));
    const piece = (await body.next())!;
    piece.fill(0);
    body.append(chunk.subarray(10, 20));
    expect(piece.every((byte) => byte === 0)).toBe(true);
    expect(await body.next()).toEqual(chunk.slice(10, 20));
  });

  test('small and large, in their order', async () => {
    const { body } = create(1e6);
    const bytes = pattern(50_000);
    let at = 0;
    for (const length of [5, 20_000, 7, 16_384, 1, 1, 10_000]) {
      const slice = length > 100 ? bytes.slice(at, at + length) : bytes.subarray(at, at + length);
      body.append(slice);
      at += length;
    }
    body.finish();
    expect(Buffer.compare(body.payload(), bytes.subarray(0, at))).toBe(0);
  });
});

describe('wanted whole, over all messages', () => {
  test('one that does not fit beside those that have come whole waits until their handlers have settled', async () => {
    const collection = new Collection(10);
    const [one, two] = [create(10, { collection }), create(10, { collection })];
    one.body.append(pattern(8));
    one.body.finish();
    await one.body.completed();
    const completed = two.body.completed();
    expect(two.told.starving).toEqual([true]);
    two.body.append(pattern(4));
    expect(two.told).toMatchObject({ consumed: 0, starving: [true, false] });
    one.body.settle(true);
    expect(two.told).toMatchObject({ consumed: 4, starving: [true, false, true] });
    two.body.append(pattern(4));
    two.body.finish();
    await completed;
    expect([two.body.payload().length, two.told.consumed]).toEqual([8, 8]);
  });

  test('one that has come whole and does not fit is there, and granted when its handler has settled', async () => {
    const collection = new Collection(10);
    const [one, two] = [create(10, { collection }), create(10, { collection })];
    for (const { body } of [one, two]) {
      body.append(pattern(8));
      body.finish();
    }
    expect([one.body.payload().length, two.body.payload().length]).toEqual([8, 8]);
    expect([one.told.consumed, two.told.consumed]).toEqual([8, 0]);
    two.body.settle(true);
    expect(two.told.consumed).toBe(8);
    one.body.settle(true);
    expect([one.told.consumed, collection.hasWhole, collection.add(10)]).toEqual([8, false, true]);
  });

  test('where none has come whole the one that goes beyond the bound is refused, and makes room for the others', async () => {
    const collection = new Collection(10);
    const [one, two] = [create(10, { collection }), create(10, { collection })];
    const all = [one, two].map(({ body }) => body.completed());
    one.body.append(pattern(6));
    two.body.append(pattern(6));
    await expect(all[1]).rejects.toThrow(MessageTooLargeError);
    expect(two.told).toMatchObject({ consumed: 6, stops: 1 });
    one.body.append(pattern(4));
    one.body.finish();
    await all[0];
    expect([one.body.payload().length, one.told.consumed]).toEqual([10, 10]);
  });

  test('whoever takes it after its handler has settled has it: it is counted no more', async () => {
    const collection = new Collection(10);
    const { body, told } = create(10, { collection });
    body.settle(false);
    const completed = body.completed();
    body.append(pattern(10));
    expect(collection.add(1)).toBe(false);
    body.finish();
    await completed;
    expect([told.consumed, collection.add(10)]).toEqual([10, true]);
  });
});
