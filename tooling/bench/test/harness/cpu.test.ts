import { expect, it } from 'vitest';
import { watchCpu } from '../../src/harness/cpu.js';

it('tells what this process and another one had of their cores', () => {
  const used = watchCpu(process.pid);
  for (let i = 0; i < 1e6; i++) Math.sqrt(i);
  const { seconds, own, other } = used();
  expect(seconds).toBeGreaterThan(0);
  expect(own.cpu).toBeGreaterThan(0);
  if (process.platform === 'linux') expect(other?.cpu).toBeGreaterThan(0);
});

it('knows nothing of a process that is not there', () => {
  expect(watchCpu(0)()).not.toHaveProperty('other');
});
