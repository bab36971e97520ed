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
  expect(flow.take()).toEqual([
    { isStop: false, streamId: 0, openNumber: 0, value: 600 },
    { isStop: false, streamId: 1, openNumber: 1, value: 100 },
  ]);
  flow.announce(waiting.window, 100);
  flow.release(waiting, 100);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 1, openNumber: 1, value: 200 }]);
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
    { isStop: false, streamId: 0, openNumber: 0, value: 600 },
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
    { isStop: false, streamId: 0, openNumber: 0, value: 600 },
  ]);
  flow.setAwaited(false);
  flow.announce(one.window, 100);
  expect(flow.take()).toEqual([]);
  // With its handler called it waits for its reader.
  flow.lag(one, false);
  flow.setAwaited(true);
  expect(flow.take()).toEqual([]);
});

test('messages that wait for their handlers are let in no further than 16 windows of the connection', () => {
  const { flow } = create();
  const one = message(flow, 1, 1);
  flow.lag(one, true);
  flow.setAwaited(true);
  let sent = 0;
  while (!flow.isShut && one.window!.available > 0) {
    flow.announce(one.window, 100);
    sent += 100;
  }
  expect(sent).toBe(300 * 16);
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
  let sent = 0;
  for (let i = 2; !flow.isShut; i++) {
    flow.announce(message(flow, i, i).window, 100);
    sent += 100;
  }
  expect(sent).toBe(300 * 16);
});

test('what was granted beyond the window is not granted again', () => {
  const { flow } = create();
  const waiting = message(flow, 1, 1);
  const others = [2, 3, 4].map((id) => message(flow, id, id));
  for (const { window } of others) flow.announce(window, 100);
  flow.starve(waiting, true);
  flow.starve(waiting, false);
  expect(flow.take()[0]).toMatchObject({ streamId: 0, value: 600 });
  for (const other of others) {
    flow.end(other);
    flow.release(undefined, 100);
  }
  // Of 600, 300 are read: more than half a window is left. Then, as ever, up to a window beyond what is read.
  expect(flow.take()).toEqual([]);
  flow.announce(waiting.window, 100);
  flow.release(undefined, 100);
  flow.announce(flow.open(), 50);
  flow.release(undefined, 50);
  expect(flow.take()).toEqual([{ isStop: false, streamId: 0, openNumber: 0, value: 750 }]);
});
