import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Report } from '../src/report.js';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

it('measures on real processes: what is sent comes back, and is written down', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const json = join(folder, 'figures.json');
    const quick = [
      '--rounds',
      '2',
      '--seconds',
      '0.2',
      '--warmup',
      '0.1',
      '--cells',
      'b',
      '--servers',
      'ws,webson,net',
    ];
    const { stdout } = await run(process.execPath, [main, ...quick, '--json', json], {
      env: { ...process.env, WSLOAD: '' },
    });
    expect(stdout).toContain('ratio to ws');
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.samples.map((sample) => `${sample.round} ${sample.server}`)).toEqual([
      '1 ws',
      '1 webson',
      '1 net',
      '2 net',
      '2 webson',
      '2 ws',
    ]);
    for (const sample of report.samples) {
      expect(sample.messages).toBeGreaterThan(0);
      expect(sample).toMatchObject({ cell: 'b', errors: 0, lost: 0 });
    }
    expect(report.rows.map((row) => row.server)).toEqual(['ws', 'webson', 'net']);
    expect(report.node).toBe(process.version);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await run(process.execPath, [main, '--help']);
  expect(stdout).toContain('100 × 20 B, 1 in flight');
  for (const [option, value] of [
    ['--cells', 'z'],
    ['--servers', 'nginx'],
    ['--rounds', '0.5'],
    ['--seconds', 'x'],
  ]) {
    await expect(run(process.execPath, [main, `${option}=${value}`])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});
