import { expect, it } from 'vitest';
import { rpcCells } from '../../src/rpc/cells.js';
import { contenders } from '../../src/rpc/contenders/index.js';
import { type RpcReport, renderReport, summarize } from '../../src/rpc/report.js';
import type { RpcPlan, RpcSample } from '../../src/rpc/rpc.js';
import { measureWith, runBench } from '../command.js';

it('measures every contender on real processes', async () => {
  const quick = ['--no-pin', '--rounds', '1', '--seconds', '0.2', '--warmup', '0.1', '--cells', '20 B x 1,64 KiB x 64'];
  const { stdout, figures } = await measureWith<RpcReport>(['rpc', ...quick]);
  expect(stdout).toContain('p99 µs');
  expect(figures.samples).toHaveLength(2 * Object.keys(contenders).length);
  expect(figures.damaged).toBe(0);
  for (const { callsPerSecond, p50, p99 } of figures.samples) {
    expect(callsPerSecond).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
  }
}, 120_000);

it('explains itself, and says what is wrong with an option', async () => {
  expect((await runBench(['rpc', '--help'])).stdout).toContain('64 KiB x 64');
  for (const option of ['--cells=9', '--contenders=smtp', '--rounds=0.5', '--seconds=x']) {
    await expect(runBench(['rpc', option])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});

it('sets each against the same library over ws, and Connect against birpc, of the same round', () => {
  const plan: RpcPlan = {
    cells: rpcCells.slice(0, 1),
    contenders: ['birpc-ws', 'birpc-webson', 'connect-webson'],
    rounds: 2,
    ...{ warmup: 1, seconds: 1, cores: { note: 'not pinned' } },
  };
  const sample = (round: number, contender: RpcSample['contender'], callsPerSecond: number): RpcSample => {
    const shares = { clientCpu: 1, clientWaiting: 0, serverCpu: 1, serverWaiting: 0.25 };
    return { round, cell: '20 B x 1', contender, callsPerSecond, p50: 5, p99: 9, damaged: 0, ...shares };
  };
  const report = summarize(plan, [
    ...[sample(1, 'birpc-ws', 100), sample(1, 'birpc-webson', 200), sample(1, 'connect-webson', 50)],
    ...[sample(2, 'birpc-ws', 400), sample(2, 'birpc-webson', 400), sample(2, 'connect-webson', 300)],
  ]);
  expect(report.rows.map(({ callsPerSecond, ratio }) => [callsPerSecond, ratio])).toEqual([
    [250, undefined],
    [300, 1.5],
    [175, 0.5],
  ]);
  expect(renderReport(report)).toMatch(/connect-webson +175 +5 +9 +0\.50 +birpc-webson/);
  expect(renderReport({ ...report, damaged: 3 })).toContain('3 answers were not what was sent.');
});
