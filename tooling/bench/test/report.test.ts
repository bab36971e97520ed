import { expect, it } from 'vitest';
import type { Plan, Sample } from '../src/bench.js';
import { cells } from '../src/cells.js';
import { isSound, renderReport, summarize } from '../src/report.js';
import { serverKinds } from '../src/servers/index.js';

const plan: Plan = {
  cells: cells.slice(0, 1),
  servers: serverKinds.filter(({ name }) => name === 'ws' || name === 'webson'),
  rounds: 2,
  warmup: 1,
  seconds: 1,
  cores: { note: 'not pinned' },
};

function sample(server: string, round: number, rate: number, more: Partial<Sample> = {}): Sample {
  return {
    ...{ server, round, cell: 'a', messages: rate, seconds: 1, messagesPerSecond: rate, errors: 0, lost: 0 },
    ...{ loadCpu: 0.5, loadWaiting: 0, serverCpu: 1, serverWaiting: 0 },
    ...more,
  };
}

const good = [sample('ws', 1, 1000), sample('webson', 1, 2000), sample('webson', 2, 4000), sample('ws', 2, 1000)];

it('compares every server with the first and finds nothing to warn of', () => {
  const report = summarize(plan, good);
  expect(report.rows).toMatchObject([
    { cell: 'a', server: 'ws', median: 1000, serverMicroseconds: 1000 },
    { cell: 'a', server: 'webson', median: 3000, ratio: { ofMedians: 3, min: 2, max: 4 }, ratioByCpu: 1000 / 375 },
  ]);
  expect(report.warnings).toEqual([]);
  expect(report.samples).toEqual(good);
  expect(isSound(good)).toBe(true);
  expect(renderReport(report)).toMatch(/webson +3,000 +2,000 – 4,000 +3\.00 +2\.00 – 4\.00/);
});

it('warns when the load has no time left and the server has', () => {
  const busy = good.map((one) => ({ ...one, loadCpu: 0.98, serverCpu: 0.8 }));
  expect(summarize(plan, busy).warnings).toEqual([
    expect.stringMatching(/cell a, ws: the load was the bottleneck/),
    expect.stringMatching(/cell a, webson: the load was the bottleneck/),
  ]);
});

it('says when other processes had the cores, and how often', () => {
  const disturbed = [...good.slice(0, 3), sample('ws', 2, 1000, { serverWaiting: 0.4 })];
  expect(summarize(plan, disturbed).warnings).toEqual([
    'other processes had the cores for up to 40 % of the time in 1 of 4 measurements',
  ]);
});

it('is not sound with an error, a lost echo, or nothing at all', () => {
  for (const fault of [{ errors: 1 }, { lost: 1 }, { messages: 0 }]) {
    const samples = [...good.slice(0, 3), sample('ws', 2, 1000, fault)];
    expect(isSound(samples)).toBe(false);
    expect(summarize(plan, samples).warnings).toEqual([expect.stringMatching(/^cell a, ws, round 2: /)]);
  }
});

it('does without the CPU time of the server where the system does not tell', () => {
  const { serverCpu: _, serverWaiting: __, ...unknown } = sample('ws', 1, 1000);
  const report = summarize({ ...plan, servers: serverKinds.slice(0, 1) }, [unknown]);
  expect(renderReport(report)).toContain('?');
});
