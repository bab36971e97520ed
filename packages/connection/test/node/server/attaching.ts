import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Connection } from '../../../src/connection.js';
import { dial } from '../../../src/node/client/dial.js';
import { type AttachOptions, attach } from '../../../src/node/server/attach.js';
import type { ConnectionHandler, Server } from '../../../src/node/server/server.js';
import { cleanUp, RawClient, TLS } from '../harness.js';

/** Answers with method, path and body of the request. */
export const page = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  response.end(`${request.method} ${request.url} ${body}!`);
};

/** Every kind of HTTP server that can be shared. */
export const KINDS: [name: string, create: () => HttpServer, isSecure: boolean][] = [
  ['http', () => createServer(page), false],
  ['https', () => createHttpsServer(TLS, page), true],
  [
    'http2',
    () => createSecureServer({ ...TLS, allowHTTP1: true }, page as unknown as () => void) as unknown as HttpServer,
    true,
  ],
];

/** Listens until the test has finished. */
export async function listening<S extends HttpServer>(server: S): Promise<S> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return server;
}

/** The port that an HTTP server listens on. */
export const portOfHttp = (server: HttpServer): number => (server.address() as AddressInfo).port;

/** Attaches until the test has finished. */
export function attachForTest<Data = undefined>(
  server: HttpServer,
  options: AttachOptions<Data> = {},
  onConnection: ConnectionHandler<Data> = () => {},
): Server<NoInfer<Data>> {
  const attached = attach(server, options, onConnection);
  cleanUp(() => attached.close());
  return attached;
}

/** Sends back what comes. */
export const echo = (ws: Connection<unknown>): void => {
  ws.onMessage(1, (message, adapter) => adapter.dispatch(1, message.text()));
};

/** What a server echoes. */
export async function echoed(url: string, text = 'hello'): Promise<string> {
  const ws = await dial(url, { pingInterval: 0, tls: { ca: TLS.cert } });
  let answer = '';
  ws.onMessage(1, (message) => {
    answer = message.text();
    ws.close();
  });
  ws.onReady((adapter) => adapter.dispatch(1, text));
  await ws.start();
  return answer;
}

/** A client of bytes. */
export function rawTo(server: HttpServer, isSecure: boolean, wire?: string): RawClient {
  const target = { port: portOfHttp(server), host: '127.0.0.1' };
  const socket = isSecure
    ? connectTls({ ...target, ca: TLS.cert, ALPNProtocols: ['http/1.1'] })
    : connect({ ...target, allowHalfOpen: true });
  const client = new RawClient(socket);
  if (wire !== undefined) socket.write(wire, 'latin1');
  return client;
}

/** The status that a request is answered with. */
export async function statusOf(server: HttpServer, wire: string, isSecure = false): Promise<number> {
  const client = rawTo(server, isSecure, wire);
  const head = await client.head();
  client.socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]);
}
