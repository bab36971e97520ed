import { createHash } from 'node:crypto';
import { TcpProxy } from '@webson/testing/tcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MessageType } from 'webson';
import { host, SOCKETS, useChromium, visit } from './page/visit.js';

const MIB = 1024 * 1024;

const browser = useChromium();

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each(SOCKETS)('in a page, over %s', (_name, hasStream) => {
  test('messages of every type and size come back, with the agreed protocol and streams', async () => {
    const server = await host({ enableStreams: true, enableCompress: true, protocols: 'chat' }, (ws) => {
      ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(MessageType.Text, message.text()));
      ws.onMessage(3, (message, adapter) => void adapter.dispatch(3, message.read()));
      ws.onMessage(MessageType.Binary, (message, adapter) => void adapter.dispatch(2, sha256(message.read())));
    });
    const page = await visit(browser(), server, hasStream);
    const seen = await page.evaluate(async (url) => {
      const ws = await webson.dial(url, { enableStreams: true, protocols: ['chat'] });
      const got: string[] = [];
      const waiting: (() => void)[] = [];
      const until = async (count: number): Promise<void> => {
        while (got.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      };
      for (const type of [1, 2, 3]) {
        ws.onMessage(type, (message) => {
          got.push(`${type} ${message.text()}`);
          for (const resolve of waiting.splice(0)) resolve();
        });
      }
      const ended = ws.start();
      ws.dispatch(1, 'grüße \u{1f642}');
      await until(1);
      ws.dispatch(3, 'third');
      await until(2);
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
        ws.dispatch(2, new Uint8Array(size).fill(7));
        await until(got.length + 1);
      }
      ws.close(4001, 'done');
      return { got, protocol: ws.protocol, names: Object.keys(ws.extensions), end: await ended };
    }, server.url);
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
    expect(seen).toEqual({
      got: ['1 grüße \u{1f642}', '3 third', ...sizes.map((size) => `2 ${sha256(new Uint8Array(size).fill(7))}`)],
      protocol: 'chat',
      names: ['webson-streams'],
      end: { code: 4001, reason: 'done', wasClean: true },
    });
  });

  test('a reader that stalls holds up its sender, and leaving it stops the source', async () => {
    let taken = 0;
    let stopped: (value: string) => void = () => {};
    const isStopped = new Promise<string>((resolve) => {
      stopped = resolve;
    });
    const server = await host({ enableStreams: true }, (ws) => {
      ws.onMessage(MessageType.Text, async (_message, adapter) => {
        const piece = new Uint8Array(64 * 1024);
        const source = (function* () {
          for (; taken < 1024 * MIB; taken += piece.length) yield piece;
        })();
        await adapter
          .dispatchReader(MessageType.Binary, source)
          .catch((error: { code: string }) => stopped(error.code));
      });
    });
    const page = await visit(browser(), server, hasStream);
    await page.evaluate(async (url) => {
      const ws = await webson.dial(url, { enableStreams: true, triggerOnStart: true });
      const hold = globalThis as unknown as { leave(): void };
      const begun = new Promise<void>((resolve) => {
        ws.onMessage(2, async (message) => {
          for await (const _piece of message.readIter()) {
            resolve();
            await new Promise<void>((leave) => {
              hold.leave = leave;
            });
            break;
          }
        });
      });
      void ws.start();
      ws.dispatch(1, 'go');
      await begun;
    }, server.url);
    // What the windows, and the buffers of the system, hold.
    await expect.poll(() => taken).toBeGreaterThan(MIB / 2);
    expect(taken).toBeLessThan(64 * MIB);
    await page.evaluate(() => (globalThis as unknown as { leave(): void }).leave());
    expect(await isStopped).toBe('MESSAGE_CANCELLED');
    expect(taken).toBeLessThan(64 * MIB);
  });

  test('a pool dials again when the network was gone, and its handlers go on', async () => {
    // The page is not on the port of the proxy.
    const server = await host({ enableStreams: true, origins: '*' }, (ws) => {
      ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(1, message.text()));
    });
    const proxy = await TcpProxy.listen({ target: { port: Number(new URL(server.url).port) } });
    onTestFinished(() => proxy.close());
    const page = await visit(browser(), server, hasStream);
    const url = `ws://127.0.0.1:${proxy.port}/`;
    await page.evaluate(async (address) => {
      const pool = new webson.Pool({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 10, maxRetryInterval: 50 });
      const state = globalThis as unknown as { pool: typeof pool; got: string[]; ready: number };
      Object.assign(state, { pool, got: [], ready: 0 });
      pool.onStatus((status) => {
        if (status === webson.Status.Ready) state.ready++;
      });
      pool.onMessage((message) => state.got.push(message.text()));
      pool.add(await webson.dial(address, { enableStreams: true }));
    }, url);
    await page.waitForFunction(() => (globalThis as unknown as { ready: number }).ready === 1);
    for (const link of proxy.links) link.cut('reset');
    await page.waitForFunction(() => (globalThis as unknown as { ready: number }).ready === 2);
    await page.evaluate(() => (globalThis as unknown as { pool: import('webson').Pool }).pool.dispatch(1, 'again'));
    await page.waitForFunction(() => (globalThis as unknown as { got: string[] }).got.includes('again'));
    await page.evaluate(() => (globalThis as unknown as { pool: import('webson').Pool }).pool.close());
  });

  test('a server of another kind gets plain messages', async () => {
    const server = await host({}, (ws) => {
      for (const type of [1, 2]) ws.onMessage(type, (message, adapter) => void adapter.dispatch(type, message.read()));
    });
    const page = await visit(browser(), server, hasStream);
    const seen = await page.evaluate(async (url) => {
      const ws = await webson.dial(url, { enableStreams: true });
      const got: unknown[] = [];
      const two = new Promise<void>((resolve) => {
        ws.onMessage(1, (message) => void got.push(message.text()));
        ws.onMessage(2, (message) => {
          got.push(message.read().length);
          resolve();
        });
      });
      const ended = ws.start();
      ws.dispatch(1, 'grüße');
      ws.dispatch(2, new Uint8Array(300_000));
      await two;
      let code = '';
      try {
        ws.ping();
      } catch (error) {
        code = (error as { code: string }).code;
      }
      ws.close(3000, 'bye');
      return [...got, code, await ended];
    }, server.url);
    expect(seen).toEqual(['grüße', 300_000, 'NO_INNER_PROTOCOL', { code: 3000, reason: 'bye', wasClean: true }]);
  });
});
