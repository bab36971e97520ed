import { expect, test } from 'vitest';
import { warnOnce } from '../../src/application/warnings.js';
import type { Platform } from '../../src/protocol/contract/platform.js';
import { warningPlatform } from '../support/warnings.js';

test('a kind is shown once, another one and another code are not held back by that', () => {
  const { platform, warnings } = warningPlatform();
  for (const code of ['ONE', 'TWO']) {
    for (const kind of ['a', 'b', 'a', 'b']) warnOnce(platform, code, kind, () => ({ message: kind }));
  }
  expect(warnings).toEqual([
    { code: 'ONE', message: 'a' },
    { code: 'ONE', message: 'b' },
    { code: 'TWO', message: 'a' },
    { code: 'TWO', message: 'b' },
  ]);
});

test('no peer can fill a log, nor memory: 64 kinds of a code, and the last says so', () => {
  const { platform, warnings } = warningPlatform();
  let made = 0;
  for (let i = 0; i < 1000; i++) {
    warnOnce(platform, 'MANY', `${'x'.repeat(i)}${i}`, () => {
      made++;
      return { message: 'again', detail: 'more' };
    });
  }
  expect(made).toBe(64);
  expect(warnings).toHaveLength(64);
  expect(warnings[62]).toEqual({ code: 'MANY', message: 'again', detail: 'more' });
  expect(warnings[63]?.message).toBe('again (Further warnings MANY are not shown.)');
});

test('a long kind is remembered by its beginning', () => {
  const { platform, warnings } = warningPlatform();
  for (const end of ['a', 'b']) warnOnce(platform, 'LONG', 'x'.repeat(300) + end, () => ({ message: end }));
  expect(warnings).toHaveLength(1);
});

test('where nobody could see it nothing is made, and it can be shown later', () => {
  const make = (): never => {
    throw new Error('called');
  };
  warnOnce({} as Platform, 'NOBODY', 'a', make);
  const { platform, warnings } = warningPlatform();
  warnOnce(platform, 'NOBODY', 'a', () => ({ message: 'now' }));
  expect(warnings).toHaveLength(1);
});
