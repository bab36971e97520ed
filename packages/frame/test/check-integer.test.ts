import { expect, test } from 'vitest';
import { checkInteger } from '../src/check-integer.js';

test('admits integers from 0 to the most, and names what it refuses', () => {
  for (const value of [0, 1, 7]) expect(() => checkInteger('rsv', value, 7)).not.toThrow();
  for (const value of [-1, 0.5, 8, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
    expect(() => checkInteger('rsv', value, 7)).toThrow(
      new RangeError(`rsv: an integer from 0 to 7 expected, got ${value}`),
    );
  }
});
