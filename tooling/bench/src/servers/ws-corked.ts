import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { EchoServer } from './server.js';

/** `ws` as somebody writes it who knows that every message costs a write: corked until the end of the turn. */
export async function start(): Promise<EchoServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (ws, { socket }) => {
    let isCorked = false;
    const uncork = (): void => {
      isCorked = false;
      socket.uncork();
    };
    ws.on('error', () => {});
    ws.on('message', (data, isBinary) => {
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        setImmediate(uncork);
      }
      ws.send(data, { binary: isBinary });
    });
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
