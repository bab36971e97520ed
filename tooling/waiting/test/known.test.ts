import { describe, expect, test } from 'vitest';
import { runCase } from '../dist/case.js';
import { KNOWN, ordersOf } from '../src/known.js';

describe('in whatever order', () => {
  test.each(Object.entries(KNOWN))('%s', async (_, known) => {
    for (const plan of ordersOf(known)) {
      const { faults } = await runCase(plan);
      expect(faults, `seed ${plan.seed}`).toEqual([]);
    }
  });
});
