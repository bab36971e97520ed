import { describe, expect, onTestFinished, test } from 'vitest';
import { Status } from 'webson';
import { pieces } from './page/kit.js';
import { MemoryWatch, memoryOf } from './page/memory.js';
import { host, SOCKETS, useChromium, visit } from './page/visit.js';

const KIB = 1024;
const MIB = 1024 * KIB;
// One less than would take all of the connection's window, which is there for those that are read, too.
const STREAMS = 3;
const LENGTH = 86 * MIB;
const WINDOWS = { streamWindow: 256 * KIB, connectionWindow: MIB };
/** Beside its window, a stream holds the piece that its source was asked for last, and the frame that waits to leave. */
const PER_STREAM = 2 * 64 * KIB;
/** What else a side may hold of all streams: one hand-over of frames. */
const HAND_OVER = 256 * KIB;
const BOUND = WINDOWS.connectionWindow + STREAMS * PER_STREAM + HAND_OVER;

const browser = useChromium();

/** Yields pieces, and counts what was taken of them. */
class CountedSource {
  taken = 0;

  *pieces(seed: number, length: number): Generator<Uint8Array> {
    for (const piece of pieces(seed, length)) {
      this.taken += piece.length;
      yield piece;
    }
  }
}

describe.each(SOCKETS)('in a page, over %s', (name, hasStream) => {
  test('readers of a page that stall hold no more than its windows, and everything else goes on', async () => {
    const source = new CountedSource();
    let timeouts = 0;
    const failed: Promise<string>[] = [];
    const server = await host({ enableStreams: true, pingInterval: 50 }, (ws) => {
      ws.onStatus(Status.Timeout, () => void timeouts++);
      ws.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.text()));
      ws.onMessage(4, (message, adapter) => {
        const sent = adapter.dispatchReader(2, source.pieces(Number(message.text()), LENGTH));
        failed.push(sent.then(String, (error: { code: string }) => error.code));
      });
      ws.onMessage(5, (_message, adapter) => void adapter.dispatchReader(3, pieces(9, MIB)));
    });
    const page = await visit(browser(), server, hasStream);
    const before = await memoryOf(browser());
    const memory = new MemoryWatch(browser());
    const seen = await page.evaluate(
      async ({ url, count, windows }) => {
        const ws = await webson.dial(url, { enableStreams: true, pingInterval: 50, ...windows });
        const watch = new kit.Watch();
        let timeouts = 0;
        const leave = new AbortController();
        let stalled = 0;
        let echoes = 0;
        let other = 0;
        ws.onStatus(webson.Status.Timeout, () => void timeouts++);
        ws.onMessage(1, () => {
          echoes++;
          watch.changed();
        });
        ws.onMessage(
          2,
          async (message) => {
            for await (const _piece of message.readIter()) {
              stalled++;
              watch.changed();
              await new Promise((resolve) => leave.signal.addEventListener('abort', resolve));
              break;
            }
          },
          { stream: true },
        );
        ws.onMessage(
          3,
          async (message) => {
            for await (const piece of message.readIter()) other += piece.length;
            watch.changed();
          },
          { stream: true },
        );
        const ended = ws.start();
        for (let i = 0; i < count; i++) ws.dispatch(4, String(i));
        await watch.until(() => stalled === count);
        // The windows fill.
        await kit.pause(300);
        for (let i = 0; i < 50; i++) {
          ws.dispatch(1, 'x'.repeat(100));
          await watch.until(() => echoes > i);
          await kit.pause(10);
        }
        ws.dispatch(5, '');
        await watch.until(() => other === 1024 * 1024);
        Object.assign(globalThis, {
          leave: async () => {
            leave.abort();
            ws.dispatch(1, 'last');
            await watch.until(() => echoes > 50);
            ws.close();
            return ended;
          },
        });
        return { echoes, other, timeouts };
      },
      { url: server.url, count: STREAMS, windows: WINDOWS },
    );
    const most = await memory.stop();
    console.info(
      `${name}: of ${(STREAMS * LENGTH) / MIB} MiB the server has taken ${Math.round(source.taken / KIB)} KiB,`,
      `the memory of the pages grew by ${Math.round(most.renderer - before.renderer)} MiB`,
    );
    expect(seen).toEqual({ echoes: 50, other: MIB, timeouts: 0 });
    expect(source.taken).toBeGreaterThanOrEqual(WINDOWS.streamWindow);
    expect(source.taken).toBeLessThanOrEqual(BOUND);
    expect(most.renderer - before.renderer).toBeLessThan(100);
    expect(await page.evaluate(() => (globalThis as unknown as { leave(): unknown }).leave())).toEqual({
      code: 1000,
      reason: '',
      wasClean: true,
    });
    expect(await Promise.all(failed)).toEqual(Array(STREAMS).fill('MESSAGE_CANCELLED'));
    expect(timeouts).toBe(0);
  });

  test('readers of a server that stall hold a page to their windows, and everything else goes on', async () => {
    const leave = new AbortController();
    onTestFinished(() => leave.abort());
    let timeouts = 0;
    const server = await host({ enableStreams: true, pingInterval: 50, ...WINDOWS }, (ws) => {
      ws.onStatus(Status.Timeout, () => void timeouts++);
      ws.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.text()));
      const stall = async (message: Parameters<Parameters<typeof ws.onMessage>[1]>[0]): Promise<void> => {
        for await (const _piece of message.readIter()) {
          await new Promise((resolve) => leave.signal.addEventListener('abort', resolve));
          break;
        }
      };
      ws.onMessage(2, stall, { stream: true });
      const count = async (message: Parameters<Parameters<typeof ws.onMessage>[1]>[0]): Promise<void> => {
        let length = 0;
        for await (const piece of message.readIter()) length += piece.length;
        ws.dispatch(3, String(length));
      };
      ws.onMessage(3, count, { stream: true });
    });
    const page = await visit(browser(), server, hasStream);
    const before = await memoryOf(browser());
    const memory = new MemoryWatch(browser());
    const seen = await page.evaluate(
      async ({ url, count, length }) => {
        // The socket that the connection takes.
        const made: { readonly bufferedAmount: number }[] = [];
        const Native = globalThis.WebSocket;
        const Observed = new Proxy(Native, {
          construct(target, args: ConstructorParameters<typeof Native>) {
            const socket = new target(...args);
            made.push(socket);
            return socket;
          },
        });
        globalThis.WebSocket = Observed;
        const ws = await webson.dial(url, { enableStreams: true, pingInterval: 50 });
        const watch = new kit.Watch();
        let timeouts = 0;
        let taken = 0;
        let echoes = 0;
        let other = '';
        ws.onStatus(webson.Status.Timeout, () => void timeouts++);
        ws.onMessage(1, () => {
          echoes++;
          watch.changed();
        });
        ws.onMessage(3, (message) => {
          other = message.text();
          watch.changed();
        });
        const ended = ws.start();
        const codes = Array.from({ length: count }, (_, seed) => {
          const source = (function* () {
            for (const piece of kit.pieces(seed, length)) {
              taken += piece.length;
              yield piece;
            }
          })();
          return ws.dispatchReader(2, source).then(String, (error: { code: string }) => error.code);
        });
        await kit.pause(300);
        let mostBuffered = 0;
        for (let i = 0; i < 50; i++) {
          ws.dispatch(1, 'x'.repeat(100));
          await watch.until(() => echoes > i);
          mostBuffered = Math.max(mostBuffered, ws.bufferedAmount + (made[0]?.bufferedAmount ?? 0));
          await kit.pause(10);
        }
        await ws.dispatchReader(3, kit.pieces(9, 1024 * 1024));
        await watch.until(() => other !== '');
        Object.assign(globalThis, {
          leave: async () => {
            const cancelled = await Promise.all(codes);
            ws.close();
            return { cancelled, end: await ended };
          },
        });
        return { echoes, other, timeouts, taken, mostBuffered };
      },
      { url: server.url, count: STREAMS, length: LENGTH },
    );
    const most = await memory.stop();
    const { taken, mostBuffered, ...rest } = seen;
    console.info(
      `${name}: of ${(STREAMS * LENGTH) / MIB} MiB the page has taken ${Math.round(taken / KIB)} KiB, buffered ${Math.round(mostBuffered / KIB)} KiB,`,
      `the memory of the pages grew by ${Math.round(most.renderer - before.renderer)} MiB`,
    );
    expect(rest).toEqual({ echoes: 50, other: String(MIB), timeouts: 0 });
    expect(taken).toBeGreaterThanOrEqual(WINDOWS.streamWindow);
    expect(taken).toBeLessThanOrEqual(BOUND);
    expect(mostBuffered).toBeLessThanOrEqual(BOUND);
    expect(most.renderer - before.renderer).toBeLessThan(100);
    leave.abort();
    expect(await page.evaluate(() => (globalThis as unknown as { leave(): unknown }).leave())).toEqual({
      cancelled: Array(STREAMS).fill('MESSAGE_CANCELLED'),
      end: { code: 1000, reason: '', wasClean: true },
    });
    expect(timeouts).toBe(0);
  });
});
