import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Outbox, type Unsent } from '../src/page/outbox.js';

function outbox(saved: readonly Unsent[] = []): Outbox {
  return new Outbox(saved, () => {});
}

it('sends one at a time, in their order', () => {
  const box = outbox();
  box.add('a', 'one');
  box.add('b', 'two');
  expect(box.next()?.text).toBe('one');
  expect(box.next()).toBeUndefined();
  expect(box.done('a')).toBe(true);
  expect(box.next()?.text).toBe('two');
  expect(box.done('b')).toBe(true);
  expect(box.done('b')).toBe(false);
  expect(box.items).toEqual([]);
});

it('says everything once and in order over any number of connections, to a server that knows keys', () => {
  // What happens to each message that is sent: it arrives or not, and the answer comes or the connection breaks.
  const fate = fc.constantFrom('done', 'lost', 'answer lost');
  fc.assert(
    fc.property(fc.nat(20), fc.array(fate, { maxLength: 40 }), (count, fates) => {
      const box = outbox();
      const said = new Map<string, string>();
      for (let number = 0; number < count; number++) expect(box.add(`key-${number}`, `${number}`)).toBe(true);
      for (let next = box.next(); next !== undefined; next = box.next()) {
        const what = fates.shift() ?? 'done';
        if (what !== 'lost' && !said.has(next.key)) said.set(next.key, next.text);
        if (what === 'done') box.done(next.key);
        else box.lost();
      }
      expect([...said.values()]).toEqual(Array.from({ length: count }, (_, number) => `${number}`));
    }),
  );
});

it('keeps what is refused for its author, and goes on with the next', () => {
  const box = outbox();
  box.add('a', 'one');
  box.add('b', 'two');
  box.next();
  expect(box.refuse('a', 'too long')).toBe(true);
  expect(box.refuse('z', 'too long')).toBe(false);
  expect(box.items[0]).toMatchObject({ state: 'refused', reason: 'too long' });
  expect(box.next()?.key).toBe('b');
  box.done('b');
  box.again('a');
  expect(box.next()).toMatchObject({ key: 'a', reason: '' });
});

it('asks before it sends again what may be in the part of the history that is gone', () => {
  const box = outbox();
  box.add('a', 'sent before');
  box.add('b', 'never sent');
  box.next();
  box.lost();
  box.gap();
  expect(box.items.map(({ state }) => state)).toEqual(['unsure', 'waiting']);
  expect(box.next()?.key).toBe('b');
});

it('goes on with what was saved: what was under way is sent again', () => {
  const saved: Unsent[] = [];
  const box = new Outbox([], (items) => saved.splice(0, saved.length, ...items));
  box.add('a', 'one');
  box.next();
  expect(saved[0]?.state).toBe('sending');
  expect(outbox(saved).next()).toMatchObject({ key: 'a', wasSent: true });
});

it('does not take in more than fifty', () => {
  const box = outbox();
  for (let number = 0; number < 50; number++) expect(box.add(`${number}`, 'x')).toBe(true);
  expect(box.add('more', 'x')).toBe(false);
  expect(box.items).toHaveLength(50);
});
