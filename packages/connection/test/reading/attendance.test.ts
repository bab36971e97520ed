import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Attendance, type AttendanceList, type AttendedBody } from '../../src/reading/attendance.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function create(hasPromised: boolean, more: Partial<AttendedBody> = {}) {
  const leave = vi.fn();
  const body = { isComplete: false, isTaken: false, isAwaited: false, isOver: false, isFirst: false, ...more, leave };
  const list = { streamIdleTimeout: 30_000, left: new Set<Attendance>(), hasEnded: false, onLeft: vi.fn() };
  const attendance = new Attendance(body, list satisfies AttendanceList, hasPromised);
  return { attendance, body, list, leave };
}

test.for([
  ['nobody has begun to read', false, false, 1000],
  ['who reads had promised to say when he is done', true, true, 1000],
  ['the handler has returned, and somebody reads', false, true, 30_000],
] as const)('%s: it is left after a while', ([, hasPromised, isTaken, patience]) => {
  const { leave, list } = create(hasPromised, { isTaken });
  expect(list.left.size).toBe(1);
  // Long alarms go off together with others.
  vi.advanceTimersByTime(patience - 1);
  expect(leave).not.toHaveBeenCalled();
  vi.advanceTimersByTime(65);
  expect(leave).toHaveBeenCalledOnce();
  expect([list.left.size, list.onLeft.mock.calls, vi.getTimerCount()]).toEqual([0, [[true], [false]], 0]);
});

test('whoever reads on, or waits for the peer, has as long again', () => {
  const { attendance, body, leave } = create(true, { isTaken: true });
  vi.advanceTimersByTime(900);
  attendance.readOn();
  vi.advanceTimersByTime(900);
  body.isAwaited = true;
  vi.advanceTimersByTime(5000);
  body.isAwaited = false;
  expect(leave).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2100);
  expect(leave).toHaveBeenCalledOnce();
});

test('it watches no longer than there is something of the message', () => {
  const { attendance, body, leave, list } = create(true);
  attendance.look();
  expect(list.left.size).toBe(1);
  body.isOver = true;
  attendance.look();
  expect([list.left.size, vi.getTimerCount()]).toEqual([0, 0]);
  vi.advanceTimersByTime(60_000);
  expect(leave).not.toHaveBeenCalled();
});

test.for([
  [false, true, 1],
  [true, true, 0],
  [false, false, 0],
] as const)('when the connection has ended: complete %s, first %s: %i watched', ([isComplete, isFirst, watched]) => {
  const { attendance, body, list } = create(true);
  Object.assign(body, { isComplete, isFirst });
  list.hasEnded = true;
  attendance.endWatch();
  expect(list.left.size).toBe(watched);
});
