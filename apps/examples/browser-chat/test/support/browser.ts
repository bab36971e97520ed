import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium. Rejects when there is none: then every test is to fail, and none to be skipped. */
export async function launchChromium(): Promise<Browser> {
  await access(EXECUTABLE, constants.X_OK).catch((cause: unknown) => {
    const how = 'install it (Debian: apt-get install chromium) or set CHROMIUM to its path';
    throw new Error(`no Chromium at ${EXECUTABLE}: ${how}`, { cause });
  });
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
}

/** A page of the chat, in a browser profile of its own. */
export interface ChatPage {
  readonly page: Page;
  /** What the console complained about. */
  readonly problems: string[];
  /** All that was asked for. */
  readonly requests: string[];
  /** The texts of the log, in their order. */
  texts(): Promise<string[]>;
  /** Types a message, and sends it. */
  say(text: string): Promise<void>;
  /** What is shown of the transfer of a file. */
  transfer(name: string): Locator;
}

/** Opens the page, and joins under a name, if one is given. */
export async function openChat(
  browser: Browser,
  url: string,
  name?: string,
  options: BrowserContextOptions = {},
): Promise<ChatPage> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  if (name !== undefined) {
    await page.getByLabel('Your name').fill(name);
    await page.keyboard.press('Enter');
    await isConnected(page);
  }
  return {
    page,
    problems,
    requests,
    texts: () => page.locator('#entries .text, #entries .file-name').allTextContents(),
    async say(text) {
      await page.getByLabel('Message', { exact: true }).fill(text);
      await page.keyboard.press('Enter');
    },
    transfer: (file) => page.locator('.transfer', { hasText: file }),
  };
}

/** Waits until the page says that it is connected. */
export async function isConnected(page: Page): Promise<void> {
  await page.getByRole('status').getByText('Connected', { exact: true }).waitFor();
}
