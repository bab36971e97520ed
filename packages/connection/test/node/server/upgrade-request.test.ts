import { parseTarget, type RequestTarget } from '@webson/handshake';
import { describe, expect, it } from 'vitest';
import { urlOfTarget } from '../../../src/node/server/upgrade-request.js';

const urlOf = (target: string, host = 'localhost', isSecure = false): string | undefined =>
  urlOfTarget(parseTarget(target) as RequestTarget, host, isSecure)?.href;

describe('urlOfTarget', () => {
  it.each([
    ['/', 'localhost', 'ws://localhost/'],
    ['/a/../b?c=/../d', 'localhost:8080', 'ws://localhost:8080/b?c=/../d'],
    ['/%2e%2e/a%2fb', '[::1]:81', 'ws://[::1]:81/a%2Fb'],
    ['//elsewhere/a', 'localhost', 'ws://localhost//elsewhere/a'],
    ['/\\a', 'localhost', 'ws://localhost/%5Ca'],
    ['http://a.example/b', 'localhost', 'ws://a.example/b'],
    ['https://a.example', 'localhost', 'ws://a.example/'],
  ])('%s at %s is %s', (target, host, expected) => {
    expect(urlOf(target, host)).toBe(expected);
    expect(urlOf(target, host, true)).toBe(expected.replace('ws:', 'wss:'));
  });

  it.each(['', 'a/b', 'a?b', 'a#b', 'u@h', 'u:p@h', 'a b', 'a:99999', '1.2.3.999'])(
    'is undefined where the host is %j',
    (host) => {
      expect(urlOf('/', host)).toBeUndefined();
    },
  );
});
