import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import { takeOver } from '../../src/node/server/take-over.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { cleanUp, expectNothingLeft, serveForTest, TLS } from './harness.js';

// Two ends that both send more than either may read behind what it sends, in messages that are written whole.
expectNothingLeft();

const MIB = 1024 * 1024;
const OPTIONS = { pingInterval: 0, timeout: { stall: 2000 } };

/** A stream that does not tell how much of a write is taken. */
function silent(socket: Duplex): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _encoding, onWritten) => void socket.write(chunk, onWritten),
    final: (onEnd) => void socket.end(onEnd),
    destroy: (error, onDestroyed) => {
      socket.destroy();
      onDestroyed(error);
    },
  });
  socket.on('data', (chunk) => stream.push(chunk) || socket.pause());
  socket.on('end', () => stream.push(null)).on('error', () => stream.destroy());
  return stream;
}

type Started = [Connection, Promise<CloseInfo>];
type Meeting = (options: ConnectionOptions) => Promise<[client: Started, server: Started]>;

const started = (connection: Connection): Started => [connection, connection.start()];

function over(serverOptions: object, clientOptions: object): Meeting {
  return async (options) => {
    let onServer: (server: Started) => void;
    const server = new Promise<Started>((resolve) => {
      onServer = resolve;
    });
    const { url } = await serveForTest({ ...options, ...serverOptions }, (connection) => onServer(started(connection)));
    return [started(await dial(url, { ...options, ...clientOptions })), await server];
  };
}

const overStreams: Meeting = async (options) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => server.close());
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'upgrade').then(([request, socket, head]) =>
    takeOver(request, silent(socket), head, options),
  );
  const dialled = dial('ws://it', { ...options, connect: () => silent(connect({ port, host: '127.0.0.1' })) });
  return [started(await dialled), started(await accepted)];
};

test.each<[string, Meeting, number, ConnectionOptions]>([
  ['TCP', over({}, {}), 24, { highWaterMark: 1024 }],
  ['TLS', over({ tls: TLS }, { tls: { ca: TLS.cert } }), 24, { highWaterMark: 1024 }],
  ['streams that do not tell what they have taken', overStreams, 48, {}],
])('over %s: neither waits for the other', async (_name, meet, size, more) => {
  const [client, server] = await meet({ ...OPTIONS, ...more });
  const both = [client[0], server[0]];
  const ended = Promise.all([client[1], server[1]]);
  const got = both.map(
    (connection) =>
      new Promise<number>((resolve) => {
        connection.onMessage(2, (message) => resolve(message.read().length));
      }),
  );
  for (const connection of both) connection.dispatch(2, new Uint8Array(size * MIB));
  expect(await Promise.race([Promise.all(got), ended])).toEqual([size * MIB, size * MIB]);
  client[0].close();
  for (const info of await ended) expect(info).toMatchObject({ code: 1000, wasClean: true });
});
