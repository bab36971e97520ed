import { expect, test } from 'vitest';
import { isDrivable } from '../src/driven-zlib.js';

test('the zlib of this run-time is what it is taken for', () => {
  expect(isDrivable()).toBe(true);
});
