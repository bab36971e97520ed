import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { dial } from '../../src/node/client/dial.js';
import { Status } from '../../src/status.js';
import { cleanUp, expectNothingLeft, serveForTest, socketPath, TLS } from './harness.js';

expectNothingLeft();

const CARRIERS = {
  TCP: [{}, {}],
  'TCP, through the streams of Node': [{}, { directSockets: false }],
  TLS: [{ tls: TLS }, { tls: { ca: TLS.cert } }],
  'a unix socket': [{ socketPath: socketPath() }, {}],
} as const;

test.each(Object.entries(CARRIERS))(
  'over %s a peer that says nothing is noticed, although the system takes what is sent',
  async (_name, [forServer, forClient]) => {
    let socket: Socket | undefined;
    const server = await serveForTest({ ...forServer, pingInterval: 0 }, (connection, request) => {
      socket = request.socket;
      connection.onMessage(2, () => void request.socket.pause());
    });
    cleanUp(() => socket?.destroy());
    // Many pings in the time for one pong: none of them shows that the peer is there.
    const connection = await dial(server.url, { ...forClient, pingInterval: 5, timeout: { pong: 100 } });
    const noticed = new Promise((resolve) => connection.onStatus(Status.Timeout, resolve));
    const over = connection.onReady(() => connection.dispatch(2, 'be silent')).start();
    await noticed;
    socket?.destroy();
    expect((await over).code).toBe(1006);
  },
);
