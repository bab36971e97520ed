import { fileURLToPath } from 'node:url';
import { launchChromium } from '@webson/chromium';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type ServeOptions, type Server, serve } from 'webson';

/** The sockets of the platform: a page gets one of them, and has no other. */
export const SOCKETS: readonly [name: string, hasStream: boolean][] = [
  ['WebSocketStream', true],
  ['WebSocket', false],
];

let script: string | undefined;

/** What a bundler makes of `webson`, as the global `webson`, and of kit.ts and mix.ts, as `kit`. */
async function bundle(): Promise<string> {
  script ??= await bundled();
  return script;
}

async function bundled(): Promise<string> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const parts = { webson: "export * from 'webson';", kit: "export * from './kit.ts'; export * from './mix.ts';" };
  const built = Object.entries(parts).map(async ([globalName, contents]) => {
    const stdin = { contents, resolveDir: folder };
    const options = { stdin, globalName, bundle: true, format: 'iife', platform: 'browser' } as const;
    const { outputFiles } = await build({ ...options, write: false });
    return outputFiles[0]?.text ?? '';
  });
  return (await Promise.all(built)).join('\n');
}

/** Starts a Chromium for the tests of a file. The function returns it, from within tests. */
export function useChromium(args: readonly string[] = []): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium(args);
  });
  afterAll(() => browser?.close());
  return () => browser!;
}

/** A server with a page, until the test is finished. */
export async function host(options: ServeOptions, onConnection: Parameters<typeof serve>[1]): Promise<Server> {
  const onRequest: ServeOptions['onRequest'] = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>page</title>');
  };
  const server = await serve({ host: '127.0.0.1', onRequest, ...options }, onConnection);
  onTestFinished(() => server.close());
  return server;
}

/** A page of a server, with `webson` and `kit` in it, until the test is finished. */
export async function visit(
  browser: Browser | BrowserContext,
  { url }: { readonly url: string },
  hasStream: boolean,
): Promise<Page> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(url.replace('ws:', 'http:'));
  await equip(page, hasStream);
  return page;
}

/** Puts `webson` and `kit` into a page. */
export async function equip(page: Page, hasStream: boolean): Promise<void> {
  const other = hasStream ? 'WebSocket' : 'WebSocketStream';
  await page.evaluate((socket) => Reflect.deleteProperty(globalThis, socket), other);
  await page.addScriptTag({ content: await bundle() });
}
