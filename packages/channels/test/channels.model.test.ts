import { once } from 'node:events';
import type { Connection, ConnectionOptions } from '@webson/connection';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Channel, type ChannelError, onChannel, openChannel } from '../src/index.js';
import { meet, pattern } from './support.js';

/** What one side does with its end of a channel. */
interface Part {
  /** Bytes to send. */
  readonly size: number;
  /** Bytes of each write. */
  readonly piece: number;
  /** Gives the channel up when so many bytes were read; undefined for never. */
  readonly resetAt: number | undefined;
  /** Turns of the event loop between two reads. */
  readonly pause: number;
}

interface Plan {
  readonly opener: 'client' | 'server';
  readonly parts: readonly [Part, Part];
  readonly isRefused: boolean;
  /** Turns until the other side accepts. */
  readonly delay: number;
}

const part = fc.record<Part>({
  size: fc.oneof(fc.nat(300), fc.nat(200_000)),
  piece: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1000, max: 100_000 })),
  resetAt: fc.option(fc.nat(50_000), { nil: undefined, freq: 4 }),
  pause: fc.constantFrom(0, 0, 0, 1, 3),
});

const plan = fc.record<Plan>({
  opener: fc.constantFrom('client', 'server'),
  parts: fc.tuple(part, part),
  isRefused: fc.constantFrom(false, false, false, true),
  delay: fc.nat(4),
});

const options: fc.Arbitrary<ConnectionOptions> = fc.record({
  streamWindow: fc.constantFrom(1024, 65_536, 262_144),
  connectionWindow: fc.constantFrom(16_384, 4_194_304),
  synchronize: fc.boolean(),
  triggerOnStart: fc.boolean(),
  enableCompress: fc.boolean(),
  maxStreams: fc.constantFrom(8, 1024),
});

/** What became of one end of a channel. */
interface Outcome {
  got: number;
  isWhole: boolean;
  hasEnded: boolean;
  error: ChannelError | undefined;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function play(channel: Channel, own: Part, peer: Part, seeds: [number, number]): Promise<Outcome> {
  const outcome: Outcome = { got: 0, isWhole: true, hasEnded: false, error: undefined };
  channel.on('error', (error) => {
    outcome.error = error as ChannelError;
  });
  const closed = new Promise<void>((resolve) => channel.on('close', resolve));
  const expected = pattern(peer.size, seeds[1]);
  const send = async (): Promise<void> => {
    const bytes = pattern(own.size, seeds[0]);
    for (let at = 0; at < bytes.length && !channel.destroyed; at += own.piece) {
      if (channel.write(bytes.subarray(at, at + own.piece))) continue;
      await Promise.race([once(channel, 'drain').catch(() => {}), closed]);
    }
    if (!channel.destroyed) channel.end();
  };
  const receive = async (): Promise<void> => {
    try {
      for await (const chunk of channel.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        outcome.isWhole &&= chunk.equals(expected.subarray(outcome.got, outcome.got + chunk.length));
        outcome.got += chunk.length;
        for (let i = 0; i < own.pause; i++) await turn();
        if (own.resetAt !== undefined && outcome.got >= own.resetAt) {
          channel.reset(1000 + seeds[0], 'planned');
          return;
        }
      }
      outcome.hasEnded = outcome.got === peer.size;
    } catch {}
  };
  await Promise.all([send(), receive(), closed]);
  return outcome;
}

async function run(ends: { client: Connection<unknown>; server: Connection<unknown> }, plans: Plan[]): Promise<void> {
  const theirs = new Map<string, Promise<Outcome | 'refused'>>();
  const remove = [ends.client, ends.server].map((end) => {
    return onChannel(end, async (channel, { name }) => {
      const each = plans[Number(name)] as Plan;
      channel.on('error', () => {});
      for (let i = 0; i < each.delay; i++) await turn();
      if (each.isRefused) {
        theirs.set(name, Promise.resolve('refused'));
        channel.refuse('planned', 1999);
        return;
      }
      const index = Number(name);
      const played = play(channel, each.parts[1], each.parts[0], [index * 2 + 1, index * 2]);
      theirs.set(name, played);
      await played;
    });
  });
  const ours = await Promise.all(
    plans.map(({ opener, parts }, i) => {
      return play(openChannel(ends[opener], String(i)), parts[0], parts[1], [i * 2, i * 2 + 1]);
    }),
  );
  for (const [i, { parts, isRefused }] of plans.entries()) {
    const own = ours[i] as Outcome;
    const their = await theirs.get(String(i));
    if (isRefused) {
      // Whoever has given the channel up before it was refused hears of nothing else.
      if (own.error !== undefined) expect(own.error).toMatchObject({ code: 'CHANNEL_REFUSED', channelCode: 1999 });
      expect(own.got).toBe(0);
      continue;
    }
    const both = [own, their as Outcome] as const;
    for (const outcome of both) expect(outcome.isWhole).toBe(true);
    const mayReset = parts.map(({ resetAt }, side) => resetAt !== undefined && (parts[1 - side] as Part).size > 0);
    if (!mayReset.some(Boolean)) {
      expect(both.map(({ error, hasEnded }) => [error, hasEnded])).toEqual([
        [undefined, true],
        [undefined, true],
      ]);
      continue;
    }
    // Whoever hears of a reset hears the code and the reason of the other side.
    for (const [side, { error }] of both.entries()) {
      if (error === undefined) continue;
      expect(error).toMatchObject({ code: 'CHANNEL_RESET', channelCode: 1000 + i * 2 + (1 - side), reason: 'planned' });
    }
  }
  for (const each of remove) each();
}

test('whatever both sides do with many channels: bytes arrive whole, ends are told, nobody waits', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(plan, { minLength: 1, maxLength: 12 }), async (settings, plans) => {
      const { client, server } = await meet(() => {}, { ...settings, pingInterval: 0 });
      await run({ client, server }, plans);
      // Nothing is left over: as many again go through.
      await run({ client, server }, plans);
      const end = client.start().catch(() => {});
      client.close();
      await end;
      expect(client.closeInfo?.code ?? 1000).toBe(1000);
    }),
    { numRuns: 40 },
  );
});
