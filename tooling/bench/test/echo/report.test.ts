import { describe, expect, it } from 'vitest';
import { cells, withPayload } from '../../src/echo/cells.js';
import { serverKinds } from '../../src/echo/contenders/index.js';
import type { Plan, Sample } from '../../src/echo/plan.js';
import { isSound, type Report, summarize, waitingIn } from '../../src/echo/report.js';

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
    { cell: 'a', server: 'ws', median: 1000, serverMicroseconds: 1000, against: [] },
    {
      ...{ cell: 'a', server: 'webson', median: 3000, isDecoding: false, isLoadBound: false },
      against: [{ baseline: 'ws', server: 'ws', ratio: { ofMedians: 3, min: 2, max: 4 }, byCpu: 1000 / 375 }],
    },
  ]);
  expect(report.baselines).toEqual(['ws']);
  expect(report.warnings).toEqual([]);
  expect(report.samples).toEqual(good);
  expect(isSound(good)).toBe(true);
});

it('warns when the load has no time left and the server has', () => {
  const busy = good.map((one) => ({ ...one, loadCpu: 0.98, serverCpu: 0.8 }));
  expect(summarize(plan, busy).rows.every(({ isLoadBound }) => isLoadBound)).toBe(true);
  expect(summarize(plan, busy).warnings).toEqual([
    expect.stringMatching(/cell a, ws: the load was the bottleneck/),
    expect.stringMatching(/cell a, webson: the load was the bottleneck/),
  ]);
});

describe('summarize, of text and several servers', () => {
  const cell = withPayload(cells[0]!, 'text');
  const named = (...names: string[]) => serverKinds.filter(({ name }) => names.includes(name));
  const of = (...names: string[]) => {
    const samples = names.map((name, i) => ({ ...sample(name, 1, 1000 * (i + 1)), cell: 'a-text' }));
    return summarize({ ...plan, cells: [cell], servers: named(...names), rounds: 1 }, samples);
  };
  const rivals = (report: Report, name: string) =>
    report.rows.find(({ server }) => server === name)?.against.map(({ baseline, server }) => `${baseline}: ${server}`);

  it('compares who decodes with the ws that does, and who does not with the one that does not', () => {
    const report = of('ws', 'ws-tuned', 'ws-text', 'ws-tuned-text', 'webson', 'webson-text', 'bun');
    expect(report.baselines).toEqual(['ws-tuned', 'ws']);
    expect(rivals(report, 'webson')).toEqual(['ws-tuned: ws-tuned', 'ws: ws']);
    for (const name of ['webson-text', 'bun']) {
      expect(rivals(report, name)).toEqual(['ws-tuned: ws-tuned-text', 'ws: ws-text']);
    }
    expect(rivals(report, 'ws')).toEqual(['ws-tuned: ws-tuned']);
    expect(rivals(report, 'ws-tuned-text')).toEqual(['ws: ws-text']);
    expect(report.bufferutil).toMatch(/^\d/);
  });

  it('compares with the first when that is all there is', () => {
    expect(rivals(of('ws', 'webson-text'), 'webson-text')).toEqual(['ws: ws']);
    expect(rivals(of('ws-text', 'webson-text'), 'webson-text')).toEqual(['ws: ws-text']);
    expect(rivals(of('webson', 'webson-text'), 'webson-text')).toEqual([]);
  });

  it('repeats what was skipped as a warning', () => {
    expect(summarize(plan, good, ['bun SKIPPED: none']).warnings).toEqual(['bun SKIPPED: none']);
  });
});

it('says when other processes had the cores, and how often', () => {
  const disturbed = [...good.slice(0, 3), sample('ws', 2, 1000, { serverWaiting: 0.4 })];
  expect(summarize(plan, disturbed).warnings).toEqual([
    'other processes had the cores for up to 40 % of the time in 1 of 4 measurements',
  ]);
  expect(waitingIn(disturbed)).toEqual([0, 0, 0, 0.4]);
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
  expect(report.rows[0]).not.toHaveProperty('serverMicroseconds');
  expect(report.rows[0]).not.toHaveProperty('serverShare');
});
