import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isConnected, launchChromium, openChat } from './support/browser.js';
import { temporaryFolder } from './support/folder.js';
import { startServer } from './support/server.js';

const MIB = 2 ** 20;

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

it('lets two people talk, and shows who is there', async () => {
  const { child, url } = await startServer();
  const ada = await openChat(browser, url, 'Ada');
  const grace = await openChat(browser, url, 'Grace');
  await ada.page.getByText('2 here').waitFor();
  await ada.say('Hello <b>Grace</b>');
  await grace.page.getByText('Hello <b>Grace</b>', { exact: true }).waitFor();
  await grace.say('Hello Ada');
  await grace.say('How are you?');
  await ada.page.getByText('How are you?').waitFor();
  expect(await ada.texts()).toEqual(['Hello <b>Grace</b>', 'Hello Ada', 'How are you?']);
  expect(await grace.texts()).toEqual(await ada.texts());
  expect(await ada.page.locator('#members').allTextContents()).toEqual(['Ada (you)Grace']);
  await ada.page.locator('#round-trip', { hasText: / ms$/ }).waitFor();

  await grace.page.getByRole('button', { name: 'Leave' }).click();
  await ada.page.getByText('1 here').waitFor();
  await child.sees(/^Grace left: Ada$/m);
  expect([...ada.problems, ...grace.problems]).toEqual([]);
  // Nothing from elsewhere, and no style or script that stands in the page.
  expect(ada.requests.filter((request) => !request.startsWith(url))).toEqual([]);
});

it('sends 64 MiB up, and down to somebody else, with the same SHA-256 everywhere', async () => {
  const { url } = await startServer();
  const [ada, grace] = [await openChat(browser, url, 'Ada'), await openChat(browser, url, 'Grace')];
  const file = join(temporaryFolder(), 'large file.bin');
  const bytes = randomBytes(64 * MIB);
  writeFileSync(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  await ada.page.locator('#picker').setInputFiles(file);
  const up = ada.transfer('large file.bin');
  await up.getByText(/^\d+\.\d MiB of 64\.0 MiB · \d+\.\d MiB\/s · \d+ s left$/).waitFor();
  await grace.say('I can see it coming');
  await ada.page.getByText('I can see it coming').waitFor();
  await up.getByText('64.0 MiB, SHA-256 is the same at the server').waitFor();
  expect(await up.locator('.hash').textContent()).toBe(sha256);

  const downloading = grace.page.waitForEvent('download');
  await grace.page.getByRole('button', { name: 'Download large file.bin' }).click();
  const down = grace.transfer('large file.bin');
  await down.getByText('64.0 MiB, SHA-256 is the same as there').waitFor();
  expect(await down.locator('.hash').textContent()).toBe(sha256);
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('large file.bin');
  expect(await sha256Of(download)).toBe(sha256);
  expect([...ada.problems, ...grace.problems]).toEqual([]);
});

it('lets messages pass large files in both directions, which either end can give up', async () => {
  const data = temporaryFolder();
  // So large that none of it is over before it is given up.
  const size = 256 * MIB;
  const id = '0'.repeat(24);
  mkdirSync(join(data, 'files'));
  sparseFile(join(data, 'files', id), size);
  const shared = { id, name: 'down.bin', size, sha256: '0'.repeat(64) };
  writeFileSync(
    join(data, 'history.jsonl'),
    `${JSON.stringify({ number: 1, time: 1, author: 'Alan', key: 'a-key-of-alan', file: shared })}\n`,
  );
  const { child, url } = await startServer({ data });
  const [ada, grace] = [await openChat(browser, url, 'Ada'), await openChat(browser, url, 'Grace')];
  const file = join(temporaryFolder(), 'up.bin');
  sparseFile(file, size);

  await ada.page.locator('#picker').setInputFiles(file);
  await grace.page.getByRole('button', { name: 'Download down.bin' }).click();
  await hasMoved(ada.page, 4 * MIB);
  await hasMoved(grace.page, 4 * MIB);
  for (const number of [1, 2, 3]) {
    await ada.say(`from Ada ${number}`);
    await grace.page.getByText(`from Ada ${number}`).waitFor();
    await grace.say(`from Grace ${number}`);
    await ada.page.getByText(`from Grace ${number}`).waitFor();
  }
  // Both are still under way.
  await ada.page.getByRole('button', { name: 'Cancel the upload of up.bin' }).click();
  await ada
    .transfer('up.bin')
    .getByText(/^Cancelled after \d+\.\d MiB$/)
    .waitFor();
  await grace.page.getByRole('button', { name: 'Cancel the download of down.bin' }).click();
  await grace
    .transfer('down.bin')
    .getByText(/^Cancelled after \d+\.\d MiB$/)
    .waitFor();

  // What was given up is not there, and the connection is as good as before.
  await ada.say('and now?');
  await grace.page.getByText('and now?').waitFor();
  await grace.page.getByRole('button', { name: 'Try again the download of down.bin' }).click();
  await hasMoved(grace.page, MIB);
  await grace.page.getByRole('button', { name: 'Cancel the download of down.bin' }).click();
  await grace.page.getByRole('button', { name: 'Remove the download of down.bin from the list' }).click();
  await grace.page.getByRole('heading', { name: 'Transfers' }).waitFor({ state: 'hidden' });
  expect(await grace.texts()).not.toContain('up.bin');
  // Neither connection was lost meanwhile.
  expect(child.output.match(/joined/g)).toHaveLength(2);
  expect([...ada.problems, ...grace.problems]).toEqual([]);
});

it('comes back when the server was killed: the history is there, nothing twice, and what was typed is sent once', async () => {
  const first = await startServer();
  const [ada, grace] = [await openChat(browser, first.url, 'Ada'), await openChat(browser, first.url, 'Grace')];
  await ada.say('before one');
  await grace.page.getByText('before one').waitFor();
  await grace.say('before two');
  await ada.page.getByText('before two').waitFor();
  const file = join(temporaryFolder(), 'interrupted.bin');
  sparseFile(file, 64 * MIB);
  await ada.page.locator('#picker').setInputFiles(file);
  await hasMoved(ada.page, 2 * MIB);

  first.child.process.kill('SIGKILL');
  await first.child.exited;
  for (const { page } of [ada, grace]) await page.getByRole('status').getByText('Disconnected').waitFor();
  await ada.say('typed by Ada');
  await grace.say('typed by Grace');
  await ada.page.locator('#unsent').getByText('Waiting for the connection').waitFor();

  const second = await startServer(first);
  expect(second.url).toBe(first.url);
  for (const { page } of [ada, grace]) await isConnected(page);
  await ada.page.getByText('typed by Grace').waitFor();
  await grace.page.getByText('typed by Ada').waitFor();
  await ada.transfer('interrupted.bin').getByText('SHA-256 is the same at the server').waitFor();
  await grace.page.getByRole('button', { name: 'Download interrupted.bin' }).waitFor();
  await ada.page.locator('#unsent').waitFor({ state: 'hidden' });
  const texts = await ada.texts();
  expect(texts.slice(0, 2)).toEqual(['before one', 'before two']);
  expect(texts.slice(2).sort()).toEqual(['interrupted.bin', 'typed by Ada', 'typed by Grace']);
  expect(await grace.texts()).toEqual(texts);

  // A page that is loaded again has the same, under its name.
  await grace.page.reload();
  await grace.page.getByText('interrupted.bin').waitFor();
  expect(await grace.texts()).toEqual(texts);
  expect(await grace.page.locator('.own .text').allTextContents()).toEqual(['before two', 'typed by Grace']);
});

it('keeps what was typed while away over a reload, too', async () => {
  const first = await startServer();
  const ada = await openChat(browser, first.url, 'Ada');
  first.child.process.kill('SIGKILL');
  await ada.page.getByRole('status').getByText('Disconnected').waitFor();
  await ada.say('typed while away');
  const second = await startServer(first);
  await ada.page.reload();
  await ada.page.locator('#entries').getByText('typed while away').waitFor();
  await ada.page.locator('#unsent').waitFor({ state: 'hidden' });
  expect(await ada.texts()).toEqual(['typed while away']);
  expect(second.child.output).toContain('Ada joined');
});

it('says at the door what is wrong with a name, and who has it already', async () => {
  const { url } = await startServer();
  await openChat(browser, url, 'Ada');
  const { page } = await openChat(browser, url);
  for (const [name, problem] of [
    ['', 'a name is needed'],
    ['<script>', 'a name begins with a letter or digit'],
    ['ada', 'ada is somebody else here'],
  ]) {
    await page.getByLabel('Your name').fill(name ?? '');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.locator('#name-error', { hasText: problem ?? '' }).waitFor();
  }
  expect(await page.getByLabel('Your name').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Your name').fill('Grace');
  await page.keyboard.press('Enter');
  await isConnected(page);
});

it('tells its author what the server does not take', async () => {
  const { url } = await startServer();
  const ada = await openChat(browser, url, 'Ada');
  await ada.page.evaluate(`
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'a\\u202eb.txt'));
    document.getElementById('chat').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
  `);
  await ada.page.locator('.note', { hasText: 'Failed: the name of a file has no control characters' }).waitFor();
  // More than forty at once are too many a second: none of them is lost without a word, and none is said twice.
  for (let number = 1; number <= 48; number++) await ada.say(`message ${number}`);
  await ada.page.getByText('Sending').waitFor({ state: 'hidden' });
  await ada.page.locator('#unsent').getByText('Waiting').first().waitFor({ state: 'hidden' });
  const refused = await ada.page.locator('#unsent .text').allTextContents();
  const said = (await ada.texts()).filter((text) => text.startsWith('message '));
  expect([...said, ...refused].sort()).toEqual(Array.from({ length: 48 }, (_, at) => `message ${at + 1}`).sort());
});

it('can be used by the keyboard alone', async () => {
  const { url } = await startServer();
  const { page, texts } = await openChat(browser, url);
  // Waited for in time: what playwright has to set up for it takes a while.
  const choosing = page.waitForEvent('filechooser');
  const focused = (): Promise<string> => page.evaluate('document.activeElement.ariaLabel || document.activeElement.id');
  expect(await focused()).toBe('name');
  await page.keyboard.type('Ada');
  await page.keyboard.press('Enter');
  await isConnected(page);
  expect(await focused()).toBe('text');
  await page.keyboard.type('first line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  await page.keyboard.press('Enter');
  await page.locator('#entries').getByText('second line').waitFor();
  expect(await texts()).toEqual(['first line\nsecond line']);

  await page.keyboard.press('Tab');
  expect(await focused()).toBe('attach');
  await page.keyboard.press('Enter');
  const file = join(temporaryFolder(), 'small.txt');
  writeFileSync(file, 'small');
  await (await choosing).setFiles(file);
  await page.getByText('5 B, SHA-256 is the same at the server').waitFor();

  // Back through the log, which scrolls by keys, to the button in it.
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  expect(await focused()).toBe('Download small.txt');
  const downloading = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  expect(readFileSync(await (await downloading).path(), 'utf8')).toBe('small');
  await page.keyboard.press('Shift+Tab');
  expect(await focused()).toBe('log');
  await page.keyboard.press('Shift+Tab');
  expect(await focused()).toBe('leave');
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('name');
});

it('tells those who do not see it what is what', async () => {
  const { url } = await startServer();
  const { page, say } = await openChat(browser, url, 'Ada');
  await say('Hello');
  const file = join(temporaryFolder(), 'small.txt');
  writeFileSync(file, '');
  await page.locator('#picker').setInputFiles(file);
  await page.getByText('0 B, SHA-256 is the same at the server').waitFor();
  await page.locator('#announcer', { hasText: 'Upload of small.txt is complete' }).waitFor();
  const snapshot = await page.locator('body').ariaSnapshot();
  for (const line of [
    '- heading "Chat" [level=1]',
    '- status: Connected',
    '- main "Messages":',
    '- log "Messages":',
    '- textbox "Message":',
    '- button "Share files"',
    '- button "Send"',
    '- button "Leave"',
    '- button "Download small.txt"',
    '- complementary "People and transfers":',
    '- region "People 1 here":',
    '- region "Transfers":',
    '- button "Remove the upload of small.txt from the list"',
  ]) {
    expect(snapshot).toContain(line);
  }
  expect(await page.locator('#log').getAttribute('aria-busy')).toBe('false');
});

it.each([
  ['light', 360],
  ['dark', 1280],
] as const)('fits, %s, %i pixels wide', async (colorScheme, width) => {
  const { url } = await startServer();
  const viewport = { width, height: 740 };
  const { page, say } = await openChat(browser, url, 'x'.repeat(24), { colorScheme, viewport });
  await say(`${'a word '.repeat(60)}${'w'.repeat(300)}`);
  const file = join(temporaryFolder(), `${'n'.repeat(116)}.txt`);
  writeFileSync(file, 'x');
  await page.locator('#picker').setInputFiles(file);
  await page.getByText('1 B, SHA-256 is the same').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(740);
  for (const id of ['log', 'entries', 'transfers', 'composer', 'members']) {
    expect(await page.evaluate(`${id}.scrollWidth <= ${id}.clientWidth`), id).toBe(true);
  }
});

// Waits until so many bytes of some file have passed.
async function hasMoved(page: Page, bytes: number): Promise<void> {
  // Not `waitForFunction`, which needs `eval`: the page forbids that.
  const furthest = (): Promise<number> =>
    page.evaluate('Math.max(0, ...[...document.querySelectorAll("progress")].map((bar) => bar.value))');
  await expect.poll(furthest, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(bytes);
}

function sparseFile(path: string, size: number): void {
  writeFileSync(path, '');
  truncateSync(path, size);
}

async function sha256Of(download: Download): Promise<string> {
  return createHash('sha256')
    .update(readFileSync(await download.path()))
    .digest('hex');
}
