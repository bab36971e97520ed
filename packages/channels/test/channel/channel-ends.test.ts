import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { type Channel, onChannel, openChannel } from '../../src/index.js';
import { collect, meet, pattern } from '../support.js';

const quiet = (channel: Channel): Channel => channel.on('error', () => {});

/** A peer that takes channels and reads none of them. */
function park(taken: Channel[]): (channel: Channel) => void {
  return (channel) => {
    taken.push(quiet(channel));
    channel.accept();
  };
}

test('a large write that the peer reads little by little is not idle', async () => {
  const { client } = await meet(
    ({ server }) => {
      onChannel(server, async (channel) => {
        const chunks = channel.iterator({ destroyOnReturn: false });
        for await (const _ of chunks) await new Promise((resolve) => setTimeout(resolve, 30));
        channel.end();
      });
    },
    { streamWindow: 4096 },
  );
  const channel = openChannel(client, 'x', { idleTimeout: 1000 });
  channel.end(pattern(4_000_000));
  expect(await collect(channel)).toHaveLength(0);
});

test('a channel has ended when all its bytes have left, and not before', async () => {
  const taken: Channel[] = [];
  const { client } = await meet(
    ({ server }) => {
      onChannel(server, (channel) => {
        taken.push(quiet(channel));
        channel.end();
      });
    },
    { streamWindow: 1024 },
  );
  const channel = quiet(openChannel(client, 'x'));
  channel.end(pattern(8000));
  await once(channel.resume(), 'end');
  const [peer] = taken as [Channel];
  let isFinished = false;
  channel.once('finish', () => {
    isFinished = true;
  });
  while (peer.readableLength < 1000) await new Promise(setImmediate);
  // What the peer reads ahead is more than the window, so the rest leaves without anybody reading.
  await once(channel, 'close');
  expect(isFinished).toBe(true);
  expect((await collect(peer)).equals(pattern(8000))).toBe(true);
});

test.each<[string, () => object, string]>([
  ['whose signal aborts', () => ({ signal: AbortSignal.timeout(200) }), 'CHANNEL_ABORTED'],
  ['that falls silent', () => ({ idleTimeout: 100 }), 'CHANNEL_TIMEOUT'],
])('a channel %s is given up although nobody reads what has come', async (_, options, code) => {
  const { client } = await meet(({ server }) => {
    onChannel(server, (channel) => void quiet(channel).write(pattern(1_000_000)));
  });
  const channel = openChannel(client, 'x', options());
  expect(await once(channel, 'error')).toMatchObject([{ code }]);
  expect(channel.destroyed).toBe(true);
});

test('channels that nobody reads on either side end neither the connection nor the others', async () => {
  const taken: Channel[] = [];
  const { client, server } = await meet(
    (ends) => {
      for (const end of [ends.client, ends.server]) {
        onChannel(end, (channel) => pipeline(channel, channel), { name: 'echo' });
        onChannel(end, park(taken));
      }
    },
    { connectionWindow: 1 << 20, timeout: { stall: 100 } },
  );
  const echoes = [client, server].map((end) => openChannel(end, 'echo'));
  for (const end of [client, server]) {
    for (let i = 0; i < 30; i++) quiet(openChannel(end, 'parked')).write(pattern(3_000_000));
  }
  for (let round = 0; round < 3; round++) {
    for (const echo of echoes) {
      echo.write('still here');
      expect(`${(await once(echo, 'data'))[0]}`).toBe('still here');
    }
    // Longer than `timeout.stall`, in which nothing moves.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(client.closeInfo).toBeUndefined();
});
