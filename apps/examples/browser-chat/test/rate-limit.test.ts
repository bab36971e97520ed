import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RateLimit } from '../src/server/rate-limit.js';

it('allows a burst, then so many a second', () => {
  const limit = new RateLimit(3, 2, 0);
  expect([0, 0, 0, 0].map((time) => limit.take(time))).toEqual([true, true, true, false]);
  expect([499, 500, 501, 1000, 1001].map((time) => limit.take(time))).toEqual([false, true, false, true, false]);
});

it('never allows more than the burst and what has come since, whenever it is asked', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 200 }), (waits) => {
      const limit = new RateLimit(5, 10, 0);
      let time = 0;
      let allowed = 0;
      for (const wait of waits) {
        time += wait;
        if (limit.take(time)) allowed++;
        // One tenth of a message for what floating point leaves out.
        expect(allowed).toBeLessThanOrEqual(5 + time / 100 + 0.1);
      }
    }),
  );
});
