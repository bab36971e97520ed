import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { BroadcastServer } from './server.js';

/** `ws` as its README writes a broadcast. */
export async function start(payload: Uint8Array): Promise<BroadcastServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const broadcast = (): void => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(payload, { binary: true });
    }
  };
  server.on('connection', (ws) => {
    ws.on('error', () => {});
    ws.on('message', (data: Buffer) => {
      for (let i = 0; i < (data[0] ?? 0); i++) broadcast();
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
