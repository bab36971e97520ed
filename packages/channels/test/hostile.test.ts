import type { Connection } from '@webson/connection';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { onChannel, openChannel } from '../src/index.js';
import { collect, meet } from './support.js';

const TYPE = 7;
const OPEN_2 = [0, 0, 0, 0, 2, 0, 0, 0, 0];

/** A peer that takes channels, and one that sends messages of its own making. */
async function attacked(): Promise<{
  peer: Connection<unknown>;
  attacker: Connection<unknown>;
  ended: Promise<unknown>;
}> {
  let ended: Promise<unknown> = Promise.resolve();
  const { client, server } = await meet(({ client, server }) => {
    onChannel(client, (channel) => void channel.on('error', () => {}).end());
    server.onMessage(TYPE, () => {});
    ended = client.start();
  });
  return { peer: client, attacker: server, ended };
}

describe('a peer that breaks the rules fails the connection with 1002', () => {
  test.each<[string, number[][]]>([
    ['malformed header: kind 9', [[9, 0, 0, 0, 2]]],
    ['malformed header: 0 bytes', [[]]],
    ['malformed header: 3 bytes', [[0, 0, 0]]],
    ['a channel opened with id 1', [[0, 0, 0, 0, 1, 0, 0, 0, 0]]],
    ['a channel opened with id 2', [OPEN_2, OPEN_2]],
    ['channel 1 accepted', [[1, 0, 0, 0, 1]]],
    ['channel 2 accepted', [[1, 0, 0, 0, 2]]],
    ['channel 1 refused', [[2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]]],
  ])('%s', async (reason, messages) => {
    const { attacker, ended } = await attacked();
    for (const bytes of messages) {
      // A message that goes on keeps its channel open.
      const source = (async function* () {
        yield new Uint8Array(bytes);
        if (bytes === OPEN_2) await new Promise(() => {});
      })();
      attacker.dispatchReader(TYPE, source).catch(() => {});
    }
    expect(await ended).toMatchObject({
      code: 1002,
      reason: `channels: ${reason}`,
      error: { code: 'CHANNEL_PROTOCOL' },
    });
  });
});

test('what crosses on the wire is no fault', async () => {
  const { peer, attacker, ended } = await attacked();
  const channel = openChannel(peer, 'x').on('error', () => {});
  channel.destroy();
  attacker.dispatch(TYPE, new Uint8Array([1, 0, 0, 0, 1]));
  attacker.dispatch(TYPE, new Uint8Array([3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  attacker.dispatch(TYPE, new Uint8Array([3, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0]));
  attacker.close();
  expect(await ended).toMatchObject({ code: 1000 });
});

test('whatever a peer sends, the process goes on and the connection ends or works', { timeout: 120_000 }, async () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.tuple(fc.nat(3), fc.nat(6), fc.uint8Array({ maxLength: 20 })).map(([kind, id, rest]) => {
      return new Uint8Array([kind, 0, 0, 0, id, ...rest]);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
      const { peer, attacker, ended } = await attacked();
      for (const name of ['a', 'b', 'c'])
        openChannel(peer, name)
          .on('error', () => {})
          .resume()
          .write('some');
      for (const bytes of messages) attacker.dispatch(TYPE, bytes);
      attacker.close();
      expect(await ended).toMatchObject({ code: expect.toSatisfy((code) => code === 1000 || code === 1002) });
    }),
    { numRuns: 100 },
  );
});

test('a channel to a peer that does not know channels is not accepted in time', async () => {
  const { client } = await meet(({ server }) => void server.onMessage(TYPE, (message) => void message.completed()));
  const channel = openChannel(client, 'x', { timeout: 20 }).on('error', () => {});
  await expect(channel.opened).rejects.toMatchObject({
    code: 'CHANNEL_TIMEOUT',
    message: 'the peer has not accepted the channel within 20 ms',
  });
});

test('a channel whose handler does not make up its mind is refused, and one that falls silent reset', async () => {
  const { client } = await meet(({ server }) => {
    onChannel(server, (channel) => new Promise(() => void channel.on('error', () => {})), { timeout: 20 });
    onChannel(server, (channel) => void channel.on('error', () => {}).accept(), { name: 'idle', idleTimeout: 30 });
  });
  const undecided = openChannel(client, 'x').on('error', () => {});
  await expect(undecided.opened).rejects.toMatchObject({ code: 'CHANNEL_REFUSED', channelCode: 4 });
  const idle = openChannel(client, 'idle');
  await expect(collect(idle)).rejects.toMatchObject({ code: 'CHANNEL_RESET', channelCode: 4 });
});
