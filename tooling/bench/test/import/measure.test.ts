import { expect, it } from 'vitest';
import { renderImports, summarizeImports } from '../../src/import/measure.js';
import { runBench } from '../command.js';

it('compares medians, and the times of each round, with the first module', () => {
  const rows = summarizeImports(
    new Map([
      ['ws', [10, 20, 40].map((wall) => ({ wall, cpu: wall / 2 }))],
      ['webson', [5, 20, 10].map((wall) => ({ wall, cpu: 20 }))],
    ]),
  );
  expect(rows).toEqual([
    { module: 'ws', median: { wall: 20, cpu: 10 }, wall: one, cpu: one },
    {
      module: 'webson',
      median: { wall: 10, cpu: 20 },
      wall: { ofMedians: 0.5, min: 0.25, max: 1 },
      cpu: { ofMedians: 2, min: 1, max: 4 },
    },
  ]);
  expect(renderImports(rows, 3)).toMatch(/webson +wall +10\.0 ms +× 0\.50 \(0\.25 – 1\.00\)/);
});

it('imports both in processes of their own', async () => {
  const { stdout } = await runBench(['import', '1']);
  expect(stdout).toMatch(/^ws +wall +[\d.]+ ms .*\nwebson +wall +[\d.]+ ms /m);
});

it('says what is wrong with the number of runs', async () => {
  await expect(runBench(['import', '0'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('RUNS is 0: a whole number is needed'),
  });
});

const one = { ofMedians: 1, min: 1, max: 1 };
