import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { createTransportPair, nodePlatform, resolveOptions } from '@webson/connection';
import { Connection, type ConnectionOptions, type DialOptions, dial, serve, takeOver } from 'webson';
import type { Carrier } from './plan.js';

/** Called with every connection of the server, and with the number of the client at its other end, before it starts. */
export type Accept = (connection: Connection, client: number) => void;

/** A place where a server is, and clients can come to. */
export interface Site {
  /** Connects one more client. What it resolves to is not started. */
  dial(client: number): Promise<Connection>;
  /** Nothing is left of it afterwards, whatever state it is in. */
  close(): Promise<void>;
}

/** A key and a certificate for 127.0.0.1. */
const data = new URL('../../../../packages/connection/test/data/', import.meta.url);
const tls = { key: readFileSync(new URL('key.pem', data)), cert: readFileSync(new URL('cert.pem', data)) };

/** Opens a server with those options; clients dial it with theirs. */
export function openSite(
  carrier: Carrier,
  client: ConnectionOptions,
  server: ConnectionOptions,
  accept: Accept,
): Promise<Site> {
  if (carrier === 'memory') return Promise.resolve(inMemory(client, server, accept));
  return carrier === 'pipe' ? throughPipes(client, server, accept) : overSockets(carrier, client, server, accept);
}

// Without a handshake: nothing is negotiated.
function inMemory(client: ConnectionOptions, server: ConnectionOptions, accept: Accept): Site {
  const platform = nodePlatform;
  const negotiated = { protocol: '', extensions: [] };
  const settings = { client: resolveOptions(client), server: resolveOptions(server) };
  return {
    async dial(number) {
      const [left, right] = createTransportPair();
      const parts = { platform, negotiated };
      const theirs = new Connection({ ...parts, transport: right, settings: settings.server, isClient: false });
      accept(theirs, number);
      if (!theirs.isStarted) void theirs.start();
      return new Connection({ ...parts, transport: left, settings: settings.client, isClient: true });
    },
    close: () => Promise.resolve(),
  };
}

// With a handshake, over streams that are no sockets: an HTTP server takes any stream.
async function throughPipes(client: DialOptions, server: ConnectionOptions, accept: Accept): Promise<Site> {
  const http: HttpServer = createServer();
  const streams: Duplex[] = [];
  http.on('upgrade', (request, socket, head) => {
    void takeOver(request, socket, head, server).then((connection) => {
      accept(connection, Number(request.url?.slice(1)));
      if (!connection.isStarted) void connection.start();
    });
  });
  return {
    dial(number) {
      const connect = (): Duplex => {
        const [left, right] = duplexPair();
        streams.push(left, right);
        http.emit('connection', right);
        return left;
      };
      return dial(`ws://127.0.0.1/${number}`, { ...client, requireProtocol: false, connect });
    },
    async close() {
      for (const stream of streams) stream.destroy();
      const closed = once(http, 'close');
      http.close();
      await closed;
    },
  };
}

async function overSockets(
  carrier: Exclude<Carrier, 'memory' | 'pipe'>,
  client: DialOptions,
  server: ConnectionOptions,
  accept: Accept,
): Promise<Site> {
  const where =
    carrier === 'unix' ? { socketPath: join(tmpdir(), `webson-${randomUUID()}.sock`) } : { host: '127.0.0.1' };
  const listening = await serve({ ...server, ...where, ...(carrier === 'tls' ? { tls } : {}) }, (connection, { url }) =>
    accept(connection, Number(url?.slice(1))),
  );
  const more = carrier === 'tls' ? { tls: { ca: tls.cert } } : {};
  return {
    dial: (number) => dial(`${listening.url}${number}`, { ...client, requireProtocol: false, ...more }),
    close: () => listening.close(),
  };
}
