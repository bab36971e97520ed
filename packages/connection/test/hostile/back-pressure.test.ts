import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ClosedError } from '../../src/protocol/contract/errors.js';
import { expectNothingLeft, rejection } from '../node/harness.js';
import { pattern } from '../support/frames.js';
import { meet, ROLES } from '../support/hostile-peer.js';
import { turns } from '../support/turns.js';

// A peer that stops reading, over real sockets.
expectNothingLeft();

const MARK = 256 * 1024;
const MESSAGE = pattern(100_000);
/** The longest header of a frame. */
const HEADER = 14;

describe.each(ROLES)('a %s', (role) => {
  test('a peer that reads by fits and starts costs the mark and one message, and gets everything', async () => {
    const { connection, closed, peer } = await meet(role, { highWaterMark: MARK });
    let most = 0;
    let waits = 0;
    const count = 200;
    for (let i = 0; i < count; i++) {
      peer.socket.pause();
      const isBelow = connection.dispatch(2, MESSAGE);
      most = Math.max(most, connection.bufferedAmount);
      expect(isBelow).toBe(connection.bufferedAmount <= MARK);
      if (isBelow) continue;
      waits++;
      let isDrained = false;
      const drained = connection.drained().then(() => {
        isDrained = true;
      });
      // Nobody reads: what the system has taken does not count, what it has not stays.
      await turns(5);
      expect(isDrained).toBe(connection.bufferedAmount <= MARK);
      peer.socket.resume();
      await drained;
      expect(connection.bufferedAmount).toBeLessThanOrEqual(MARK);
    }
    expect(waits).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(MARK);
    expect(most).toBeLessThanOrEqual(MARK + MESSAGE.length + HEADER);
    peer.socket.resume();
    connection.close();
    await peer.closing();
    peer.send(peer.frame(8, Uint8Array.of(3, 232)));
    peer.socket.end();
    expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
    const digest = digestOf(MESSAGE);
    expect(peer.frames.slice(0, -1).map(({ payload }) => digestOf(payload))).toEqual(Array(count).fill(digest));
  });

  test('a peer that never reads: bufferedAmount stays, drained waits, close times out with 1006', async () => {
    const { connection, closed, peer } = await meet(role, { highWaterMark: MARK, timeout: { close: 50 } });
    peer.socket.pause();
    await fill(() => connection.dispatch(2, MESSAGE));
    const amount = connection.bufferedAmount;
    expect(amount).toBeGreaterThan(MARK);
    expect(amount).toBeLessThanOrEqual(MARK + MESSAGE.length + HEADER);
    const drained = rejection(connection.drained());
    await turns(20);
    expect(connection.bufferedAmount).toBe(amount);
    connection.close(1000, 'bye');
    expect(() => connection.dispatch(1, 'more')).toThrow(ClosedError);
    const unsent = { messages: expect.any(Number), bytes: expect.any(Number), mayBeSent: expect.any(Number) };
    const info = await closed;
    expect(info).toEqual({ code: 1006, reason: '', wasClean: false, unsent });
    // Its Close waits behind them.
    expect(info.unsent?.bytes).toBeGreaterThan(amount);
    expect(await drained).toBeInstanceOf(ClosedError);
    expect(connection.bufferedAmount).toBe(0);
  });

  test('close gets through behind what is queued, once the peer reads again', async () => {
    const { connection, closed, peer } = await meet(role, { highWaterMark: MARK });
    peer.socket.pause();
    const count = await fill(() => connection.dispatch(2, MESSAGE));
    connection.close(4000, 'enough');
    await turns(20);
    peer.socket.resume();
    expect(await peer.closing()).toEqual({ code: 4000, reason: 'enough' });
    expect(peer.frames).toHaveLength(count + 1);
    peer.send(peer.frame(8, Uint8Array.of(15, 160)));
    peer.socket.end();
    expect(await closed).toEqual({ code: 4000, reason: '', wasClean: true });
  });

  test('a message sent piece by piece is pulled no further than one write and a piece', async () => {
    const { connection, closed, peer } = await meet(role, { highWaterMark: MARK, timeout: { close: 50 } });
    peer.socket.pause();
    let pulled = 0;
    let isStopped = false;
    async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (;;) {
          pulled++;
          yield MESSAGE;
        }
      } finally {
        isStopped = true;
      }
    }
    const sending = rejection(connection.dispatchReader(2, source()));
    for (let before = -1; before < pulled; await turns(50)) before = pulled;
    expect(connection.bufferedAmount).toBeGreaterThan(0);
    // One write of queued frames, a piece that is still cut, and headers of their own.
    expect(connection.bufferedAmount).toBeLessThanOrEqual(64 * 1024 + 2 * MESSAGE.length + 10 * HEADER);
    connection.close();
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    expect(await sending).toBeInstanceOf(ClosedError);
    expect(isStopped).toBe(true);
  });
});

// Sends until the system takes no more: how many messages that were.
async function fill(send: () => boolean): Promise<number> {
  let count = 0;
  for (let isFull = false; !isFull; ) {
    count++;
    if (send()) continue;
    // The system may take more in a moment.
    await turns(20);
    isFull = true;
  }
  return count;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
