import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { dial, serve, toDuplex, toStreams } from 'webson';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import { bytesOf } from './payloads.js';

/** A server made with `ws`, until the end of the test. */
async function serveWs(onSocket: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', onSocket);
  await once(server, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function contentOf(source: Readable | ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const BODY = bytesOf(100_000);

test('the end of a Duplex closes the connection behind everything', async () => {
  const received: Buffer[] = [];
  const closed = new Promise<number>((resolve, reject) => {
    serveWs((socket) => {
      socket.on('message', (data) => void received.push(data as Buffer));
      socket.on('close', resolve);
    }).then(async (url) => {
      const duplex = toDuplex(await dial(url), { halfClose: false });
      duplex.end(BODY);
      duplex.resume();
    }, reject);
  });
  expect(await closed).toBe(1000);
  expect(received.every(({ length }) => length > 0)).toBe(true);
  expect(Buffer.compare(Buffer.concat(received), BODY)).toBe(0);
});

test('the Close of ws is the end, its empty messages mean nothing', async () => {
  const url = await serveWs((socket) => {
    socket.send(BODY);
    socket.send(Buffer.alloc(0));
    socket.send('text');
    socket.close(1000);
  });
  const expected = Buffer.concat([BODY, Buffer.from('text')]);
  expect(Buffer.compare(await contentOf(toDuplex(await dial(url), { halfClose: false })), expected)).toBe(0);
  const { readable, closed } = toStreams(await dial(url), { halfClose: false });
  expect(Buffer.compare(await contentOf(readable), expected)).toBe(0);
  expect(await closed).toMatchObject({ code: 1000, wasClean: true });
});

test('HTTP runs between a Duplex and a stream of ws', async () => {
  const http = createServer((incoming, response) => incoming.pipe(response));
  const server = await serve({ host: '127.0.0.1' }, (connection) => {
    http.emit('connection', toDuplex(connection, { halfClose: false }));
  });
  onTestFinished(() => server.close());
  const socket = new WebSocket(server.url);
  await once(socket, 'open');
  const stream = createWebSocketStream(socket) as Duplex;
  const outgoing = request({ method: 'POST', path: '/', createConnection: () => stream });
  outgoing.end(BODY);
  const [response] = (await once(outgoing, 'response')) as [Readable];
  expect(Buffer.compare(await contentOf(response), BODY)).toBe(0);
  socket.close();
  await once(socket, 'close');
});
