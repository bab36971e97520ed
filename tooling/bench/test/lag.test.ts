import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { attacks } from '../src/lag/attacks.js';
import type { LagSample } from '../src/lag/lag.js';
import { type LagRow, renderLag, summarizeLag } from '../src/lag/report.js';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/lag/main.js', import.meta.url));

it('measures on real processes: the honest are served beside a hostile client', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lag-'));
  try {
    const json = join(folder, 'figures.json');
    const quick = ['--honest=3', '--seconds=0.3', '--attacks=none,pings', '--json', json];
    const { stdout } = await run(process.execPath, [main, ...quick]);
    expect(stdout).toContain('3 honest clients');
    const rows = JSON.parse(readFileSync(json, 'utf8')) as LagRow[];
    expect(rows.map(({ attack, server }) => `${attack} ${server}`)).toEqual([
      'none ws',
      'none webson',
      'pings ws',
      'pings webson',
    ]);
    for (const row of rows) {
      expect(row.trips).toBeGreaterThan(0);
      expect(row.longestTurn).toBeGreaterThan(0);
    }
    expect(rows.at(-1)?.isServed).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

it('knows no other kinds than it says', async () => {
  await expect(run(process.execPath, [main, '--attacks=rain'])).rejects.toMatchObject({ code: 2 });
  const { stdout } = await run(process.execPath, [main, '--help']);
  for (const { name, title } of attacks) expect(stdout).toMatch(new RegExp(`${name} +${title}`));
});

it('tells medians, and of the turns and the memory the most', () => {
  const sample = (longest: number, p99: number, isServed: boolean): LagSample => ({
    server: 'webson',
    attack: 'tiny',
    turns: { longest, rss: longest * 1e6 },
    trips: { count: 10, p50: 1, p99, longest: p99 },
    isServed,
  });
  const rows = summarizeLag([sample(5, 30, true), sample(9, 10, false), sample(1, 20, true)]);
  expect(rows).toMatchObject([
    { server: 'webson', attack: 'tiny', longestTurn: 9, p99: 20, rss: 9e6, isServed: false },
  ]);
  expect(renderLag(rows)).toContain('cut off');
  expect(renderLag(summarizeLag([sample(1, 1, true)]))).toContain('served');
});
