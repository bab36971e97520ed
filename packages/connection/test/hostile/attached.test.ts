import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { dial } from '../../src/node/client/dial.js';
import { attach } from '../../src/node/server/attach.js';
import type { Server } from '../../src/node/server/server.js';
import { cleanUp, expectNothingLeft, RawClient, TLS } from '../node/harness.js';
import { turns } from '../support/turns.js';

// Two servers on one HTTP server of somebody who listens to no error of any socket. Whatever clients send: nothing reaches the
// process, everybody is answered, and both go on.
expectNothingLeft();

const page = (_request: IncomingMessage, response: ServerResponse): void => void response.end('a page');

const KINDS: [name: string, create: () => HttpServer, isSecure: boolean][] = [
  ['http', () => createServer(page), false],
  ['https', () => createHttpsServer(TLS, page), true],
  [
    'http2',
    () => createSecureServer({ ...TLS, allowHTTP1: true }, page as unknown as () => void) as unknown as HttpServer,
    true,
  ],
];

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

const head = (path: string, more = '', method = 'GET', key = KEY): string =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Version: 13\r\n${key}${more}\r\n`;

/** What a server has to refuse, at any path. */
const bad = (path: string): string[] => [
  head(path, '', 'GET', ''),
  head(path, '', 'GET', 'Sec-WebSocket-Key: short\r\n'),
  head(path, '', 'GET', KEY + KEY),
  head(path, '', 'POST'),
  head('*'),
  head(`${path}#x`),
  head('http://'),
  head(`//${path}/%`),
  head(path).replace('HTTP/1.1', 'HTTP/1.0'),
  head(path).replace('127.0.0.1', 'a b'),
  head(path).replace('Host: 127.0.0.1\r\n', ''),
  head(path).replace('Version: 13', 'Version: 8'),
  head(path, 'Content-Length: 5\r\n').concat('hello'),
  head(path, 'Content-Length: 50000\r\n').concat('hello'),
  head(path, 'Transfer-Encoding: chunked\r\n').concat('5\r\nhello\r\n0\r\n\r\n'),
  head(path, 'Origin: http://elsewhere\r\n'),
  head(path, 'A:\r\n'.repeat(1500)),
  head(path, 'Sec-WebSocket-Extensions: ;;\r\n'),
  head(path, 'Sec-WebSocket-Protocol: a b\r\n'),
  'garbage\r\n\r\n',
];

test.each(KINDS)(
  'two on one %s server survive what clients do',
  { timeout: 60_000 },
  async (_kind, create, isSecure) => {
    const server = create();
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    let told = 0;
    const options = { onError: () => void told++, timeout: { close: 200 } };
    const attached: Server[] = ['/a', '/b'].map((path) => {
      return attach(server, { ...options, path, authorize: () => turns(1) }, (ws) => {
        ws.onMessage(1, (message, adapter) => adapter.dispatch(1, message.text()));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp(async () => {
      for (const one of attached) await one.close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    });
    const { port } = server.address() as AddressInfo;
    const open = async (): Promise<RawClient> => {
      const target = { port, host: '127.0.0.1' };
      const socket = isSecure ? connectTls({ ...target, ca: TLS.cert, ALPNProtocols: ['http/1.1'] }) : connect(target);
      const client = new RawClient(socket);
      await once(socket, isSecure ? 'secureConnect' : 'connect');
      return client;
    };

    for (const path of ['/a', '/b', '/c']) {
      for (const wire of bad(path)) {
        const client = await open();
        client.socket.write(wire, 'latin1');
        await client.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
        expect(client.text, wire.slice(0, 200)).toMatch(/^HTTP\/1\.1 4\d\d /);
      }
      // Halves of them, and whole ones, whose sender is gone at once.
      for (const wire of ['', 'GET / HTT', head(path).slice(0, -2), head(path), ...bad(path)]) {
        const { socket } = await open();
        await new Promise((resolve) => socket.write(wire, 'latin1', resolve));
        if (isSecure) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
    for (const path of ['/a', '/b']) {
      for (const more of ['garbage', '\x81\x85\0\0\0\0hel', '\x88\x80\0\0\0\0', head('/a')]) {
        // What follows at once, or after the answer.
        const early = await open();
        early.socket.write(head(path) + more, 'latin1');
        const late = await open();
        late.socket.write(head(path));
        expect(await late.head()).toMatch(/^HTTP\/1\.1 101 /);
        late.socket.write(more, 'latin1');
        for (const { socket } of [early, late]) {
          await turns(1);
          if (isSecure) socket.destroy();
          else socket.resetAndDestroy();
        }
      }
    }
    // Behind a request, in one packet.
    const piped = await open();
    piped.socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${head('/a')}`);
    await piped.until(({ text, hasClosed }) => / 101 /.test(text) || hasClosed);
    piped.socket.destroy();

    for (const path of ['/a', '/b']) {
      const ws = await dial(`${isSecure ? 'wss' : 'ws'}://127.0.0.1:${port}${path}`, { tls: { ca: TLS.cert } });
      let answer = '';
      ws.onReady((adapter) => adapter.dispatch(1, path)).onMessage(1, (message, adapter) => {
        answer = message.text();
        adapter.close(1000);
      });
      expect(await ws.start()).toMatchObject({ code: 1000, wasClean: true });
      expect(answer).toBe(path);
    }
    while (attached.some(({ connections }) => connections.size > 0)) await turns(1);
    expect(told).toBeGreaterThan(bad('').length);
  },
);
