import { expect, it } from 'vitest';
import { chosenProtocol } from '../../../src/node/server/sub-protocol.js';
import type { UpgradeRequest } from '../../../src/node/server/upgrade-request.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';

const request = {} as UpgradeRequest;

it('is what the function says, if that was offered', () => {
  expect(chosenProtocol(() => 'b', ['a', 'b'], request)).toBe('b');
  expect(chosenProtocol(() => undefined, ['a', 'b'], request)).toBe('');
});

it('the function sees what was offered, and the request, and can change neither', () => {
  const offered = Object.freeze(['a']);
  const choose = (names: readonly string[], seen: UpgradeRequest): string => {
    expect(seen).toBe(request);
    (names as string[]).push('b');
    return 'b';
  };
  expect(() => chosenProtocol(choose, offered, request)).toThrow(ConfigError);
});

it('says how many were offered when another is chosen: one may be a token', () => {
  expect(() => chosenProtocol(() => 'c', ['a', 'token.s3cr3t'], request)).toThrow(
    'protocols: a function that returns one of the 2 that the client has offered, or undefined expected, got "c"',
  );
  expect(() => chosenProtocol(() => 'c', [], request)).toThrow(
    'protocols: a function that returns undefined, as nothing was offered, expected, got "c"',
  );
});
