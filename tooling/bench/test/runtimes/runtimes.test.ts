import { expect, it } from 'vitest';
import { runtimeKinds } from '../../src/echo/contenders/on-runtimes.js';
import { runtimeWith } from '../../src/echo/contenders/runtime.js';
import type { Report } from '../../src/echo/report.js';
import { measureWith } from '../command.js';

const here = runtimeKinds.filter(({ needs }) => {
  try {
    return runtimeWith(needs) !== undefined;
  } catch {
    return false;
  }
});

it('measures every server on every run-time that is here', async () => {
  const quick = ['runtimes', '--rounds=1', '--seconds=0.1', '--warmup=0.1', '--no-pin', '--cells=c'];
  const { stdout, figures } = await measureWith<Report>(quick);
  expect(figures.samples.map(({ server }) => server)).toEqual(here.map(({ name }) => name));
  for (const sample of figures.samples) {
    expect(sample).toMatchObject({ errors: 0, lost: 0 });
    expect(sample.messages).toBeGreaterThan(0);
  }
  for (const { name } of here) expect(stdout).toContain(name);
}, 120_000);
