import { expect, test } from 'vitest';
import type { MessageInProgress } from '../../../src/protocol/inbound/message-table.js';
import { WindowedFlow } from '../../../src/protocol/inbound/windowed-flow.js';

function create(): { flow: WindowedFlow; log: string[] } {
  const log: string[] = [];
  const flow = new WindowedFlow(
    { stream: 100, connection: 300 },
    { onGrant: () => log.push('grant'), onUnread: () => expect.unreachable() },
  );
  return { flow, log };
}

function message(flow: WindowedFlow, streamId: number, openNumber: number): MessageInProgress {
  return {
    type: 2,
    streamId,
    isCompressed: false,
    openNumber,
    fragments: 1,
    announced: 0,
    payload: undefined,
    body: undefined,
    window: flow.open(),
    utf8: undefined,
    isAscii: true,
    isStale: false,
  };
}

function grant(streamId: number, openNumber: number, value: number): object {
  return { isStop: false, streamId, openNumber, value };
}

const exceeded = expect.objectContaining({ code: 'WINDOW_EXCEEDED', closeCode: 1008 });

test('a stream that sends more than its window: 1008', () => {
  const { flow } = create();
  const { window } = message(flow, 1, 1);
  flow.announce(window, 100);
  expect(() => flow.announce(window, 1)).toThrow(exceeded);
  expect(() => flow.announceWhole(101)).toThrow(exceeded);
});

test('streams that send more than the window of the connection: 1008', () => {
  for (const isWhole of [false, true]) {
    const { flow } = create();
    for (let i = 1; i <= 3; i++) flow.announce(message(flow, i, i).window, 100);
    expect(flow.isShut).toBe(true);
    expect(() => (isWhole ? flow.announceWhole(1) : flow.announce(flow.open(), 1))).toThrow(exceeded);
  }
});

test('both windows are granted as it is read, at half of each', () => {
  const { flow, log } = create();
  const one = message(flow, 7, 3);
  flow.announce(one.window, 100);
  flow.release(one, 49);
  expect([log, flow.hasEntries]).toEqual([[], false]);
  flow.release(one, 1);
  expect([log, flow.hasEntries]).toEqual([['grant'], true]);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 7, openNumber: 3, value: 150 }]);
  expect([flow.take(), flow.hasEntries]).toEqual([[], false]);
  flow.release(one, 50);
  flow.announce(message(flow, 1, 4).window, 100);
  flow.release(undefined, 50);
  expect(flow.take()).toEqual([
    { isStop: false, streamId: 7, openNumber: 3, value: 200 },
    { isStop: false, streamId: 0, openNumber: 0, value: 450 },
  ]);
});

test('a grant that was not sent is replaced by the next', () => {
  const { flow } = create();
  const one = message(flow, 1, 1);
  for (let i = 0; i < 10; i++) {
    flow.announce(one.window, 50);
    flow.release(one, 50);
  }
  expect(flow.take()).toEqual([
    { isStop: false, streamId: 1, openNumber: 1, value: 600 },
    // What was read at the last grant of it, and its size.
    { isStop: false, streamId: 0, openNumber: 0, value: 450 + 300 },
  ]);
});

test('a whole message is granted again to the connection alone', () => {
  const { flow } = create();
  flow.announceWhole(100);
  expect(flow.take()).toEqual([]);
  flow.announceWhole(50);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 0, openNumber: 0, value: 450 }]);
});

test('nothing is said of a message that has ended', () => {
  const { flow } = create();
  const one = message(flow, 1, 1);
  flow.announce(one.window, 100);
  flow.release(one, 100);
  flow.stop(one);
  flow.stop(message(flow, 2, 2));
  flow.end(one);
  expect(flow.take()).toEqual([{ isStop: true, streamId: 2, openNumber: 2, value: 0 }]);
});

test('the peer is held back by its windows, not by pausing', () => {
  const { flow, log } = create();
  flow.arrived();
  flow.consumed();
  expect(log).toEqual([]);
});

test('a reader that waits behind the unread messages of others is fed, and told to be first', () => {
  const { flow } = create();
  const waiting = message(flow, 1, 1);
  for (let i = 2; i <= 4; i++) flow.announce(message(flow, i, i).window, 90);
  flow.starve(waiting, true);
  expect([flow.isShut, flow.take()]).toEqual([false, []]);
  // The last that the others may send: nothing is left for the message that is waited for.
  flow.announce(message(flow, 5, 5).window, 30);
  expect([flow.hasEntries, flow.take()]).toEqual([true, [grant(0, 0, 450), grant(1, 1, 100)]]);
  flow.announce(waiting.window, 100);
  flow.release(waiting, 100);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 1, openNumber: 1, value: 200 }]);
});

test('whole messages may be what uses up the window behind which a reader waits', () => {
  const { flow } = create();
  const waiting = message(flow, 1, 1);
  for (let i = 2; i <= 3; i++) flow.announce(message(flow, i, i).window, 90);
  flow.starve(waiting, true);
  flow.announceWhole(60);
  expect(flow.take()).toEqual([]);
  flow.announceWhole(60);
  expect(flow.take()).toEqual([grant(0, 0, 450), grant(1, 1, 100)]);
});

test('a limit that is new is told twice: the wish to be first is one that has not changed', () => {
  const { flow } = create();
  const waiting = message(flow, 1, 1);
  for (let i = 2; i <= 3; i++) flow.announce(message(flow, i, i).window, 100);
  flow.announce(message(flow, 4, 4).window, 50);
  flow.announce(waiting.window, 50);
  flow.release(waiting, 50);
  flow.starve(waiting, true);
  expect(flow.take()).toEqual([
    { isStop: false, streamId: 1, openNumber: 1, value: 150 },
    { isStop: false, streamId: 0, openNumber: 0, value: 450 },
    { isStop: false, streamId: 1, openNumber: 1, value: 150 },
  ]);
});

test('messages that wait for their handlers are let in while a sender waits, each and all together', () => {
  const { flow } = create();
  const one = message(flow, 1, 1);
  flow.announce(one.window, 100);
  flow.lag(one, true);
  expect(flow.take()).toEqual([]);
  flow.setAwaited(true);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 1, openNumber: 1, value: 200 }]);
  // The one it is granted it may use up, and so may others.
  flow.announce(one.window, 100);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 1, openNumber: 1, value: 300 }]);
  flow.announce(one.window, 100);
  expect(flow.take()).toEqual([
    { isStop: false, streamId: 1, openNumber: 1, value: 400 },
    { isStop: false, streamId: 0, openNumber: 0, value: 450 },
  ]);
  flow.setAwaited(false);
  flow.announce(one.window, 100);
  expect(flow.take()).toEqual([]);
  // With its handler called it waits for its reader.
  flow.lag(one, false);
  flow.setAwaited(true);
  expect(flow.take()).toEqual([]);
});

test('messages that wait for their handlers are let in until a reader that waits could just be fed', () => {
  const { flow } = create();
  const one = message(flow, 1, 1);
  flow.lag(one, true);
  flow.setAwaited(true);
  let sent = 0;
  while (!flow.isShut && one.window!.available > 0) {
    flow.announce(one.window, 50);
    flow.take();
    sent += 50;
  }
  expect([sent, flow.isShut]).toEqual([300 * 16 - 150, true]);
  flow.starve(message(flow, 2, 2), true);
  expect(flow.take()).toEqual([grant(0, 0, sent + 10), grant(2, 2, 100)]);
  expect([flow.isShut, flow.isReserved]).toEqual([true, true]);
});

test('while both wait, those that wait for their handlers get as much as what may be kept for readers', () => {
  const { flow } = create();
  const lagging = message(flow, 1, 1);
  flow.announce(lagging.window, 100);
  flow.lag(lagging, true);
  flow.setAwaited(true);
  flow.starve(message(flow, 2, 2), true);
  for (let i = 3; i <= 4; i++) flow.announce(message(flow, i, i).window, 100);
  flow.take();
  // 150 of that are for the second message.
  expect([300 + 150 + 150, flow.isShut]).toEqual([600, false]);
  flow.announce(lagging.window, 100);
  flow.announce(message(flow, 5, 5).window, 50);
  expect(flow.take()).toContainEqual(grant(0, 0, 900));
});

test('nobody is fed before nothing is left, nor who waits no longer', () => {
  for (const end of ['reads', 'ends'] as const) {
    const { flow } = create();
    const waiting = message(flow, 1, 1);
    flow.starve(waiting, true);
    if (end === 'reads') flow.starve(waiting, false);
    else flow.end(waiting);
    for (let i = 2; i <= 4; i++) flow.announce(message(flow, i, i).window, 100);
    expect([flow.isShut, flow.take()]).toEqual([true, []]);
  }
});

test('the connection is fed no further than 16 times its window', () => {
  const { flow } = create();
  flow.starve(message(flow, 1, 1), true);
  let [sent, limit] = [0, 300];
  for (let i = 2; sent < limit; i++) {
    const bytes = Math.min(100, limit - sent);
    flow.announce(message(flow, i, i).window, bytes);
    sent += bytes;
    limit = flow.take().find(({ streamId }) => streamId === 0)?.value ?? limit;
  }
  expect([sent, flow.isShut, flow.isReserved]).toEqual([300 * 16, true, false]);
});

test('what others take of what was for a reader is never all that may be let in', () => {
  const { flow } = create();
  const readers = Array.from({ length: 400 }, (_, i) => message(flow, i + 1, i + 1));
  let limit = 300;
  let sent = 0;
  let unread = 0;
  for (const reader of readers) {
    // Each is fed once, ends before the peer has got to know of it, and leaves what was meant for it to the others.
    const bytes = limit - sent;
    for (let at = 0; at < bytes; at += 100) flow.announce(flow.open(), Math.min(100, bytes - at));
    sent += bytes;
    unread += bytes;
    flow.starve(reader, true);
    limit = flow.take().find(({ streamId }) => streamId === 0)?.value ?? 0;
    expect(limit).toBeGreaterThan(sent);
    flow.end(reader);
    // What had come of it is read.
    const part = Math.floor(unread / 100);
    unread -= part;
    flow.release(undefined, part);
    limit = flow.take().find(({ streamId }) => streamId === 0)?.value ?? limit;
  }
  expect(unread).toBeLessThan(300 * 16);
});

test('a reader that begins to wait when only what is kept for another is left makes its wish, too, once', () => {
  const { flow, log } = create();
  const [one, two] = [message(flow, 1, 1), message(flow, 2, 2)];
  flow.starve(one, true);
  for (let i = 3; i <= 5; i++) flow.announce(message(flow, i, i).window, 100);
  expect(flow.take()).toEqual([grant(0, 0, 450), grant(1, 1, 100)]);
  expect([flow.isShut, flow.isReserved]).toEqual([true, true]);
  log.length = 0;
  flow.starve(two, true);
  expect([log, flow.take()]).toEqual([['grant'], [grant(2, 2, 100)]]);
  for (const each of [one, two]) {
    flow.starve(each, false);
    flow.starve(each, true);
  }
  flow.announce(two.window, 100);
  expect(flow.take()).toEqual([]);
  // All of it is used up: a new beginning, for those alone that wait now.
  flow.starve(two, false);
  flow.announce(two.window, 0);
  flow.announce(message(flow, 6, 6).window, 50);
  expect(flow.take()).toEqual([grant(0, 0, 600), grant(1, 1, 100)]);
});

test('with more left than is kept for others nobody has to make a wish', () => {
  const { flow } = create();
  flow.starve(message(flow, 1, 1), true);
  for (let i = 3; i <= 5; i++) flow.announce(message(flow, i, i).window, 100);
  flow.take();
  // All that others had sent is read, and granted anew although what is kept is not used.
  flow.release(undefined, 300);
  expect(flow.take()).toEqual([grant(0, 0, 600)]);
  expect([flow.isShut, flow.isReserved]).toEqual([false, false]);
  flow.starve(message(flow, 2, 2), true);
  flow.announce(flow.open(), 100);
  expect(flow.take()).toEqual([]);
});

test('a wish that was not sent is none once its message has ended, or the limit is raised for others', () => {
  const { flow } = create();
  const [one, two] = [message(flow, 1, 1), message(flow, 2, 2)];
  for (let i = 3; i <= 5; i++) flow.announce(message(flow, i, i).window, 100);
  flow.starve(one, true);
  flow.starve(two, true);
  flow.end(one);
  expect(flow.take()).toEqual([grant(0, 0, 450), grant(2, 2, 100)]);
});

test('what is kept for a message that does not go on is not missed by the others: a window of any size', () => {
  for (let size = 1; size <= 9; size++) {
    const events = { onGrant(): void {}, onUnread: () => expect.unreachable() };
    const flow = new WindowedFlow({ stream: 100, connection: size }, events);
    flow.starve(message(flow, 1, 1), true);
    flow.announce(flow.open(), size);
    const kept = flow.take().find(({ streamId }) => streamId === 0)!.value - size;
    expect([kept, flow.isShut]).toEqual([Math.max(1, Math.floor(size / 2)), true]);
    for (let i = 0; i < 20; i++) {
      flow.release(undefined, size);
      flow.take();
      expect(flow.isShut).toBe(false);
      flow.announce(flow.open(), size);
      flow.take();
    }
  }
});

test('what was granted beyond the window is not granted again', () => {
  const { flow } = create();
  const waiting = message(flow, 1, 1);
  const others = [2, 3, 4].map((id) => message(flow, id, id));
  for (const { window } of others) flow.announce(window, 100);
  flow.starve(waiting, true);
  flow.starve(waiting, false);
  expect(flow.take()[0]).toMatchObject({ streamId: 0, value: 450 });
  flow.announce(waiting.window, 100);
  flow.release(undefined, 100);
  for (const other of others.slice(1)) {
    flow.end(other);
    flow.release(undefined, 75);
  }
  // Up to a window beyond what is read, and not beyond what is granted.
  expect(flow.take()).toEqual([grant(0, 0, 550)]);
});

test('grants are kept back while the flow is held, and stops are not', () => {
  const { flow, log } = create();
  const [first, second] = [message(flow, 1, 1), message(flow, 2, 2)];
  expect(flow.hold(true)).toBe(true);
  flow.announce(first.window, 100);
  flow.release(first, 100);
  expect([flow.hasEntries, flow.take()]).toEqual([false, []]);
  flow.stop(second);
  expect([flow.hasEntries, flow.take()]).toEqual([true, [{ isStop: true, streamId: 2, openNumber: 2, value: 0 }]]);
  expect(flow.hasEntries).toBe(false);
  log.length = 0;
  flow.hold(false);
  expect(log).toEqual(['grant']);
  expect(flow.take()).toEqual([grant(1, 1, 200)]);
  flow.hold(false);
  expect(log).toEqual(['grant']);
});

test('moved grows with what comes and with what is read', () => {
  const { flow } = create();
  const first = message(flow, 1, 1);
  flow.announce(first.window, 100);
  expect(flow.moved).toBe(100);
  flow.release(first, 60);
  expect(flow.moved).toBe(160);
});
