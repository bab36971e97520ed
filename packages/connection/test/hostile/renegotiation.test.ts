import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { Status } from '../../src/status.js';
import { cleanUp, expectNothingLeft, portOf, serveForTest, TLS, upgradeRequest } from '../node/harness.js';

expectNothingLeft();

test.each([true, false])(
  'a client that begins the TLS handshake over and over is let go, directSockets %s',
  async (directSockets) => {
    const ended = new Promise((resolve) => {
      void serveForTest({ tls: { ...TLS, maxVersion: 'TLSv1.2' }, directSockets }, (ws) => {
        void ws.start().then((info) => resolve([ws.status, info]));
      }).then((server) => {
        const socket = connect({ port: portOf(server), host: '127.0.0.1', ca: TLS.cert, servername: 'localhost' });
        cleanUp(() => void socket.destroy());
        socket.on('error', () => {});
        socket.once('secureConnect', () => socket.write(upgradeRequest()));
        const again = (): void => void socket.renegotiate({}, (error) => (error === null ? again() : undefined));
        socket.once('data', again);
      });
    });
    expect(await ended).toMatchObject([
      Status.Closed,
      { code: 1006, wasClean: false, error: { code: 'ERR_TLS_SESSION_ATTACK' } },
    ]);
  },
);
