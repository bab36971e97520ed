import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attach, dial, HandshakeError, type Server } from 'webson';
import { type ServerOptions, WebSocketServer } from 'ws';

// A server of webson and one of `ws` on the same HTTP server, each at a path of its own.
let http: HttpServer;
const attached: Server[] = [];
const others: WebSocketServer[] = [];

beforeEach(async () => {
  http = createServer((_request, response) => response.end('a page')).listen(0, '127.0.0.1');
  await once(http, 'listening');
});

afterEach(async () => {
  for (const one of attached.splice(0)) await one.close();
  for (const other of others.splice(0)) {
    for (const client of other.clients) client.terminate();
    await new Promise((resolve) => other.close(resolve));
  }
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

function attachAt(path: string): void {
  const onConnection: Parameters<typeof attach>[2] = (ws) => {
    ws.onMessage(1, (message, adapter) => adapter.dispatch(1, `webson: ${message.text()}`));
  };
  attached.push(attach(http, { path }, onConnection));
}

function wsAt(options: ServerOptions): WebSocketServer {
  const server = new WebSocketServer(options);
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data) => socket.send(`ws: ${String(data)}`));
  });
  others.push(server);
  return server;
}

async function echoed(path: string): Promise<string> {
  const ws = await dial(`ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`);
  let answer = '';
  ws.onReady((adapter) => adapter.dispatch(1, 'hello')).onMessage(1, (message, adapter) => {
    answer = message.text();
    adapter.close();
  });
  expect(await ws.start()).toMatchObject({ code: 1000, wasClean: true });
  return answer;
}

async function statusAt(path: string): Promise<number | undefined> {
  try {
    await echoed(path);
    return 101;
  } catch (error) {
    expect(error).toBeInstanceOf(HandshakeError);
    return (error as HandshakeError).status;
  }
}

// With a server given to it, `ws` refuses whatever is not for its own path: here that must not reach what webson has taken.
test.each(['before', 'after'])('ws with a path of its own, made %s', async (when) => {
  if (when === 'before') wsAt({ server: http, path: '/ws' });
  attachAt('/webson');
  if (when === 'after') wsAt({ server: http, path: '/ws' });
  for (let round = 0; round < 3; round++) {
    expect(await echoed('/webson')).toBe('webson: hello');
    expect(await echoed('/ws')).toBe('ws: hello');
    expect(await statusAt('/neither')).toBe(400);
  }
});

test('ws without a server, and a listener that destroys what it does not know, as its README has it', async () => {
  const other = wsAt({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    if (request.url === '/ws')
      other.handleUpgrade(request, socket, head, (ws) => other.emit('connection', ws, request));
    else socket.destroy();
  });
  attachAt('/webson');
  expect(await echoed('/webson')).toBe('webson: hello');
  expect(await echoed('/ws')).toBe('ws: hello');
  expect(await statusAt('/neither')).toBeUndefined();
});

test('ws goes on when webson has been closed, and the other way round', async () => {
  attachAt('/webson');
  const other = wsAt({ server: http, path: '/ws' });
  await attached.pop()?.close();
  expect(await echoed('/ws')).toBe('ws: hello');
  expect(await statusAt('/webson')).toBe(400);
  attachAt('/webson');
  others.pop();
  await new Promise((resolve) => other.close(resolve));
  expect(await echoed('/webson')).toBe('webson: hello');
  expect(await statusAt('/ws')).toBe(404);
});
