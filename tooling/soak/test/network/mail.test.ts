import { expect, test } from 'vitest';
import { composeMail, readMail } from '../../src/network/mail.js';

test.each([0, 7, 123_456])('mail %i can be read', (number) => {
  for (const length of [0, 10, 30_000]) expect(readMail(composeMail(number, length))).toBe(number);
});

test('one that was changed cannot', () => {
  const mail = composeMail(12, 100);
  for (const changed of [
    mail.slice(0, -1),
    `${mail}.`,
    mail.replace(' 12 ', ' 13 '),
    `0${mail.slice(1)}`,
    '',
    'life 1',
  ]) {
    expect(readMail(changed), changed).toBeUndefined();
  }
});
