import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from '@webson/chromium';
import { writeTo } from '@webson/published';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Bundle, bundlers, codeOf, serveByVite, workerBundlers } from './support/bundlers.js';
import { createConsumer } from './support/consumer.js';
import { EXCHANGED } from './support/exchanged.js';
import { host } from './support/server.js';

// The packed packages in pages, made by bundlers that are told nothing about them, and opened in a browser.

// What a bundle for pages must not have: an import of a module of Node, and what bundlers put in place of Node's globals. Names of
// modules stand in it where a machine that has them is asked for its own timers.
const NODE =
  /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'`]node:|\brequire\(|\bprocess\.(?:env|nextTick)|\bBuffer\.\w|__dirname/;

/** What the programs of programs/ leave for the tests. */
interface Globals {
  inPage(url: string): Promise<unknown>;
  inWorker(url: string): Promise<unknown>;
  say(url: string, text: string): void;
  hear(): Promise<string>;
}

let project = '';
let browser: Browser;

beforeAll(async () => {
  [browser, project] = await Promise.all([launchChromium(), createConsumer()]);
});

afterAll(() => browser?.close());

/** A page with a script, in a browser of its own. Its errors fail the test. */
async function visit(url: string): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  await page
    .waitForFunction(() => 'inPage' in globalThis, undefined, { timeout: 30_000 })
    .catch((cause: unknown) => {
      throw new Error(`no script in ${url}: ${errors.join()}`, { cause });
    });
  return page;
}

function writePage(bundle: Bundle, name: string, isClassic: boolean): void {
  const kind = isClassic ? 'defer' : 'type="module"';
  writeTo(
    bundle.folder,
    'page.html',
    `<meta charset="utf-8"><title>page</title><script ${kind} src="${name}.js"></script>`,
  );
}

const inPage = (page: Page, url: string): Promise<unknown> =>
  page.evaluate((to) => (globalThis as unknown as Globals).inPage(to), url);

describe.each(bundlers)('$name', (bundler) => {
  let bundle: Bundle;

  beforeAll(async () => {
    bundle = await bundler.bundle(project, 'page', `dist/${bundler.name}`);
    writePage(bundle, 'page', bundler.isClassic);
  });

  test('takes the build for pages, without a warning, and nothing of Node is in what it makes', () => {
    expect(bundle.warnings).toEqual([]);
    const code = codeOf(bundle);
    expect(code).toContain('webson.v1');
    expect(code).not.toMatch(NODE);
  });

  test('says by its name that there is no serve', async () => {
    const failure = await bundler.bundle(project, 'with-server', 'dist/never').then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/"serve"|'serve'/);
    expect(failure).toContain('webson');
  });

  test('its page talks to the server that it comes from', async () => {
    const server = await host(bundle.folder);
    const page = await visit(`${server.url.replace('ws:', 'http:')}page.html`);
    expect(await inPage(page, server.url)).toEqual(EXCHANGED);
  });

  test('its page talks over a WebSocket, where there is no WebSocketStream', async () => {
    const server = await host(bundle.folder);
    const page = await visit(`${server.url.replace('ws:', 'http:')}page.html`);
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'WebSocketStream'));
    expect(await inPage(page, server.url)).toEqual(EXCHANGED);
  });
});

describe.each(bundlers.filter(({ isClassic }) => isClassic))('$name, from a file', (bundler) => {
  let bundle: Bundle;

  beforeAll(async () => {
    bundle = await bundler.bundle(project, 'page', `dist/file ${bundler.name}`);
    writePage(bundle, 'page', true);
  });

  test('its page talks to a server that lists the origin null', async () => {
    const server = await host(bundle.folder, { origins: ['null'] });
    const page = await visit(pathToFileURL(join(bundle.folder, 'page.html')).href);
    expect(await page.evaluate(() => self.origin)).toBe('null');
    expect(await inPage(page, server.url)).toEqual(EXCHANGED);
  });

  test('and is refused by one that does not, with an error that names the option', async () => {
    const server = await host(bundle.folder);
    const page = await visit(pathToFileURL(join(bundle.folder, 'page.html')).href);
    await expect(inPage(page, server.url)).rejects.toThrow(/its `origins` may not list this page/);
  });
});

describe.each(workerBundlers)('$name, workers', (bundler) => {
  let bundle: Bundle;

  beforeAll(async () => {
    bundle = await bundler.bundle(project, 'with-workers', `dist/workers ${bundler.name}`);
    writePage(bundle, 'with-workers', bundler.isClassic);
  });

  test('a worker does what a page does', async () => {
    expect(bundle.warnings).toEqual([]);
    const server = await host(bundle.folder);
    const page = await visit(`${server.url.replace('ws:', 'http:')}page.html`);
    const seen = await page.evaluate((to) => (globalThis as unknown as Globals).inWorker(to), server.url);
    expect(seen).toEqual(EXCHANGED);
  });

  test('two tabs share one connection by a shared worker', async () => {
    const server = await host(bundle.folder);
    const first = await visit(`${server.url.replace('ws:', 'http:')}page.html`);
    const second = await first.context().newPage();
    await second.goto(first.url());
    const say = (page: Page, text: string): Promise<void> =>
      page.evaluate(([to, what]) => (globalThis as unknown as Globals).say(to!, what!), [server.url, text]);
    const hear = (page: Page): Promise<string> => page.evaluate(() => (globalThis as unknown as Globals).hear());
    await say(first, 'first');
    expect(await hear(first)).toBe('you said: first');
    await say(second, 'second');
    expect(await Promise.all([first, second].map(hear))).toEqual(['you said: second', 'you said: second']);
    expect([...server.connections]).toHaveLength(1);
    await first.close();
    await say(second, 'alone');
    expect(await hear(second)).toBe('you said: alone');
  });
});

test('a service worker does what a page does', async () => {
  const [bundler] = workerBundlers;
  const bundle = await bundler!.bundle(project, 'with-workers', 'dist/service');
  writePage(bundle, 'with-workers', false);
  const server = await host(bundle.folder);
  const page = await visit(`${server.url.replace('ws:', 'http:')}page.html`);
  const seen = await page.evaluate(async (to) => {
    await navigator.serviceWorker.register('./service-worker.js');
    const { active } = await navigator.serviceWorker.ready;
    const answer = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(data), { once: true });
    });
    active?.postMessage(to);
    return await answer;
  }, server.url);
  expect(seen).toEqual(EXCHANGED);
});

test("a page of Vite's development server, which bundles packages beforehand, talks to a server that lists it", async () => {
  const warnings: string[] = [];
  const vite = await serveByVite(project, warnings);
  onTestFinished(() => vite.close());
  const [origin = ''] = vite.resolvedUrls?.local ?? [];
  const server = await host(project, { origins: [new URL(origin).origin] });
  const page = await visit(origin);
  const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(loaded.filter((name) => name.includes('webson'))).toEqual([expect.stringContaining('/.vite/deps/webson.js')]);
  expect(await inPage(page, server.url)).toEqual(EXCHANGED);
  expect(await page.evaluate((to) => (globalThis as unknown as Globals).inWorker(to), server.url)).toEqual(EXCHANGED);
  expect(warnings).toEqual([]);
});
