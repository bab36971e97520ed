import { describe, expect, it } from 'vitest';
import { refuse } from '../../../src/node/server/refusal.js';
import { HandshakeError } from '../../../src/protocol/contract/errors.js';
import { turns } from '../../support/turns.js';
import { expectNothingLeft, listen, RawClient, reset } from '../harness.js';

expectNothingLeft();

const FORBIDDEN = new HandshakeError('ORIGIN_REFUSED', 'Not for you', { status: 403 });

describe('refuse', () => {
  it('answers, drops what still comes, and ends', async () => {
    const server = await listen((socket) => {
      expect(refuse(socket, FORBIDDEN, { 'X-Why': 'because' })).toBe(FORBIDDEN);
      expect(socket.readableFlowing).toBe(true);
    });
    const client = RawClient.to(server.port, 'x'.repeat(1_000_000));
    await client.until(({ hasEnded }) => hasEnded);
    client.socket.end();
    await client.until(({ hasClosed }) => hasClosed);
    expect(client.error).toBeUndefined();
    expect(client.text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\nConnection: close\r\n/);
    expect(client.text).toContain('X-Why: because\r\n');
    expect(client.text).toMatch(/\r\n\r\nNot for you\n$/);
    while (server.sockets.size > 0) await turns(1);
  });

  it('destroys the socket when there is nobody to answer', async () => {
    const server = await listen((socket) => refuse(socket, new HandshakeError('DISCONNECTED', 'left')));
    const client = RawClient.to(server.port);
    await client.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
    expect(client.text).toBe('');
    while (server.sockets.size > 0) await turns(1);
  });

  it('leaves no error without a listener', async () => {
    const server = await listen((socket) => {
      socket.removeAllListeners('error');
      refuse(socket, FORBIDDEN);
      socket.emit('error', new Error('late'));
    });
    const client = RawClient.to(server.port);
    await client.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
    reset(client.socket);
    while (server.sockets.size > 0) await turns(1);
  });
});
