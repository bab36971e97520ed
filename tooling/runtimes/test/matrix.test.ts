import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '@webson/chromium';
import { createProject, root } from '@webson/published';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PairResult, runPage, runPair } from '../src/pair.js';
import { CHROMIUM, isComplete, runTimes } from '../src/run-times.js';
import { tableOf, withTable } from '../src/table.js';

const all = runTimes(root);
const results: PairResult[] = [];
let suite = '';
let browser: Browser;
let pageScript = '';

beforeAll(async () => {
  const project = await createProject();
  suite = join(project, 'suite');
  cpSync(fileURLToPath(new URL('../dist/suite', import.meta.url)), suite, { recursive: true });
  const bundled = await build({
    entryPoints: [join(suite, 'page.js')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'suite',
    platform: 'browser',
  });
  pageScript = bundled.outputFiles[0]?.text ?? '';
  browser = await launchChromium();
});

afterAll(() => browser.close());

/** All that was not kept, in words. */
function complaintsOf({ client, server, verdicts }: PairResult): string[] {
  return verdicts
    .filter(({ complaint }) => complaint !== undefined)
    .map(({ name, complaint }) => `${client} to ${server}, ${name}: ${complaint}`);
}

const pairs = all.flatMap((client) => all.map((server) => ({ client, server })));

// Half of the time is spent waiting for timers and for the other process: two pairs at a time fit on two cores.
describe('what is owed is kept', { concurrent: true, timeout: 600_000 }, () => {
  test.each(pairs)('from $client.name to $server.name', async ({ client, server }) => {
    const result = await runPair(client, server, suite);
    results.push(result);
    expect(complaintsOf(result)).toEqual([]);
  });

  test.each(all)('from a page of Chromium to $name', async (server) => {
    const page = await browser.newPage();
    await page.addScriptTag({ content: pageScript });
    const result = await runPage(CHROMIUM, page, server, suite);
    await page.close();
    results.push(result);
    expect(complaintsOf(result)).toEqual([]);
  });
});

// Elsewhere than on Linux on x64 there is one run-time, which says nothing about the table.
test.runIf(isComplete)('the table in the README is what was tried', async () => {
  const order = [...all.map(({ name }) => name), CHROMIUM];
  const place = ({ client, server }: PairResult): number => 100 * order.indexOf(client) + order.indexOf(server);
  const table = tableOf(results.toSorted((one, other) => place(one) - place(other)));
  const readme = join(root, 'README.md');
  await expect(withTable(readFileSync(readme, 'utf8'), table)).toMatchFileSnapshot(readme);
});
