import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EchoServer } from './server.js';

/** `ws` as its README writes an echo server. */
export function startPlain(): Promise<EchoServer> {
  return listen((ws) => {
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
}

/** `ws` as its README reads text. */
export function startText(): Promise<EchoServer> {
  return listen((ws) => {
    ws.on('message', (data) => ws.send(data.toString()));
  });
}

/** `ws` as somebody writes it who knows that every message costs a write: corked until the end of the turn. */
export function startCorked(): Promise<EchoServer> {
  return listen((ws, request) => {
    const cork = corkOncePerTurn(request);
    ws.on('message', (data, isBinary) => {
      cork();
      ws.send(data, { binary: isBinary });
    });
  });
}

/** The same for text that is decoded and encoded again. */
export function startCorkedText(): Promise<EchoServer> {
  return listen((ws, request) => {
    const cork = corkOncePerTurn(request);
    ws.on('message', (data) => {
      cork();
      ws.send(data.toString());
    });
  });
}

function corkOncePerTurn({ socket }: IncomingMessage): () => void {
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    socket.uncork();
  };
  return () => {
    if (isCorked) return;
    isCorked = true;
    socket.cork();
    setImmediate(uncork);
  };
}

async function listen(onConnection: (ws: WebSocket, request: IncomingMessage) => void): Promise<EchoServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (ws, request) => {
    ws.on('error', () => {});
    onConnection(ws, request);
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
