import { launchChromium } from '@webson/chromium';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startServer } from './child.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

it('shows round trips as they come, and loads nothing from elsewhere', async () => {
  const { pageUrl } = await startServer();
  const { page, problems, requests } = await openPage(pageUrl);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.locator('#last', { hasText: /^\d+\.\d\d$/ }).waitFor();
  // A second one, by itself.
  await page.locator('#echoes li').nth(1).waitFor();
  for (const id of ['min', 'median', 'p95']) expect(await page.locator(`#${id}`).textContent()).toMatch(/^\d+\.\d\d$/);
  expect(await page.locator('#sparkline rect').count()).toBeGreaterThanOrEqual(2);
  expect(await page.locator('#command').textContent()).toBe(
    `npx -y pnpm@12 --silent client ${pageUrl.replace('http', 'ws')}echo`,
  );
  // Times in steps of 5 µs, not of 100.
  expect(await page.evaluate('crossOriginIsolated')).toBe(true);
  expect(requests.filter((url) => !url.startsWith(pageUrl))).toEqual([]);
  expect(problems).toEqual([]);
});

it('echoes a message that was typed, as text and as binary', async () => {
  const { pageUrl } = await startServer();
  const { page, problems } = await openPage(pageUrl);
  await page.locator('#echoes li').first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Start' }).waitFor();

  await page.getByLabel('A message of your own').fill('Grüße & <b>more</b>');
  await page.keyboard.press('Enter');
  await page.getByText(/^Grüße & <b>more<\/b>text · 21 B\d+\.\d\d ms$/).waitFor();

  await page.getByLabel('Binary').check();
  await page.getByLabel('A message of your own').fill('bytes');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText(/^bytesbinary · 5 B\d+\.\d\d ms$/).waitFor();
  expect(problems).toEqual([]);
});

it('sends the size that is chosen', async () => {
  const { pageUrl } = await startServer();
  const { page, problems } = await openPage(pageUrl);
  for (const type of ['Text', 'Binary']) {
    await page.getByLabel(type).check();
    for (const size of ['1 KiB', '64 KiB', '1 MiB', '20 B']) {
      await page.getByLabel(size, { exact: true }).check();
      await page.getByText(`${type.toLowerCase()} · ${size}`).first().waitFor();
    }
  }
  expect(await page.locator('.wrong').count()).toBe(0);
  expect(problems).toEqual([]);
});

it('comes back when the server does', async () => {
  const first = await startServer();
  const { page } = await openPage(first.pageUrl);
  await page.locator('#echoes li').first().waitFor();
  first.child.process.kill('SIGINT');
  await page.getByText('Disconnected (1001)').waitFor();
  expect(await first.child.exited).toBe(0);
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);

  const second = await startServer(Number(new URL(first.pageUrl).port));
  expect(second.pageUrl).toBe(first.pageUrl);
  await page.getByText('Connected', { exact: true }).waitFor();
  await second.child.sees(/1 connection, /);
});

interface OpenPage {
  readonly page: Page;
  /** What the console complained about. */
  readonly problems: string[];
  /** All that was asked for. */
  readonly requests: string[];
}

async function openPage(url: string): Promise<OpenPage> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'log') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, problems, requests };
}
