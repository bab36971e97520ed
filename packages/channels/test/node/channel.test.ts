import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { ClosedError } from '@webson/connection';
import { describe, expect, test } from 'vitest';
import { type Channel, ChannelCode, ChannelError, onChannel, openChannel } from '../../src/index.js';
import { collect, meet, pattern } from '../support.js';

describe('a channel', () => {
  test('carries bytes both ways, with a name and meta, and each side ends on its own', async () => {
    const seen: unknown[] = [];
    const { client } = await meet(({ server }) => {
      onChannel(server, async (channel, about) => {
        seen.push(about, channel.name, channel.meta);
        const got = await collect(channel.iterator({ destroyOnReturn: false }));
        channel.end(Buffer.concat([Buffer.from('got '), got]));
      });
    });
    const channel = openChannel(client, 'upper', { meta: { level: 3 } });
    channel.write('hel');
    channel.end('lo');
    expect((await collect(channel)).toString()).toBe('got hello');
    await channel.opened;
    expect(seen).toEqual([{ name: 'upper', meta: { level: 3 } }, 'upper', { level: 3 }]);
  });

  test.each([0, 1, 65_535, 65_536, 5_000_000])('of %i bytes comes back as it was', async (size) => {
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel) => pipeline(channel, channel));
    });
    const bytes = pattern(size);
    const channel = openChannel(client, '');
    channel.end(bytes);
    expect((await collect(channel)).equals(bytes)).toBe(true);
  });

  test('of the server is opened as well as of the client, many at a time', async () => {
    const { client, server } = await meet((ends) => {
      for (const end of [ends.client, ends.server]) onChannel(end, (channel) => pipeline(channel, channel));
    });
    const sizes = Array.from({ length: 60 }, (_, i) => i * 3001);
    const echoes = [client, server].flatMap((end) => {
      return sizes.map(async (size, i) => {
        const channel = openChannel(end, `c${i}`);
        channel.end(pattern(size, i));
        return (await collect(channel)).equals(pattern(size, i));
      });
    });
    expect(await Promise.all(echoes)).toEqual(echoes.map(() => true));
  });

  test('is refused with a code and a reason', async () => {
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel, { name }) => channel.refuse(`no ${name} here`, 1404));
    });
    const channel = openChannel(client, 'files');
    const [error] = await once(channel, 'error');
    expect(error).toMatchObject({ code: 'CHANNEL_REFUSED', channelCode: 1404, reason: 'no files here' });
    await expect(channel.opened).rejects.toBe(error);
  });

  test('is refused where nobody takes channels', async () => {
    const { client } = await meet(({ server }) => {
      onChannel(server, () => {})();
    });
    await expect(openChannel(client, 'x').on('error', () => {}).opened).rejects.toMatchObject({
      channelCode: ChannelCode.NoListener,
    });
  });

  test('is refused, and whoever waits for that need not listen to errors, too', async () => {
    const heard: unknown[] = [];
    const { client } = await meet(({ client, server }) => {
      client.onError((error) => void heard.push(error));
      onChannel(server, (channel) => channel.refuse('no'));
    });
    const awaited = openChannel(client, 'x');
    await expect(awaited.opened).rejects.toMatchObject({ reason: 'no' });
    const unheard = openChannel(client, 'y');
    await new Promise((resolve) => unheard.on('close', resolve));
    while (heard.length === 0) await new Promise(setImmediate);
    expect(heard).toEqual([expect.objectContaining({ code: 'CHANNEL_REFUSED' })]);
  });

  test('is refused by what its handler throws, and the error is heard', async () => {
    const heard: Error[] = [];
    const { client } = await meet(({ server }) => {
      server.onError((error) => void heard.push(error));
      onChannel(server, async () => {
        throw new Error('of the handler');
      });
    });
    await expect(openChannel(client, 'x').on('error', () => {}).opened).rejects.toMatchObject({
      code: 'CHANNEL_REFUSED',
      channelCode: ChannelCode.Failed,
      reason: '',
    });
    expect(heard.map(({ message }) => message)).toEqual(['of the handler']);
  });

  test.each(['client', 'server'] as const)('is reset by the %s, and the other hears why', async (who) => {
    const accepted: Channel[] = [];
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel) => {
        accepted.push(channel.on('error', () => {}));
        channel.resume();
      });
    });
    const channel = openChannel(client, 'x').on('error', () => {});
    channel.write('some');
    await channel.opened;
    const both = [channel, accepted[0] as Channel];
    if (who === 'server') both.reverse();
    const [own, other] = both as [Channel, Channel];
    own.on('error', expect.unreachable);
    const ends = Promise.all([once(own, 'close'), once(other, 'error')]);
    own.reset(1500, 'enough');
    const [, [otherError]] = await ends;
    expect(otherError).toMatchObject({ code: 'CHANNEL_RESET', channelCode: 1500, reason: 'enough' });
  });

  test('that is destroyed is reset, without an error here', async () => {
    const told: unknown[] = [];
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel) => {
        channel.on('error', (error) => told.push(error)).resume();
      });
    });
    const channel = openChannel(client, 'x');
    await channel.opened;
    channel.destroy();
    await once(channel, 'close');
    while (told.length === 0) await new Promise(setImmediate);
    expect(told).toEqual([expect.objectContaining({ code: 'CHANNEL_RESET', channelCode: ChannelCode.None })]);
    expect(told[0]).toBeInstanceOf(ChannelError);
  });

  test('ends with its connection; what has come before its end can be read', async () => {
    const { client, server } = await meet((ends) => {
      onChannel(ends.server, (channel) => {
        channel.on('error', () => {});
        channel.end('all of it');
      });
    });
    const channel = openChannel(client, 'x').on('error', () => {});
    await channel.opened;
    while (channel.readableLength < 9) await new Promise(setImmediate);
    server.terminate();
    expect((await collect(channel)).toString()).toBe('all of it');
    while (client.closeInfo === undefined) await new Promise(setImmediate);
    expect(() => openChannel(client, 'y')).toThrow(ClosedError);
  });

  test('that nobody reads holds up neither the others nor messages', async () => {
    const { client } = await meet(({ server }) => {
      server.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.text()));
      onChannel(server, (channel, { name }) => (name === 'stuck' ? channel.accept() : pipeline(channel, channel)));
    });
    const stuck = Array.from({ length: 30 }, () => {
      const channel = openChannel(client, 'stuck').on('error', () => {});
      channel.write(pattern(1_000_000));
      return channel;
    });
    await Promise.all(stuck.map(({ opened }) => opened));
    const message = new Promise((resolve) => client.onMessage(1, (got) => resolve(got.text())));
    client.dispatch(1, 'hello');
    expect(await message).toBe('hello');
    const channel = openChannel(client, 'free');
    channel.end(pattern(1_000_000));
    expect((await collect(channel)).length).toBe(1_000_000);
  });

  test('does not wait for handlers of messages, which may wait for it', async () => {
    const { client } = await meet(
      ({ client, server }) => {
        onChannel(client, (channel) => channel.end('asked'));
        server.onMessage(1, async (_message, adapter) => {
          const got = await collect(openChannel(server, 'ask').end() as Channel);
          adapter.dispatch(1, got.toString());
        });
      },
      { synchronize: true },
    );
    const answer = new Promise((resolve) => client.onMessage(1, (got) => resolve(got.text())));
    client.dispatch(1, 'go');
    expect(await answer).toBe('asked');
  });

  test('without streams is an error that says what to set', async () => {
    const { client } = await meet(() => {}, { enableStreams: false });
    expect(() => openChannel(client, 'x')).toThrow(expect.objectContaining({ code: 'NO_STREAMS' }));
  });

  test('is given up by a signal, before and after it was accepted', async () => {
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel, { name }) => {
        channel.on('error', () => {});
        if (name === 'late') return new Promise(() => {});
        channel.accept();
        return undefined;
      });
    });
    for (const name of ['late', 'soon']) {
      const controller = new AbortController();
      const channel = openChannel(client, name, { signal: controller.signal }).on('error', () => {});
      if (name === 'soon') await channel.opened;
      const failed = once(channel, 'error').catch((error: unknown) => [error]);
      controller.abort();
      expect(await failed).toEqual([expect.objectContaining({ code: 'CHANNEL_ABORTED' })]);
    }
    const signal = AbortSignal.abort(new Error('before'));
    expect(() => openChannel(client, 'x', { signal })).toThrow('before');
  });

  test('beyond as many as are taken is refused', async () => {
    const { client } = await meet(({ server }) => {
      onChannel(server, (channel) => void channel.on('error', () => {}).accept(), { maxChannels: 2 });
    });
    const first = [openChannel(client, '1'), openChannel(client, '2')];
    for (const channel of first) channel.on('error', () => {});
    await Promise.all(first.map(({ opened }) => opened));
    const third = openChannel(client, '3').on('error', () => {});
    await expect(third.opened).rejects.toMatchObject({
      channelCode: ChannelCode.TooMany,
      reason: '2 channels are open',
    });
    first[0]?.destroy();
    await once(first[0] as Channel, 'close');
    const fourth = openChannel(client, '4').on('error', () => {});
    await fourth.opened;
  });
});
