import { expect, it } from 'vitest';
import { serverKinds } from '../../src/echo/contenders/index.js';
import { isSound } from '../../src/echo/report.js';
import { growthCells } from '../../src/growth/cells.js';
import { type GrowthSample, withinLimits } from '../../src/growth/growth.js';
import { type GrowthReport, renderGrowth, summarizeGrowth } from '../../src/growth/report.js';
import { mostConnections } from '../../src/harness/file-limit.js';
import { measureWith, runBench } from '../command.js';

const MEMORY = { rss: expect.any(Number), heap: expect.any(Number), sockets: expect.any(Number) };

it('measures pace and memory on real processes, few connections and many, empty messages and large', async () => {
  const quick = ['growth', '--rounds=1', '--seconds=0.1', '--warmup=0.1', '--no-pin', '--cells=n100,s0,s1048576'];
  const { stdout, figures } = await measureWith<GrowthReport & { samples: GrowthSample[] }>(quick);
  expect(stdout).toContain('µs/MiB');
  expect(figures.samples.map(({ cell, server }) => `${cell} ${server}`)).toEqual(
    ['n100', 's0', 's1048576'].flatMap((cell) => [`${cell} ws`, `${cell} webson`]),
  );
  for (const { memory, ...sample } of figures.samples) {
    expect(sample).toMatchObject({ errors: 0, lost: 0 });
    expect(sample.messages).toBeGreaterThan(0);
    expect(memory).toEqual({ before: MEMORY, idle: MEMORY, after: MEMORY, closed: MEMORY });
    const connections = sample.cell === 'n100' ? 100 : 4;
    expect((memory.idle?.sockets ?? 0) - memory.before.sockets).toBe(connections);
    expect(memory.closed.sockets).toBe(memory.before.sockets);
    if (connections === 100) expect(memory.idle?.heap).toBeGreaterThan(memory.before.heap);
  }
  expect(figures.growth.map(({ cell, server }) => `${cell} ${server}`)).toEqual(
    figures.rows.map(({ cell, server }) => `${cell} ${server}`),
  );
}, 120_000);

it('skips, and says so, what a machine or a server cannot do', () => {
  const cores = { note: '' };
  const plan = { cells: growthCells, servers: serverKinds, rounds: 1, seconds: 1, warmup: 1, cores };
  const { plan: possible, skipped } = withinLimits(plan, 500);
  expect(possible.cells.every(({ connections, size }) => connections <= 500 && size > 0)).toBe(true);
  expect(skipped).toEqual([
    'cell n1000 SKIPPED: 1000 connections, a process may have 500 open',
    'cell n10000 SKIPPED: 10000 connections, a process may have 500 open',
    'cell s0 SKIPPED: net has no empty messages',
  ]);
  expect(mostConnections()).toBeGreaterThan(0);
});

it('gives memory per connection above what there was before, and in all when they are gone', () => {
  const cell = { name: 'n10', connections: 10, size: 1024, inFlight: 1 };
  const [server] = serverKinds;
  const plan = {
    cells: [cell],
    servers: server ? [server] : [],
    rounds: 1,
    seconds: 1,
    warmup: 1,
    cores: { note: '' },
  };
  const at = (rss: number, heap: number) => ({ rss, heap, sockets: 0 });
  const sample: GrowthSample = {
    ...{ round: 1, cell: 'n10', server: 'ws', messages: 1000, seconds: 1, messagesPerSecond: 1000 },
    ...{ loadCpu: 0.1, loadWaiting: 0, serverCpu: 0.5, serverWaiting: 0, errors: 0, lost: 0 },
    memory: { before: at(1000, 100), idle: at(3000, 200), after: at(4000, 300), closed: at(1500, 90) },
  };
  const report = summarizeGrowth(plan, [sample], ['cell x SKIPPED: too large']);
  expect(report.growth).toEqual([
    {
      ...{ cell: 'n10', server: 'ws', idle: { rss: 200, heap: 10 }, after: { rss: 300, heap: 20 } },
      ...{ left: { rss: 500, heap: -10 }, microsecondsPerMebibyte: 500 * 1024 },
    },
  ]);
  expect(renderGrowth(report)).toContain('WARNING cell x SKIPPED');
  expect(isSound([{ ...sample, errors: 1 }])).toBe(false);
});

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await runBench(['growth', '--help']);
  expect(stdout).toMatch(/ n10000 +10000 × 20 B, 1 in flight\n/);
  await expect(runBench(['growth', '--cells=z'])).rejects.toMatchObject({ code: 2, stderr: /there is no z/ });
});
