import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { handBack } from '../../../src/node/server/ordinary-request.js';
import { deferred } from '../../support/connections.js';
import { cleanUp, expectNothingLeft, RawClient } from '../harness.js';
import { listening, page, portOfHttp } from './attaching.js';

expectNothingLeft();

const wire = (connection: string): string =>
  `GET /page HTTP/1.1\r\nHost: localhost\r\nX-Empty:\r\nX-Latin: \xe9\r\n${connection}Upgrade: h2c\r\n\r\n`;

it.each([
  ['alone', 'Connection: Upgrade\r\n', undefined],
  ['among others', 'Connection: keep-alive, UPGRADE ,HTTP2-Settings\r\n', 'keep-alive, HTTP2-Settings'],
  ['in the field that was meant for proxies', 'Proxy-Connection: Upgrade\r\n', undefined],
  ['in both', 'Proxy-Connection: upgrade\r\nConnection: HTTP2-Settings, upgrade\r\n', 'HTTP2-Settings'],
  ['in several fields', 'Connection: upgrade\r\nConnection: HTTP2-Settings\r\n', 'HTTP2-Settings'],
])('gives a request back as it was, but for upgrade in Connection: %s', async (_what, connection, left) => {
  const seen = deferred<Record<string, unknown>>();
  const server = createServer((request, response) => {
    seen.resolve({ ...request.headers });
    return page(request, response);
  });
  let asked = 0;
  server.on('upgrade', (request, socket, head) => {
    if (++asked > 1) socket.destroy();
    else expect(handBack(server, request, socket, head)).toBe(true);
  });
  await listening(server);
  const client = RawClient.to(portOfHttp(server), wire(connection));
  await client.until(({ text, hasClosed }) => text.includes('GET /page !') || hasClosed);
  // It does not come back as an upgrade.
  expect(asked).toBe(1);
  const headers = { host: 'localhost', 'x-empty': '', 'x-latin': '\xe9', upgrade: 'h2c' };
  expect(await seen.promise).toEqual(left === undefined ? headers : { ...headers, connection: left });
  // It is a connection as any other.
  client.socket.write('GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await client.until(({ text }) => text.includes('GET /next !'));
  client.socket.destroy();
});

it('with what came behind it', async () => {
  const server = createServer(page);
  server.on('upgrade', (request, socket, head) => void handBack(server, request, socket, head));
  await listening(server);
  const next = 'GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const client = RawClient.to(portOfHttp(server), wire('Connection: Upgrade\r\n') + next);
  await client.until(({ text }) => text.includes('GET /next !'));
  expect(client.text).toMatch(/GET \/page ![\s\S]*GET \/next !/);
  client.socket.destroy();
});

it('does nothing to a socket that is gone', async () => {
  const server = createServer(page);
  const done = deferred<boolean>();
  server.on('upgrade', (request, socket, head) => {
    socket.destroy();
    done.resolve(handBack(server, request, socket, head));
  });
  await listening(server);
  const client = RawClient.to(portOfHttp(server), wire('Connection: Upgrade\r\n'));
  cleanUp(() => void client.socket.destroy());
  expect(await done.promise).toBe(false);
});

it('does nothing to a request that is no upgrade, which would come back for ever', async () => {
  const done = deferred<boolean>();
  const server = createServer((request, response) => {
    done.resolve(handBack(server, request, request.socket, Buffer.alloc(0)));
    return page(request, response);
  });
  await listening(server);
  const client = RawClient.to(portOfHttp(server), wire(''));
  expect(await done.promise).toBe(false);
  await client.until(({ text }) => text.includes('GET /page !'));
  client.socket.destroy();
});
