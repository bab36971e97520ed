import { FakeClock, turns } from '@webson/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useClock } from '../../src/time/clock.js';
import { cleanUpConnections, connectBoth } from '../support/connections.js';

cleanUpConnections();

const STALL = 30_000;
const PIECE = new Uint8Array(1000);
const OPTIONS = {
  enableStreams: true,
  triggerOnStart: true,
  streamWindow: 4096,
  connectionWindow: 16_384,
  pingInterval: 0,
  timeout: { stall: STALL },
} as const;

let clock: FakeClock;
let giveBack: () => void;

beforeEach(() => {
  clock = new FakeClock();
  giveBack = clock.install(useClock);
});

afterEach(() => giveBack());

test('what goes the other way goes on while messages that nobody reads use up the window of the connection', async () => {
  const { client, server } = connectBoth(OPTIONS);
  const ends: unknown[] = [];
  client.onMessage(2, () => new Promise(() => {}));
  let got = 0;
  let readOn = (): void => {};
  server.onMessage(2, async (message) => {
    for await (const piece of message.readIter()) {
      got += piece.length;
      // As slowly as this, the sender waits almost all of the time.
      await new Promise<void>((resolve) => {
        readOn = resolve;
      });
    }
  });
  void client.start().then((info) => ends.push(info));
  void server.start().then((info) => ends.push(info));
  const endless = function* (): Generator<Uint8Array> {
    for (;;) yield PIECE;
  };
  const sending = [server, server, server, server, server, client].map((end) => {
    return end.dispatchReader(2, endless()).catch(() => {});
  });
  for (let i = 0; i < 24; i++) {
    await turns(20);
    await clock.advance(STALL / 4);
    expect(ends).toEqual([]);
    readOn();
  }
  expect(got).toBeGreaterThan(3 * OPTIONS.streamWindow);
  // Once the other side does not read either, nothing moves.
  await clock.advance(3 * STALL);
  await turns(20);
  expect(ends).toContainEqual(expect.objectContaining({ code: 1013 }));
  await Promise.all(sending);
});
