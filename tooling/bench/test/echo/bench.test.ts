import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Report } from '../../src/echo/report.js';
import { inFolder, measureWith, runBench } from '../command.js';

it('measures on real processes: what is sent comes back, and is written down', async () => {
  const quick = ['--rounds', '2', '--seconds', '0.2', '--warmup', '0.1', '--cells', 'b', '--servers', 'ws,webson,net'];
  const { stdout, figures } = await measureWith<Report>(quick);
  expect(stdout).toMatch(/ to ws +per round +by CPU/);
  expect(figures.samples.map((sample) => `${sample.round} ${sample.server}`)).toEqual([
    ...['1 ws', '1 webson', '1 net'],
    ...['2 net', '2 webson', '2 ws'],
  ]);
  for (const sample of figures.samples) {
    expect(sample.messages).toBeGreaterThan(0);
    expect(sample).toMatchObject({ cell: 'b', errors: 0, lost: 0 });
  }
  expect(figures.rows.map((row) => row.server)).toEqual(['ws', 'webson', 'net']);
  expect(figures.node).toBe(process.version);
});

it('has text come back as text, decoded by those who can, and draws it', async () => {
  await inFolder(async (folder) => {
    const svg = join(folder, 'figures.svg');
    const quick = ['--rounds=1', '--seconds=0.1', '--warmup=0.1', '--cells=c', '--payload=unicode'];
    const { stdout, figures } = await measureWith<Report>(['echo', ...quick, '--svg', svg]);
    expect(stdout).toContain('c-unicode: 50 × 1 KiB of non-ASCII text, 16 in flight, decoded and encoded');
    expect(figures.baselines).toEqual(['ws-tuned', 'ws']);
    expect(figures.rows.find(({ server }) => server === 'webson-text')).toMatchObject({
      cell: 'c-unicode',
      isDecoding: true,
      against: [
        { baseline: 'ws-tuned', server: 'ws-tuned-text' },
        { baseline: 'ws', server: 'ws-text' },
      ],
    });
    // Bun is not everywhere; where it is missing the report says so.
    const bun = figures.rows.some(({ server }) => server === 'bun');
    expect(figures.warnings.some((warning) => warning.startsWith('bun SKIPPED'))).toBe(!bun);
    expect(readFileSync(svg, 'utf8')).toContain('ws + bufferutil + cork = 1');
  });
});

it('explains itself, and says what is wrong with an option', async () => {
  expect((await runBench(['echo', '--help'])).stdout).toContain('100 × 20 B, 1 in flight');
  for (const [option, value] of [
    ['--cells', 'z'],
    ['--payload', 'smoke'],
    ['--servers', 'webson-text'],
    ['--servers', 'nginx'],
    ['--rounds', '0.5'],
    ['--seconds', 'x'],
  ]) {
    await expect(runBench([`${option}=${value}`])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});
