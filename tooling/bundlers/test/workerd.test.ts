import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { createConsumer } from './support/consumer.js';
import { EXCHANGED } from './support/exchanged.js';
import { host } from './support/server.js';
import { startWorkerd } from './support/workerd.js';

// Workers of Cloudflare, in the program that runs them there: clients of a server on this machine.
let worker = '';

beforeAll(async () => {
  const project = await createConsumer();
  worker = join(project, 'dist/worker.js');
  const { warnings } = await build({
    absWorkingDir: project,
    entryPoints: ['src/workerd.js'],
    bundle: true,
    format: 'esm',
    // As their own command, `wrangler`, bundles them.
    conditions: ['workerd', 'worker', 'browser'],
    outfile: worker,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
});

// The second has modules of Node, `process` and `setImmediate`; the first has not even a MessageChannel.
describe.each(['compatibilityDate = "2023-01-01"', 'compatibilityDate = "2026-11-01"'])('%s', (compatibility) => {
  test('a worker does what a page does, in one request after the other', async () => {
    const server = await host('.');
    const url = await startWorkerd(worker, compatibility);
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${url}/?to=${encodeURIComponent(server.url)}`);
      expect(await response.text()).toBe(JSON.stringify(EXCHANGED));
    }
  });

  test('what a request leaves undone holds up no other one, at the same time or later', async () => {
    const server = await host('.');
    const url = await startWorkerd(worker, compatibility);
    const query = `?to=${encodeURIComponent(server.url)}`;
    const texts = await Promise.all(
      ['left', '', 'left', '', 'left'].map(async (path) => (await fetch(`${url}/${path}${query}`)).text()),
    );
    const exchanged = JSON.stringify(EXCHANGED);
    expect(texts).toEqual(['left', exchanged, 'left', exchanged, 'left']);
    expect(await (await fetch(`${url}/${query}`)).text()).toBe(exchanged);
  });
});
