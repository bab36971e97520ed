import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Status } from '../../src/status.js';
import { FrameReader, frame, pattern, type WireFrame } from '../support/frames.js';
import { turns } from '../support/turns.js';
import { connectToGo, PeerTransport } from './connecting.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

// A Go endpoint that finds the connection slow writes nothing for a while, not even the pongs that pacing waits for.

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function meet(isClient = true, options = {}) {
  const transport = new PeerTransport();
  const written = new FrameReader();
  transport.onWrite = (bytes) => written.push(bytes);
  transport.onEnded = () => transport.close();
  const connection = connectToGo(transport, isClient, {}, { timeout: { pong: 100 }, ...options });
  const statuses: string[] = [];
  connection
    .onStatus(Status.Timeout, () => void statuses.push('timeout'))
    .onStatus(Status.Ready, () => void statuses.push('ready'));
  const over = connection.start();
  // A Go client that is ready to read has spoken.
  transport.deliver(frame(10, '', { mask: !isClient }));
  const frames = (): string[] => written.frames.map(({ opcode, payload }) => `${opcode} ${payload.length}`);
  const answer = (at: number): void => {
    const pings = written.frames.filter(({ opcode }) => opcode === 9);
    transport.deliver(frame(10, (pings.at(at) as WireFrame).payload, { mask: !isClient }));
  };
  const pass = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms);
    await turns(2);
  };
  return { connection, over, transport, statuses, frames, answer, pass };
}

describe.each([true, false])('isClient %s: a pong that does not come', (isClient) => {
  test('is asked for again after timeout.pong, and what waits leaves when it comes', async () => {
    const { connection, frames, answer, pass, statuses, transport, over } = meet(isClient);
    connection.dispatch(2, pattern(5));
    await pass(0);
    connection.dispatch(2, pattern(7));
    await pass(99);
    expect(frames()).toEqual(['2 5', '9 4']);
    await pass(1);
    expect(frames()).toEqual(['2 5', '9 4', '9 4']);
    expect([connection.status, ...statuses]).toEqual([Status.Timeout, 'ready', 'timeout']);
    await pass(100);
    await pass(100);
    expect(frames()).toEqual(['2 5', '9 4', '9 4', '9 4', '9 4']);
    answer(-1);
    await pass(0);
    expect(frames().slice(5)).toEqual(['2 7', '9 4']);
    expect(statuses).toEqual(['ready', 'timeout', 'ready']);
    // The wait has begun anew.
    await pass(99);
    expect(frames()).toHaveLength(7);
    await pass(1);
    expect(frames()).toHaveLength(8);
    transport.close();
    await over;
  });

  test('and never does: the connection is failed with 1013, and tells what was not sent', async () => {
    const { connection, frames, pass, over } = meet(isClient);
    connection.dispatch(2, pattern(5));
    await pass(0);
    connection.dispatch(2, pattern(7));
    for (const times of [1, 1, 1, 4, 16, 64]) await pass(times * 100);
    expect(frames()).toHaveLength(8);
    expect(connection.status).toBe(Status.Timeout);
    await pass(256 * 100);
    const said = 'no answer to a ping';
    expect(frames()).toHaveLength(9);
    expect(frames().at(-1)).toBe(`8 ${2 + said.length}`);
    expect(await over).toMatchObject({
      code: 1013,
      reason: said,
      wasClean: false,
      error: { code: 'GO_PEER_SILENT' },
      unsent: { messages: 1, mayBeSent: 0 },
    });
  });

  test('in time is not asked for again', async () => {
    const { connection, frames, answer, pass, transport, over } = meet(isClient);
    for (let i = 0; i < 5; i++) {
      connection.dispatch(2, pattern(5));
      await pass(99);
      answer(-1);
      await pass(0);
    }
    await pass(1000);
    expect(frames()).toHaveLength(10);
    expect(vi.getTimerCount()).toBe(0);
    transport.close();
    await over;
  });
});

describe.each([true, false])('isClient %s: a pong that does not come', (isClient) => {
  test.each([
    ['a message', frame(1, 'here', { mask: !isClient })],
    ['a part of a message', frame(1, 'he', { fin: false, mask: !isClient })],
    ['half a frame', frame(1, 'here', { mask: !isClient }).subarray(0, 3)],
    ['a ping', frame(9, 'there?', { mask: !isClient })],
  ])('but %s does: the peer is there; the pong is asked for again all the same', async (_name, bytes) => {
    const { connection, frames, pass, statuses, transport, over } = meet(isClient);
    connection.dispatch(2, pattern(5));
    await pass(0);
    await pass(50);
    transport.deliver(new Uint8Array(bytes));
    await pass(50);
    expect(frames().filter((one) => one.startsWith('9'))).toHaveLength(2);
    expect([connection.status, ...statuses]).toEqual([Status.Ready, 'ready']);
    // Nothing has come since that.
    await pass(100);
    expect([connection.status, ...statuses]).toEqual([Status.Timeout, 'ready', 'timeout']);
    transport.close();
    await over;
  });

  test('because what asks for it has not left: it is not overdue', async () => {
    const { connection, frames, pass, statuses, transport, over } = meet(isClient);
    transport.isSlow = true;
    connection.dispatch(2, pattern(5));
    await pass(0);
    for (let i = 0; i < 10; i++) await pass(100);
    expect([frames(), statuses]).toEqual([['2 5', '9 4'], ['ready']]);
    transport.isSlow = false;
    transport.drain();
    await pass(99);
    expect(statuses).toEqual(['ready']);
    await pass(1);
    expect(statuses).toEqual(['ready', 'timeout']);
    transport.close();
    await over;
  });
});

test('keepPing says how long a pong may take, unless what it says is no time', async () => {
  const { connection, frames, pass, transport, over } = meet();
  connection.keepPing(0, 300);
  connection.dispatch(2, pattern(5));
  await pass(0);
  await pass(299);
  expect(frames()).toHaveLength(2);
  await pass(1);
  expect(frames()).toHaveLength(3);
  connection.keepPing(0, 0);
  await pass(300);
  expect(frames()).toHaveLength(4);
  await pass(99);
  expect(frames()).toHaveLength(4);
  await pass(1);
  expect(frames()).toHaveLength(5);
  transport.close();
  await over;
});

test('keepPing while a pong is overdue: that it comes after all is noticed', async () => {
  const { connection, answer, pass, statuses, transport, over } = meet();
  connection.dispatch(2, pattern(5));
  await pass(0);
  await pass(100);
  connection.keepPing(0, 300);
  answer(-1);
  expect(statuses).toEqual(['ready', 'timeout', 'ready']);
  transport.close();
  await over;
});

test('refreshPongTime says that the peer is there; what waits waits on', async () => {
  const { connection, frames, answer, pass, transport, over } = meet();
  connection.dispatch(2, pattern(5));
  await pass(0);
  connection.dispatch(2, pattern(7));
  await pass(100);
  expect(connection.status).toBe(Status.Timeout);
  connection.refreshPongTime();
  expect(connection.status).toBe(Status.Ready);
  expect(frames()).toEqual(['2 5', '9 4', '9 4']);
  answer(0);
  await pass(0);
  expect(frames().slice(3)).toEqual(['2 7', '9 4']);
  transport.close();
  await over;
});

test('a Close waits for what was dispatched before it, and is sent when the pong comes late', async () => {
  const { connection, frames, answer, pass, transport, over } = meet();
  connection.dispatch(2, pattern(5));
  await pass(0);
  connection.dispatch(2, pattern(7));
  connection.close(3000);
  await pass(250);
  expect(frames()).toEqual(['2 5', '9 4', '9 4']);
  await pass(0);
  answer(-1);
  await pass(0);
  expect(frames().slice(-2)).toEqual(['2 7', '8 2']);
  transport.close();
  expect(await over).toEqual({ code: 3000, reason: '', wasClean: true });
});

test('without pacing nothing is asked', async () => {
  const { connection, frames, pass, transport, over } = meet(true, { pacing: false });
  connection.dispatch(2, pattern(5));
  await pass(10_000);
  expect(frames()).toEqual(['2 5']);
  transport.close();
  await over;
});
