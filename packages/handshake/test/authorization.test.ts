import { describe, expect, it } from 'vitest';
import { basicAuthorization } from '../src/authorization.js';

describe('basicAuthorization', () => {
  it.each([
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['user', 'a:b', `Basic ${Buffer.from('user:a:b').toString('base64')}`],
    ['', '', 'Basic Og=='],
  ])('%j, %j', (user, password, expected) => {
    expect(basicAuthorization(user, password)).toBe(expected);
  });

  it.each([
    ['a:b', 'c'],
    ['a\n', 'b'],
    ['a', 'b\0'],
    ['a', 'b\x7f'],
  ])('refuses %j, %j and does not tell the password', (user, password) => {
    expect(() => basicAuthorization(user, password)).toThrow(
      expect.objectContaining({ name: 'HeaderError', code: 'INVALID_CREDENTIALS' }),
    );
    expect(() => basicAuthorization('a:b', 'secret')).not.toThrow(/secret/);
  });
});
