import { describe, expect, it } from 'vitest';
import { multiplexCells } from '../../src/multiplex/cells.js';
import type { MultiplexPlan, MultiplexSample } from '../../src/multiplex/multiplex.js';
import { type MultiplexReport, renderReport, summarize } from '../../src/multiplex/report.js';
import { measureWith, runBench } from '../command.js';

const chosen = ['idle', '1 up', '8 up + ping', '8 down + ping'];

it('measures every contender on real processes, with bulk and pings', async () => {
  const quick = ['--no-pin', '--rounds', '1', '--seconds', '0.2', '--warmup', '0.1', '--cells', chosen.join(',')];
  const { stdout, figures } = await measureWith<MultiplexReport>(['multiplex', ...quick]);
  expect(stdout).toContain('p99 to idle');
  expect(figures.samples).toHaveLength(chosen.length * 3);
  for (const { cell: name, pings, bulkBytesPerSecond } of figures.samples) {
    const cell = multiplexCells.find((one) => one.name === name);
    expect(bulkBytesPerSecond > 0).toBe(cell?.bulk !== 0);
    expect((pings?.count ?? 0) > 0).toBe(cell?.pings);
  }
}, 120_000);

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await runBench(['multiplex', '--help']);
  expect(stdout).toContain('8 up + ping');
  for (const option of ['--cells=9 up', '--contenders=smtp', '--rounds=0.5', '--seconds=x']) {
    await expect(runBench(['multiplex', option])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});

describe('summarize', () => {
  const plan: MultiplexPlan = {
    cells: multiplexCells.filter(({ name }) => ['idle', '1 up', '8 up + ping'].includes(name)),
    contenders: ['webson'],
    rounds: 2,
    ...{ warmup: 1, seconds: 1, cores: { note: 'not pinned' } },
  };

  function sample(round: number, cell: string, bulkBytesPerSecond: number, p99?: number): MultiplexSample {
    const pings = p99 === undefined ? {} : { pings: { count: 9, p50: p99 / 2, p99, max: p99 } };
    const shares = { clientCpu: 1, clientWaiting: 0, serverCpu: 1, serverWaiting: 0.25 };
    return { round, cell, contender: 'webson', bulkBytesPerSecond, ...pings, ...shares };
  }

  it('sets each cell against the idle connection, and the one with one message, of the same round', () => {
    const samples = [
      ...[sample(1, 'idle', 0, 10), sample(1, '1 up', 200), sample(1, '8 up + ping', 100, 30)],
      ...[sample(2, 'idle', 0, 20), sample(2, '1 up', 400), sample(2, '8 up + ping', 400, 100)],
    ];
    const report = summarize(plan, samples);
    expect(report.rows).toEqual([
      { cell: 'idle', contender: 'webson', bulkBytesPerSecond: 0, p50: 7.5, p99: 15 },
      { cell: '1 up', contender: 'webson', bulkBytesPerSecond: 300 },
      ...[{ cell: '8 up + ping', contender: 'webson', bulkBytesPerSecond: 250, p50: 32.5, p99: 65 }].map((row) => ({
        ...row,
        ...{ p99ToIdle: 4, bulkToSingle: 0.75 },
      })),
    ]);
    expect(report.waiting).toBe(0.25);
    expect(renderReport(report)).toMatch(/8 up \+ ping +webson +0 +0\.75 +33 +65 +4\.0/);
  });
});
