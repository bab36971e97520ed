import { expect, it } from 'vitest';
import { attacks } from '../../src/lag/attacks.js';
import type { LagSample } from '../../src/lag/lag.js';
import { type LagRow, renderLag, summarizeLag } from '../../src/lag/report.js';
import { measureWith, runBench } from '../command.js';

it('measures on real processes: the honest are served beside a hostile client', async () => {
  const quick = ['lag', '--honest=3', '--seconds=0.3', '--attacks=none,pings'];
  const { stdout, figures: rows } = await measureWith<LagRow[]>(quick);
  expect(stdout).toContain('3 honest clients');
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
}, 60_000);

it('knows no other kinds than it says', async () => {
  await expect(runBench(['lag', '--attacks=rain'])).rejects.toMatchObject({ code: 2 });
  const { stdout } = await runBench(['lag', '--help']);
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
