import { expect, it } from 'vitest';
import { serverKinds } from '../../src/echo/contenders/index.js';
import type { Need } from '../../src/echo/contenders/runtime.js';
import { type Plan, withWhatIsHere } from '../../src/echo/plan.js';

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
