import { describe, expect, test } from 'vitest';
import { openChannel as openDuplex } from '../../src/index.js';
import { type Channel, ChannelCode, onChannel, openChannel } from '../../src/web.js';
import { collect, meet, pattern } from '../support.js';

/** All bytes of a web stream. */
async function read({ readable }: Channel): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return Buffer.concat(chunks);
}

async function write({ writable }: Channel, ...pieces: (Uint8Array | string)[]): Promise<void> {
  const writer = writable.getWriter();
  for (const piece of pieces) await writer.write(piece);
  await writer.close();
}

describe('a channel as web streams', () => {
  test('carries bytes both ways, also to a Duplex', async () => {
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel) => channel.readable.pipeTo(channel.writable));
    });
    const bytes = pattern(1_000_000);
    const channel = openChannel(client, 'echo', { meta: [1] });
    expect([channel.name, channel.meta]).toEqual(['echo', [1]]);
    const [, got] = await Promise.all([write(channel, bytes, 'ü'), read(channel)]);
    expect(got.equals(Buffer.concat([bytes, Buffer.from('ü')]))).toBe(true);
    const duplex = openDuplex(client, 'echo');
    duplex.end(bytes);
    expect((await collect(duplex)).equals(bytes)).toBe(true);
  });

  test('is refused, and its streams fail', async () => {
    const { client } = await meet(({ server }) => void onChannel(server, (channel) => channel.refuse('no', 1001)));
    const channel = openChannel(client, 'x');
    const refused = { code: 'CHANNEL_REFUSED', channelCode: 1001, reason: 'no' };
    await expect(channel.opened).rejects.toMatchObject(refused);
    await expect(read(channel)).rejects.toMatchObject(refused);
    await expect(write(channel, 'late')).rejects.toMatchObject(refused);
  });

  test.each<[string, (channel: Channel) => unknown, number]>([
    ['cancelling it', ({ readable }) => readable.cancel(), ChannelCode.None],
    ['aborting it', ({ writable }) => writable.abort(), ChannelCode.Failed],
    ['reset', (channel) => channel.reset(1234), 1234],
  ])('is given up by %s', async (_name, giveUp, channelCode) => {
    let theirs: Channel | undefined;
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel) => {
        theirs = channel;
      });
    });
    const channel = openChannel(client, 'x');
    await channel.opened;
    await giveUp(channel);
    await expect(read(theirs as Channel)).rejects.toMatchObject({ code: 'CHANNEL_RESET', channelCode });
  });

  test('that was ended is over when the other side has ended too, although nobody reads it', async () => {
    const { client } = await meet(
      ({ server }) => {
        onChannel(server, async (channel) => {
          await read(channel);
          await channel.writable.getWriter().close();
        });
      },
      { maxStreams: 5 },
    );
    // Two at a time may be open.
    for (let i = 0; i < 6; i++) {
      const channel = openChannel(client, 'x', { timeout: 5000 });
      await write(channel, 'up');
      await channel.opened;
    }
  });

  test('is not read before it is asked for', async () => {
    const { client } = await meet(({ server }) => void onChannel(server, (channel) => channel.accept()), {
      streamWindow: 4096,
    });
    const channel = openChannel(client, 'x');
    await channel.opened;
    const writer = channel.writable.getWriter();
    let written = 0;
    const writing = (async () => {
      for (;;) {
        await writer.write(pattern(1000));
        written += 1000;
      }
    })().catch(() => {});
    for (let before = -1; before !== written; ) {
      before = written;
      for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    }
    expect(written).toBeLessThanOrEqual(4096 + 16_384 + 65_536);
    channel.reset();
    await writing;
  });
});
