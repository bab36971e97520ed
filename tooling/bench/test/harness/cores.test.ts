import { expect, it } from 'vitest';
import { parseCoreList } from '../../src/harness/cores.js';

it('reads lists of cores as Linux writes them', () => {
  expect(parseCoreList('0-2,5,7-8\n')).toEqual([0, 1, 2, 5, 7, 8]);
  expect(parseCoreList('')).toEqual([]);
});
