import { expect, it } from 'vitest';
import type { ChurnSample } from '../../src/churn/churn.js';
import { type ChurnReport, renderChurn, summarizeChurn } from '../../src/churn/report.js';
import { serverKinds } from '../../src/echo/contenders/index.js';
import { isSound } from '../../src/echo/report.js';
import { measureWith, runBench } from '../command.js';

it('measures on real processes: connections come, are answered, and go', async () => {
  const quick = ['churn', '--rounds=1', '--seconds=0.2', '--warmup=0.1', '--no-pin', '--cells=some'];
  const { stdout, figures } = await measureWith<ChurnReport & { samples: ChurnSample[] }>(quick);
  expect(stdout).toContain('heap kept');
  expect(figures.samples.map(({ server }) => server)).toEqual(['ws', 'webson']);
  for (const sample of figures.samples) {
    expect(sample).toMatchObject({ cell: 'some', errors: 0, lost: 0 });
    expect(sample.messages).toBeGreaterThan(0);
    expect(sample.after.sockets).toBe(sample.before.sockets);
  }
  expect(figures.kept.map(({ server }) => server)).toEqual(['ws', 'webson']);
}, 60_000);

it('gives what is kept per connection', () => {
  const cell = { name: 'some', connections: 32, size: 20, inFlight: 1 };
  const [server] = serverKinds;
  const plan = {
    cells: [cell],
    servers: server ? [server] : [],
    rounds: 1,
    seconds: 3,
    warmup: 1,
    cores: { note: '' },
  };
  const sample: ChurnSample = {
    ...{ round: 1, cell: 'some', server: 'ws', messages: 3000, seconds: 3, messagesPerSecond: 1000 },
    ...{ loadCpu: 0.1, loadWaiting: 0, serverCpu: 0.5, serverWaiting: 0, errors: 0, lost: 0 },
    ...{ before: { rss: 1000, heap: 100, sockets: 1 }, after: { rss: 9000, heap: 4100, sockets: 1 } },
  };
  const report = summarizeChurn(plan, [sample]);
  expect(report.kept).toEqual([{ cell: 'some', server: 'ws', connections: 4000, heap: 1, rss: 2 }]);
  expect(renderChurn(report)).toContain('heap kept');
  expect(isSound([{ ...sample, errors: 1 }])).toBe(false);
});

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await runBench(['churn', '--help']);
  expect(stdout).toContain('256 × 20 B, 1 in flight');
  for (const option of ['--cells=z', '--servers=net']) {
    await expect(runBench(['churn', option])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});
