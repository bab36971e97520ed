import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { type Plan, withWhatIsHere } from '../src/bench.js';
import type { Report } from '../src/report.js';
import { serverKinds } from '../src/servers/index.js';
import type { Need } from '../src/servers/runtime.js';

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
    expect(stdout).toMatch(/ to ws +per round +by CPU/);
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

it('has text come back as text, decoded by those who can, and draws it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const [json, svg] = [join(folder, 'figures.json'), join(folder, 'figures.svg')];
    const quick = ['--rounds=1', '--seconds=0.1', '--warmup=0.1', '--cells=c', '--payload=unicode'];
    const { stdout } = await run(process.execPath, [main, ...quick, '--json', json, '--svg', svg], {
      env: { ...process.env, WSLOAD: '' },
    });
    expect(stdout).toContain('c-unicode: 50 × 1 KiB of non-ASCII text, 16 in flight, decoded and encoded');
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.baselines).toEqual(['ws-tuned', 'ws']);
    expect(report.rows.find(({ server }) => server === 'webson-text')).toMatchObject({
      cell: 'c-unicode',
      isDecoding: true,
      against: [
        { baseline: 'ws-tuned', server: 'ws-tuned-text' },
        { baseline: 'ws', server: 'ws-text' },
      ],
    });
    // Bun is not everywhere; where it is missing the report says so.
    const bun = report.rows.some(({ server }) => server === 'bun');
    expect(report.warnings.some((warning) => warning.startsWith('bun SKIPPED'))).toBe(!bun);
    expect(readFileSync(svg, 'utf8')).toContain('ws + bufferutil + cork = 1');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('leaves out what is not here with a word, and refuses when nothing is left', () => {
  const kind = serverKinds.find(({ name }) => name === 'ws')!;
  const absent = { ...kind, name: 'absent', needs: 'a miracle' as Need };
  const plan: Plan = { cells: [], servers: [kind, absent], rounds: 1, warmup: 1, seconds: 1, cores: { note: '' } };
  const find = (need: Need | undefined) => {
    if (need !== undefined) throw new Error(`no ${need} here`);
  };
  const { plan: left, skipped } = withWhatIsHere(plan, find);
  expect(left.servers).toEqual([kind]);
  expect(skipped).toEqual(['absent SKIPPED: no a miracle here']);
  expect(() => withWhatIsHere({ ...plan, servers: [absent] }, find)).toThrow('nothing to measure: absent SKIPPED');
});

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await run(process.execPath, [main, '--help']);
  expect(stdout).toContain('100 × 20 B, 1 in flight');
  for (const [option, value] of [
    ['--cells', 'z'],
    ['--payload', 'smoke'],
    ['--servers', 'webson-text'],
    ['--servers', 'nginx'],
    ['--rounds', '0.5'],
    ['--seconds', 'x'],
  ]) {
    await expect(run(process.execPath, [main, `${option}=${value}`])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});
