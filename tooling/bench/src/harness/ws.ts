import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { RunningServer } from './servers.js';

/** A server of `ws` on a free port of 127.0.0.1, without compression unless the options ask for it. */
export async function listenWs(
  options: ServerOptions,
  onConnection: (ws: WebSocket, request: IncomingMessage, server: WebSocketServer) => void,
): Promise<RunningServer> {
  const server = new WebSocketServer({ perMessageDeflate: false, ...options, host: '127.0.0.1', port: 0 });
  server.on('connection', (ws, request) => {
    ws.on('error', () => {});
    onConnection(ws, request, server);
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
