import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { EchoServer } from './server.js';

/** No WebSocket at all: `node:net` gives every chunk back as it came. What the socket layer, and this load, can do at most. */
export async function start(): Promise<EchoServer> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', (chunk) => socket.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
