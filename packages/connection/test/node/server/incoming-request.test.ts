import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isAnswering, isInUse, isWebSocketUpgrade, mayBeTruncated } from '../../../src/node/server/incoming-request.js';
import { takeOver } from '../../../src/node/server/take-over.js';
import { deferred } from '../../support/connections.js';
import { cleanUp, expectNothingLeft, RawClient, upgradeRequest } from '../harness.js';
import { listening, portOfHttp } from './attaching.js';

expectNothingLeft();

/** An upgrade as the listener for it sees it. */
async function upgrade(wire: string, maxHeadersCount?: number): Promise<[IncomingMessage, Socket, Uint8Array]> {
  const seen = deferred<[IncomingMessage, Socket, Uint8Array]>();
  const server = createServer();
  if (maxHeadersCount !== undefined) server.maxHeadersCount = maxHeadersCount;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    seen.resolve([request, socket as Socket, head]);
  });
  await listening(server);
  const client = RawClient.to(portOfHttp(server), wire);
  cleanUp(() => void client.socket.destroy());
  return seen.promise;
}

describe('isWebSocketUpgrade', () => {
  const named = (protocol: string): string => upgradeRequest().replace('Upgrade: websocket', `Upgrade: ${protocol}`);

  it.each([
    [true, 'websocket', named('websocket')],
    [true, 'in capitals', named('WebSocket')],
    [true, 'in a list that is a handshake', named('h2c, websocket')],
    [true, 'twice, though that is no handshake', named('websocket\r\nUpgrade: websocket')],
    [true, 'with another method', upgradeRequest().replace('GET', 'POST')],
    [false, 'h2c', named('h2c')],
    [false, 'a name that is near', named('websocket2')],
    [false, 'in a list that is no handshake', named('h2c, websocket').replace('GET', 'POST')],
  ])('is %s: %s', async (expected, _what, wire) => {
    const [request] = await upgrade(wire);
    expect(isWebSocketUpgrade(request)).toBe(expected);
  });
});

describe('mayBeTruncated', () => {
  // The request itself has five fields.
  it.each([
    [false, 4, 10],
    [true, 5, 10],
    [false, 20, 0],
    [false, 20, undefined],
    [true, 995, undefined],
  ])('is %s with %i fields more than a request has, where the limit is %s', async (expected, more, limit) => {
    const [request] = await upgrade(upgradeRequest('A:\r\n'.repeat(more)), limit);
    expect(mayBeTruncated(request)).toBe(expected);
  });
});

describe('isAnswering', () => {
  it('is false for an upgrade alone', async () => {
    const [request] = await upgrade(upgradeRequest());
    expect(isAnswering(request)).toBe(false);
  });

  it('is true behind a request without an answer', async () => {
    const [request] = await upgrade(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${upgradeRequest()}`);
    expect(isAnswering(request)).toBe(true);
  });
});

describe('isInUse', () => {
  it.each<[boolean, string, (...upgrade: [IncomingMessage, Socket, Uint8Array]) => unknown]>([
    [false, 'nobody has touched', () => {}],
    [false, 'is destroyed', (_request, socket) => socket.destroy()],
    [true, 'was ended', (_request, socket) => socket.end()],
    [true, 'is read', (_request, socket) => socket.on('data', () => {})],
    [true, 'is read in another way', (_request, socket) => socket.on('readable', () => {})],
    [true, 'was taken over', (request, socket, head) => void takeOver(request, socket, head)],
  ])('is %s for a socket that %s', async (expected, _what, touch) => {
    const [request, socket, head] = await upgrade(upgradeRequest());
    touch(request, socket, head);
    expect(isInUse(socket)).toBe(expected);
    socket.destroy();
  });
});
