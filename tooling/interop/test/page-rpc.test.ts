import { fileURLToPath } from 'node:url';
import { birpcChannel, capnwebTransport } from '@webson/channels';
import { createBirpc } from 'birpc';
import { RpcSession, RpcTarget } from 'capnweb';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Connection } from 'webson';
import { host, useChromium, visit } from './page/visit.js';

const browser = useChromium();

/** What the page has, as a bundler makes it: run by `evaluate`, which hands over nothing but text. */
async function equip(page: Page): Promise<void> {
  const contents = `
    import { birpcChannel, capnwebTransport } from '@webson/channels';
    import { createBirpc } from 'birpc';
    import { RpcSession, RpcTarget } from 'capnweb';
    import { dial } from 'webson';

    class Doubler extends RpcTarget {
      double(value) {
        return 2 * value;
      }
    }

    async function open() {
      const connection = await dial('/', { enableStreams: true });
      connection.start();
      return connection;
    }

    export async function byBirpc() {
      const rpc = createBirpc({ double: (value) => 2 * value }, birpcChannel(await open()));
      const results = await Promise.all([1, 2, 3].map((value) => rpc.askBack(value)));
      const length = (await rpc.echo('ü'.repeat(300_000))).length;
      const failed = await rpc.fail().catch((error) => [error instanceof Error, error.message]);
      const lost = await rpc.leave().catch((error) => error.name);
      return { results, length, failed, lost };
    }

    export async function byCapnweb() {
      const connection = await open();
      const server = new RpcSession(capnwebTransport(connection), new Doubler()).getRemoteMain();
      const results = await Promise.all([1, 2, 3].map((value) => server.askBack(value)));
      const counts = [];
      await server.count((count) => void counts.push(count));
      const parts = [];
      for await (const part of await server.stream()) parts.push(part);
      const lost = await server.leave().catch((error) => error.name);
      return { results, counts, parts: parts.length, lost };
    }
  `;
  const stdin = { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) };
  const options = { stdin, globalName: 'rpc', bundle: true, format: 'iife', platform: 'browser' } as const;
  const { outputFiles } = await build({ ...options, write: false });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
}

interface PageApi {
  double(value: number): number;
}

class ServerApi extends RpcTarget {
  #connection: Connection<unknown>;
  page: { double(value: number): unknown } | undefined;

  constructor(connection: Connection<unknown>) {
    super();
    this.#connection = connection;
  }

  async askBack(value: number): Promise<number> {
    return Number(await this.page?.double(value)) + 1;
  }

  async count(onCount: (count: number) => unknown): Promise<void> {
    for (let i = 0; i < 3; i++) await onCount(i);
  }

  stream(): ReadableStream<string> {
    let left = 50;
    return new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue('x'.repeat(10_000)) : controller.close()),
    });
  }

  leave(): Promise<never> {
    this.#connection.terminate();
    return new Promise(() => {});
  }
}

test.each([
  ['WebSocketStream', true],
  ['WebSocket', false],
])('a page with a %s and a server call each other by birpc', async (_, hasStream) => {
  const server = await host({ enableStreams: true }, (connection) => {
    const api = new ServerApi(connection);
    const functions = {
      askBack: (value: number) => api.askBack(value),
      echo: (text: string) => text,
      fail: () => Promise.reject(new Error('no')),
      leave: () => api.leave(),
    };
    api.page = createBirpc<PageApi>(functions, birpcChannel(connection));
    void connection.start();
  });
  const page = await visit(browser(), server, hasStream);
  await equip(page);
  expect(await page.evaluate('rpc.byBirpc()')).toEqual({
    results: [3, 5, 7],
    length: 300_000,
    failed: [true, 'no'],
    lost: 'ClosedError',
  });
});

test('a page and a server call each other by capnweb, with callbacks and a stream', async () => {
  const server = await host({ enableStreams: true }, (connection) => {
    const api = new ServerApi(connection);
    api.page = new RpcSession<PageApi>(capnwebTransport(connection), api).getRemoteMain();
    void connection.start();
  });
  const page = await visit(browser(), server, false);
  await equip(page);
  expect(await page.evaluate('rpc.byCapnweb()')).toEqual({
    results: [3, 5, 7],
    counts: [0, 1, 2],
    parts: 50,
    lost: 'ClosedError',
  });
});
