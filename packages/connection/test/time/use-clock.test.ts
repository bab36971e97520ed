import { FakeClock, turns } from '@webson/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Status } from '../../src/status.js';
import { Alarm, after, now, useClock } from '../../src/time/clock.js';
import { cleanUpConnections, connect } from '../support/connections.js';

cleanUpConnections();

let clock: FakeClock;
let giveBack: () => void;

beforeEach(() => {
  clock = new FakeClock();
  giveBack = clock.install(useClock);
});

afterEach(() => {
  vi.useRealTimers();
  giveBack();
});

test('time stands still until it is moved, and timers wait for it', async () => {
  const since = now();
  const called: number[] = [];
  after(1000, () => called.push(now() - since));
  after(500, () => called.push(-1)).cancel();
  await turns(5);
  expect(now()).toBe(since);
  await clock.advance(2000);
  expect(called).toEqual([1000]);
  expect(now()).toBe(since + 2000);
});

test('given back: time is real again, also when the global timers are not', async () => {
  giveBack();
  vi.useFakeTimers();
  const since = now();
  await new Promise<void>((resolve) => void after(2, resolve));
  expect(now()).toBeGreaterThan(since);
  expect(clock.pending).toBe(0);
});

test('alarms of one clock are not those of another', async () => {
  const woken: string[] = [];
  const time = Math.ceil(now() / 64) * 64 + 6400;
  Alarm.set(time, { wake: () => woken.push('of the first') });
  giveBack();
  const second = new FakeClock();
  giveBack = second.install(useClock);
  Alarm.set(time, { wake: () => woken.push('of the second') });
  await second.advance(10_000);
  expect(woken).toEqual(['of the second']);
});

test('one clock at a time', () => {
  expect(() => new FakeClock().install(useClock)).toThrow('another clock is in place');
});

test('a heartbeat: a peer that is silent is asked, and given up', async () => {
  const { connection, peer } = connect({ pingInterval: 30_000, timeout: { pong: 10_000 } });
  const seen: Status[] = [];
  connection.onStatus(Status.Timeout, (_previous, adapter) => {
    seen.push(Status.Timeout);
    adapter.close(4000, 'no pong');
  });
  void connection.start();
  await clock.advance(29_000);
  expect(peer.seen).toEqual([]);
  await clock.advance(1100);
  expect(peer.seen.map((frame) => frame.split(' ')[0])).toEqual(['9']);
  await clock.advance(10_100);
  expect(seen).toEqual([Status.Timeout]);
  expect(peer.frames.at(-1)?.opcode).toBe(8);
});

test('a heartbeat: a peer that answers is not', async () => {
  const { connection, peer } = connect({ pingInterval: 30_000, timeout: { pong: 10_000 } });
  const seen: Status[] = [];
  connection.onStatus(Status.Timeout, () => void seen.push(Status.Timeout));
  void connection.start();
  let answered = 0;
  for (let i = 0; i < 200; i++) {
    await clock.advance(1000);
    for (const { opcode, payload } of peer.frames.slice(answered)) if (opcode === 9) peer.send([10, payload]);
    answered = peer.frames.length;
  }
  expect(answered).toBeGreaterThanOrEqual(6);
  expect(seen).toEqual([]);
});

test('a Close that is not answered ends when its time is up', async () => {
  const { connection } = connect({ timeout: { close: 5000 } });
  const closed = connection.start();
  connection.close();
  let isOver = false;
  void closed.then(() => {
    isOver = true;
  });
  await clock.advance(4000);
  expect(isOver).toBe(false);
  await clock.advance(1100);
  expect(await closed).toMatchObject({ code: 1006, wasClean: false });
});
