import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Timeline } from '../src/page/timeline.js';

/** A server that has so many entries, and sends what a page lacks; some get lost with the connection, the order is any. */
it('has every entry once, whatever order they come in and whenever the connection breaks', () => {
  const life = fc.record({
    more: fc.nat(8),
    order: fc.infiniteStream(fc.nat(1000)),
    lost: fc.nat(10),
    twice: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 6 }), (lives) => {
      const timeline = new Timeline();
      const shown: number[] = [];
      let last = 0;
      lives.forEach(({ more, order, lost, twice }, index) => {
        last += more;
        const since = timeline.room === '' ? 0 : timeline.complete;
        expect(timeline.welcome({ room: 'room', first: 1, last })).toEqual({ isNew: false, missing: 0 });
        const numbers = Array.from({ length: last - since }, (_, at) => since + 1 + at);
        const ranked = numbers.map((number) => ({ number, rank: order.next().value as number }));
        const sent = ranked.sort((a, b) => a.rank - b.rank).map(({ number }) => number);
        const isLast = index === lives.length - 1;
        const arrived = sent.slice(0, isLast ? sent.length : Math.max(0, sent.length - lost));
        for (const number of [...arrived, ...(twice ? arrived : [])]) if (timeline.add({ number })) shown.push(number);
      });
      expect(shown.sort((a, b) => a - b)).toEqual(Array.from({ length: last }, (_, at) => at + 1));
      expect(timeline.complete).toBe(last);
    }),
  );
});

it('begins with what is kept', () => {
  const timeline = new Timeline();
  expect(timeline.welcome({ room: 'a', first: 501, last: 1000 })).toEqual({ isNew: false, missing: 0 });
  expect(timeline.complete).toBe(500);
});

it('tells how many entries are missing, and does not ask for them again', () => {
  const timeline = new Timeline();
  timeline.welcome({ room: 'a', first: 1, last: 2 });
  timeline.add({ number: 1 });
  timeline.add({ number: 4 });
  expect(timeline.welcome({ room: 'a', first: 4, last: 5 })).toEqual({ isNew: false, missing: 2 });
  // Number 4 has come already.
  expect(timeline.complete).toBe(4);
  expect(timeline.add({ number: 4 })).toBe(false);
  expect(timeline.add({ number: 2 })).toBe(false);
});

it('begins anew with another room, whose numbers are others', () => {
  const timeline = new Timeline();
  timeline.welcome({ room: 'a', first: 1, last: 3 });
  for (const number of [1, 2, 3]) timeline.add({ number });
  expect(timeline.welcome({ room: 'b', first: 1, last: 1 })).toEqual({ isNew: true, missing: 0 });
  expect(timeline.complete).toBe(0);
  expect(timeline.add({ number: 1 })).toBe(true);
});
