import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { TcpProxy } from '@webson/testing/tcp';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type * as WebsonModule from 'webson';
import { MessageType, type ServeOptions, type Server, serve } from 'webson';
import { launchChromium } from './chromium.js';

// The same import as on Node, in a page: what a bundler makes of `webson` there.
declare const webson: typeof WebsonModule;

const MIB = 1024 * 1024;

let browser: Browser;
let script: string;

beforeAll(async () => {
  browser = await launchChromium();
  const { outputFiles } = await build({
    stdin: { contents: "export * from 'webson';", resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'webson',
    platform: 'browser',
  });
  script = outputFiles[0]?.text ?? '';
});

afterAll(() => browser.close());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A page of a server, with `webson` in it. */
async function visit(server: Server, hasStream: boolean): Promise<Page> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(server.url.replace('ws:', 'http:'));
  if (!hasStream) await page.evaluate(() => Reflect.deleteProperty(globalThis, 'WebSocketStream'));
  await page.addScriptTag({ content: script });
  return page;
}

async function host(options: ServeOptions, onConnection: Parameters<typeof serve>[1]): Promise<Server> {
  const onRequest: ServeOptions['onRequest'] = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>page</title>');
  };
  const server = await serve({ host: '127.0.0.1', onRequest, ...options }, onConnection);
  onTestFinished(() => server.close());
  return server;
}

describe.each([
  ['WebSocketStream', true],
  ['WebSocket', false],
])('in a page, over %s', (_name, hasStream) => {
  test('messages of every type and size come back, with the agreed protocol and streams', async () => {
    const server = await host({ enableStreams: true, enableCompress: true, protocols: 'chat' }, (ws) => {
      ws.onMessage(MessageType.Text, (message, adapter) => void adapter.dispatch(MessageType.Text, message.text()));
      ws.onMessage(3, (message, adapter) => void adapter.dispatch(3, message.read()));
      ws.onMessage(MessageType.Binary, (message, adapter) => void adapter.dispatch(2, sha256(message.read())));
    });
    const page = await visit(server, hasStream);
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

  test('uploads and downloads go on at a time, whole, and a message passes between them', {
    timeout: 120_000,
  }, async () => {
    const size = 16 * MIB;
    const payload = new Uint8Array(size).map((_, i) => (i * 31) >> 3);
    const server = await host({ enableStreams: true }, (ws) => {
      ws.onMessage(MessageType.Binary, async (message, adapter) => {
        const hash = createHash('sha256');
        for await (const piece of message.readIter()) hash.update(piece);
        adapter.dispatch(MessageType.Text, `up ${hash.digest('hex')}`);
      });
      ws.onMessage(MessageType.Text, (message, adapter) => {
        if (message.text() === 'chat') adapter.dispatch(MessageType.Text, 'chat');
        else void adapter.dispatchReader(MessageType.Binary, [payload]);
      });
    });
    const page = await visit(server, hasStream);
    const seen = await page.evaluate(
      async ({ url, length }) => {
        const ws = await webson.dial(url, { enableStreams: true, triggerOnStart: true });
        const bytes = new Uint8Array(length);
        for (let i = 0; i < length; i++) bytes[i] = (i * 31) >> 3;
        const order: string[] = [];
        let wake = (): void => {};
        const push = (what: string): void => {
          order.push(what);
          wake();
        };
        ws.onMessage(1, async (message) => push((await message.completed()).text()));
        ws.onMessage(2, async (message) => {
          const parts: Uint8Array<ArrayBuffer>[] = [];
          for await (const piece of message.readIter()) parts.push(new Uint8Array(piece));
          const sum = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
          push(`down ${[...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
        });
        const ended = ws.start();
        const uploads = [0, 1].map(() => {
          return ws.dispatchReader(
            2,
            (function* () {
              for (let at = 0; at < length; at += 50_000) yield bytes.subarray(at, at + 50_000);
            })(),
          );
        });
        ws.dispatch(1, 'down');
        ws.dispatch(1, 'down');
        ws.dispatch(1, 'chat');
        while (order.length < 5) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        await Promise.all(uploads);
        ws.close();
        await ended;
        return order;
      },
      { url: server.url, length: size },
    );
    const sum = sha256(payload);
    expect([...seen].sort()).toEqual(['chat', `down ${sum}`, `down ${sum}`, `up ${sum}`, `up ${sum}`]);
    // The message is small, so it overtakes all that is large.
    expect(seen[0]).toBe('chat');
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
    const page = await visit(server, hasStream);
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
    const page = await visit(server, hasStream);
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
    await page.evaluate(() => (globalThis as unknown as { pool: WebsonModule.Pool }).pool.dispatch(1, 'again'));
    await page.waitForFunction(() => (globalThis as unknown as { got: string[] }).got.includes('again'));
    await page.evaluate(() => (globalThis as unknown as { pool: WebsonModule.Pool }).pool.close());
  });

  test('a server of another kind gets plain messages', async () => {
    const server = await host({}, (ws) => {
      for (const type of [1, 2]) ws.onMessage(type, (message, adapter) => void adapter.dispatch(type, message.read()));
    });
    const page = await visit(server, hasStream);
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
