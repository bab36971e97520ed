import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Message } from 'webson';
import { PIECE } from './page/kit.js';
import { host, SOCKETS, useChromium, visit } from './page/visit.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const ROUNDS = 1000;
/** Rounds after which memory is compared with what it is at the end. */
const WARM = 300;
/** Whatever one round kept of its stream, or of its window, would soon be missing. */
const OPTIONS = { enableStreams: true, maxStreams: 6, streamWindow: 128 * KIB, connectionWindow: MIB };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const browser = useChromium();

/** Bytes on the heap of a page when its garbage is collected, the memory of its buffers among them. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const usage: { usedSize: number; backingStorageSize?: number } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usage.usedSize + (usage.backingStorageSize ?? 0);
}

function ownHeap(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe.each(SOCKETS)('in a page, over %s', (name, hasStream) => {
  test('either side gives up either direction, a thousand times, both are told, and nothing is left of it', async () => {
    const counts = new Map<string, number>();
    const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
    let open = 0;
    function* endless(): Generator<Uint8Array> {
      open++;
      try {
        const piece = new Uint8Array(PIECE);
        for (;;) yield piece;
      } finally {
        open--;
      }
    }
    const server = await host(OPTIONS, (ws) => {
      // A download that the page leaves.
      ws.onMessage(4, async () => {
        await ws.dispatchReader(2, endless()).catch((error: Error) => count(`sender, left: ${error.name}`));
      });
      // A download that the server gives up, once the page has begun to read it.
      let giveUp = (): void => {};
      ws.onMessage(5, async () => {
        const abort = new AbortController();
        giveUp = () => abort.abort(new Error('enough'));
        const sent = ws.dispatchReader(3, endless(), { signal: abort.signal });
        await sent.catch((error: Error) => count(`sender, gives up: ${error.message}`));
      });
      ws.onMessage(6, () => giveUp());
      // An upload that the server leaves.
      const leave = async (message: Message): Promise<void> => {
        for await (const _piece of message.readIter()) break;
        count('reader, leaves');
      };
      ws.onMessage(2, leave, { stream: true });
      // An upload that the page gives up.
      const read = async (message: Message): Promise<void> => {
        let isFirst = true;
        try {
          for await (const _piece of message.readIter()) {
            if (isFirst) ws.dispatch(7, '');
            isFirst = false;
          }
        } catch (error) {
          count(`reader, given up: ${(error as Error).name}`);
        }
      };
      ws.onMessage(3, read, { stream: true });
      ws.onMessage(7, (message) => ws.dispatch(1, String(message.read().length)));
    });
    const page = await visit(browser(), server, hasStream);
    await page.evaluate(
      async ({ url, options }) => {
        const ws = await webson.dial(url, options);
        const watch = new kit.Watch();
        const seen: Record<string, number> = {};
        const tally = (what: string): void => {
          seen[what] = (seen[what] ?? 0) + 1;
          watch.changed();
        };
        let sources = 0;
        function* endlessly(): Generator<Uint8Array> {
          sources++;
          try {
            const piece = new Uint8Array(kit.PIECE);
            for (;;) yield piece;
          } finally {
            sources--;
          }
        }
        ws.onMessage(
          2,
          async (message) => {
            for await (const _piece of message.readIter()) break;
            tally('reader, leaves');
          },
          { stream: true },
        );
        ws.onMessage(
          3,
          async (message) => {
            let isFirst = true;
            try {
              for await (const _piece of message.readIter()) {
                if (isFirst) ws.dispatch(6, '');
                isFirst = false;
              }
            } catch (error) {
              tally(`reader, given up: ${(error as Error).name}`);
            }
          },
          { stream: true },
        );
        let giveUp = (): void => {};
        ws.onMessage(7, () => giveUp());
        let answer = '';
        ws.onMessage(1, (message) => {
          answer = message.text();
          watch.changed();
        });
        const ended = ws.start();
        const step = async (): Promise<void> => {
          const before = Object.values(seen).reduce((sum, each) => sum + each, 0);
          const abort = new AbortController();
          giveUp = () => abort.abort(new Error('enough'));
          ws.dispatch(4, '');
          ws.dispatch(5, '');
          const left = ws.dispatchReader(2, endlessly()).catch((error: Error) => tally(`sender, left: ${error.name}`));
          const given = ws
            .dispatchReader(3, endlessly(), { signal: abort.signal })
            .catch((error: Error) => tally(`sender, gives up: ${error.message}`));
          await Promise.all([left, given]);
          await watch.until(() => Object.values(seen).reduce((sum, each) => sum + each, 0) === before + 4);
        };
        Object.assign(globalThis, {
          rounds: async (number: number) => {
            for (let i = 0; i < number; i++) await step();
            return { seen, sources };
          },
          end: async (length: number) => {
            await ws.dispatchReader(7, kit.pieces(1, length));
            await watch.until(() => answer !== '');
            ws.close();
            return [answer, await ended];
          },
        });
      },
      { url: server.url, options: OPTIONS },
    );
    const rounds = (number: number): Promise<unknown> =>
      page.evaluate((n) => (globalThis as unknown as { rounds(n: number): unknown }).rounds(n), number);
    await rounds(WARM);
    const before = { page: await heapOf(page), server: ownHeap() };
    const seen = await rounds(ROUNDS - WARM);
    const after = { page: await heapOf(page), server: ownHeap() };
    const growth = { page: after.page - before.page, server: after.server - before.server };
    console.info(
      `${name}: ${ROUNDS - WARM} rounds made the heap of the page grow by ${Math.round(growth.page / KIB)} KiB,`,
      `that of the server by ${Math.round(growth.server / KIB)} KiB`,
    );
    const told = {
      'reader, leaves': ROUNDS,
      'reader, given up: MessageCancelledError': ROUNDS,
      'sender, left: MessageCancelledError': ROUNDS,
      'sender, gives up: enough': ROUNDS,
    };
    expect(seen).toEqual({ seen: told, sources: 0 });
    await expect.poll(() => [Object.fromEntries(counts), open]).toEqual([told, 0]);
    expect(growth.page).toBeLessThan(MIB);
    expect(growth.server).toBeLessThan(4 * MIB);
    // The windows are whole.
    const last = await page.evaluate((n) => (globalThis as unknown as { end(n: number): unknown }).end(n), 4 * MIB);
    expect(last).toEqual([String(4 * MIB), { code: 1000, reason: '', wasClean: true }]);
  });
});
