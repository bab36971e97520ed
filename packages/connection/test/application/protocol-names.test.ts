import { expect, test } from 'vitest';
import { shownProtocol, shownProtocols } from '../../src/application/protocol-names.js';
import { dial } from '../../src/node/client/dial.js';
import { chosenProtocol } from '../../src/node/server/sub-protocol.js';
import { expectNothingLeft, rejection, serveForTest } from '../node/harness.js';

expectNothingLeft();

test.each(['chat', 'graphql-ws', 'graphql-transport-ws', 'v1.json', 'mqtt', 'ocpp2.0.1', 'v12.stomp', 'wamp.2.json'])(
  'a name is shown: %s',
  (name) => expect(shownProtocol(name)).toBe(name),
);

test.each([
  ['token.SECRET', 'token.***'],
  ['bearer-hunter', 'bearer-***'],
  ['access_token.abc', 'access_***'],
  ['chat.eyJhbGciOiJIUzI1NiJ9.e30.x', 'chat.***'],
  ['9f86d081884c7d65', '***'],
  ['correct-horse-battery-staple', 'correct-horse-***'],
])('a token is not: %s', (name, shown) => expect(shownProtocol(name)).toBe(shown));

test('nor the name behind one that announces it', () => {
  expect(shownProtocols(['chat', 'access_token', 'hunter', 'chat'])).toBe('"chat", "access_***", "***", "chat"');
});

test('no error holds a token', async () => {
  const protocols = ['chat', 'token.SECRET'];
  const server = await serveForTest({});
  const errors = [
    await rejection(dial(server.url, { protocols })),
    await rejection(dial(server.url, { protocols: [...protocols, 'with space'] })),
    await rejection(dial(server.url, { protocols: 'token.SECRET ' })),
    await rejection((async () => chosenProtocol(() => 'token.OTHER-SECRET', protocols, {} as never))()),
  ];
  expect(errors.map(({ code }) => code)).toEqual(['NO_PROTOCOL', 'CONFIG', 'CONFIG', 'CONFIG']);
  for (const error of errors) {
    expect(error.message).toContain('token.***');
    expect(error.message).not.toContain('SECRET');
  }
});
