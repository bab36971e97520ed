import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnChild } from '@webson/child-process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { isConnected, launchChromium, openChat } from './support/browser.js';
import { copyOut, createProject, type Project } from './support/project.js';

let browser: Browser;
let project: Project;

beforeAll(async () => {
  browser = await launchChromium();
  project = await createProject();
});

afterAll(() => browser.close());

it('is built and runs outside of the repository, with the packages as they are packed', async () => {
  await project.run('npm', 'run', 'build');
  const args = ['dist/server/main.js', '--port', '0'];
  const child = spawnChild(process.execPath, args, 'ignore', project.folder);
  const [, url = ''] = await child.sees(/^(http:\S+) /m);
  const [ada, grace] = [await openChat(browser, url, 'Ada'), await openChat(browser, url, 'Grace')];
  await ada.say('from a folder of its own');
  await grace.page.getByText('from a folder of its own').waitFor();
  expect([...ada.problems, ...grace.problems]).toEqual([]);
});

it('is developed there: what changes leaves no connection behind, and the history stays', async () => {
  const vite = join(project.folder, 'node_modules/vite/bin/vite.js');
  const child = spawnChild(process.execPath, [vite, '--port', '0', '--clearScreen', 'false'], 'ignore', project.folder);
  const [, url = ''] = await child.sees(/(http:\/\/127\.0\.0\.1:\d+\/)/);
  const { page, say, texts } = await openChat(browser, url, 'Ada');
  await say('before');
  await page.locator('#entries').getByText('before').waitFor();
  const here = (): number => count(child.output, / joined: /g) - count(child.output, / left: /g);
  expect(here()).toBe(1);

  // A style changes in place: the page, and its connection, stay.
  await page.evaluate('window.isSame = true');
  change('src/page/style.css', '.entry {', '.entry { border: 1px solid rgb(1, 2, 3);');
  const border = (): Promise<string> => page.evaluate('getComputedStyle(document.querySelector(".entry")).borderColor');
  await expect.poll(border, { timeout: 30_000 }).toBe('rgb(1, 2, 3)');
  expect(await page.evaluate('window.isSame')).toBe(true);
  expect(count(child.output, / joined: /g)).toBe(1);

  // A script changes: the page is loaded again, and what it had is closed.
  change('src/page/status-view.ts', "'Connected'", "'Connected anew'");
  await page.getByText('Connected anew').waitFor();
  await page.locator('#entries').getByText('before').waitFor();
  await expect.poll(here).toBe(1);
  expect(count(child.output, / joined: /g)).toBeGreaterThanOrEqual(2);
  change('src/page/status-view.ts', "'Connected anew'", "'Connected'");
  await isConnected(page);

  // The server changes.
  change('src/server/room.ts', '} joined`', '} has come`');
  await child.sees(/Ada has come: Ada$/m);
  await isConnected(page);
  await say('after');
  await page.locator('#entries').getByText('after').waitFor();
  expect(await texts()).toEqual(['before', 'after']);
  expect(await page.locator('#members li').count()).toBe(1);
});

it('says why it does not copy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'webson-chat-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await expect(copyOut(folder)).rejects.toThrow('copy-out: the folder to copy to is needed, and nothing else');
  await expect(copyOut(folder, join(folder, 'new'))).rejects.toThrow(
    /copy-out: \S+webson-\S+\.tgz is missing: npx -y pnpm@12 tarballs makes it/,
  );
  await expect(copyOut(join(project.folder, 'packages'), project.folder)).rejects.toThrow(
    `copy-out: ${project.folder} is there already, and not empty`,
  );
});

function change(file: string, before: string, after: string): void {
  const path = join(project.folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(before);
  writeFileSync(path, text.replace(before, after));
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
