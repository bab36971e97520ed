import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MessageType } from 'webson';
import { Digest, pieces } from './page/kit.js';
import { MemoryWatch, memoryOf } from './page/memory.js';
import { host, SOCKETS, useChromium, visit } from './page/visit.js';

const MIB = 1024 * 1024;
const EACH_WAY = 8;

const browser = useChromium();

// The WebSocket is the harder case: nothing pauses it, and nobody tells when it has room. So it has the full size, and the other
// a quarter, for the sake of the time.
const SIZES: Readonly<Record<string, number>> = { WebSocket: 64 * MIB, WebSocketStream: 16 * MIB };

function digestOf(seed: number, length: number): string {
  const hash = createHash('sha256');
  for (const piece of pieces(seed, length)) hash.update(piece);
  return hash.digest('hex');
}

test('the hash of the page is SHA-256', async () => {
  const digest = await Digest.create();
  for (const piece of pieces(3, 100_000)) digest.update(piece);
  expect([digest.hex(), digest.first, digest.length]).toEqual([digestOf(3, 100_000), 3, 100_000]);
});

describe.each(SOCKETS)('in a page, over %s', (name, hasStream) => {
  test('8 uploads and 8 downloads at a time are whole, and messages pass between them', {
    timeout: 300_000,
  }, async () => {
    const size = SIZES[name]!;
    const seeds = Array.from({ length: EACH_WAY }, (_, i) => i + 1);
    const server = await host({ enableStreams: true }, (ws) => {
      ws.onMessage(
        MessageType.Binary,
        async (message, adapter) => {
          const hash = createHash('sha256');
          let first = -1;
          for await (const piece of message.readIter()) {
            if (first < 0) [first = -1] = piece;
            hash.update(piece);
          }
          adapter.dispatch(3, `${first} ${hash.digest('hex')}`);
        },
        { stream: true },
      );
      ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(1, message.text()));
      ws.onMessage(4, (message, adapter) => adapter.dispatchReader(2, pieces(Number(message.text()), size)));
    });
    const page = await visit(browser(), server, hasStream);
    const before = await memoryOf(browser());
    const serverBefore = process.memoryUsage.rss() / MIB;
    const memory = new MemoryWatch(browser());
    const seen = await page.evaluate(
      async ({ url, length, numbers }) => {
        const ws = await webson.dial(url, { enableStreams: true });
        const watch = new kit.Watch();
        const uploads = new Map<number, string>();
        const downloads = new Map<number, string>();
        let echoes = 0;
        ws.onMessage(1, () => {
          echoes++;
          watch.changed();
        });
        ws.onMessage(3, (message) => {
          const [number, sum = ''] = message.text().split(' ');
          uploads.set(Number(number), sum);
          watch.changed();
        });
        ws.onMessage(
          2,
          async (message) => {
            const digest = await kit.Digest.create();
            for await (const piece of message.readIter()) digest.update(piece);
            downloads.set(digest.first, digest.hex());
            watch.changed();
          },
          { stream: true },
        );
        const ended = ws.start();
        const begun = performance.now();
        const sent = numbers.map((seed) => ws.dispatchReader(2, kit.pieces(seed, length)));
        for (const seed of numbers) ws.dispatch(4, String(100 + seed));
        const isDone = (): boolean => uploads.size === numbers.length && downloads.size === numbers.length;
        const trips: number[] = [];
        while (!isDone()) {
          const asked = performance.now();
          ws.dispatch(1, `chat ${trips.length}`);
          await watch.until(() => echoes > trips.length);
          trips.push(performance.now() - asked);
          await kit.pause(20);
        }
        const time = performance.now() - begun;
        await Promise.all(sent);
        ws.close();
        return { uploads: [...uploads], downloads: [...downloads], trips, time, end: await ended };
      },
      { url: server.url, length: size, numbers: seeds },
    );
    const most = await memory.stop();
    const growth = {
      page: Math.round(most.renderer - before.renderer),
      server: Math.round(most.server - serverBefore),
    };
    const trips = seen.trips.sort((a, b) => a - b).map((time) => Math.round(time * 10) / 10);
    const rate = (2 * EACH_WAY * size) / MIB / (seen.time / 1000);
    console.info(
      `${name}: 2 × ${EACH_WAY} × ${size / MIB} MiB in ${(seen.time / 1000).toFixed(1)} s, ${Math.round(rate)} MiB/s;`,
      `${trips.length} round trips meanwhile, ms: median ${trips[trips.length >> 1]}, 99 % ${trips[Math.floor(trips.length * 0.99)]}, most ${trips.at(-1)};`,
      `memory grew by ${growth.page} MiB of the pages, ${growth.server} MiB of this process`,
    );
    expect(new Map(seen.uploads)).toEqual(new Map(seeds.map((seed) => [seed, digestOf(seed, size)])));
    expect(new Map(seen.downloads)).toEqual(new Map(seeds.map((seed) => [100 + seed, digestOf(100 + seed, size)])));
    // The last one is the one during which the transfers have ended.
    expect(trips.length).toBeGreaterThan(10);
    expect(seen.end).toEqual({ code: 1000, reason: '', wasClean: true });
    // The page hashes, so it has garbage; it is to hold windows, and no transfers.
    expect(growth.page).toBeLessThan(400);
    expect(growth.server).toBeLessThan(300);
  });
});
