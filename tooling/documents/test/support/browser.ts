import { fileURLToPath } from 'node:url';
import { launchChromium } from '@webson/chromium';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { MessageType, serve } from 'webson';
import type { Program } from './program.js';

/** A page of a browser that is there for one test. Rejects when there is no browser: no test is skipped. */
export async function openPage(): Promise<Page> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  return browser.newPage();
}

/** Runs a script in a page of the server that it connects to; it shows what the server has sent. */
export async function inBrowser(program: Program): Promise<void> {
  const onRequest = (_: unknown, response: { end(text: string): void }): void =>
    response.end('<body>nothing yet</body>');
  const server = await serve({ host: '127.0.0.1', onRequest }, (ws) => {
    ws.onReady((adapter) => adapter.dispatch(MessageType.Text, 'welcome'));
  });
  onTestFinished(() => server.close());
  const page = await openPage();
  await page.goto(server.url.replace('ws:', 'http:'));
  await page.addScriptTag({ content: program.text({ 'ws://127.0.0.1:8080/': server.url }) });
  await page.waitForFunction('document.body.textContent.includes("received")');
  expect(await page.textContent('body')).toBe('received: welcome');
}

/** Bundles a program that imports `webson`, and runs it in a page of the server that it dials; it logs what the server has sent. */
export async function bundledInBrowser(program: Program): Promise<void> {
  const protocols: string[] = [];
  const onRequest = (_: unknown, response: { end(text: string): void }): void => response.end('<body></body>');
  const server = await serve({ host: '127.0.0.1', onRequest, enableStreams: true }, (ws, { headers }) => {
    protocols.push(headers['sec-websocket-protocol'] ?? '');
    ws.onReady((adapter) => {
      adapter.dispatch(MessageType.Text, 'welcome');
      adapter.close();
    });
  });
  onTestFinished(() => server.close());
  const { outputFiles } = await build({
    stdin: { contents: program.text({}), resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  });
  const page = await openPage();
  await page.goto(server.url.replace('ws:', 'http:'));
  const logged = page.waitForEvent('console');
  await page.addScriptTag({ type: 'module', content: outputFiles[0]?.text ?? '' });
  expect((await logged).text()).toBe('welcome');
  expect(protocols).toEqual(['webson.v1']);
}
