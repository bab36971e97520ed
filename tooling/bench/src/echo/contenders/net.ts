import { createServer, type Socket } from 'node:net';
import { listen, type RunningServer } from '../../harness/servers.js';

/** No WebSocket at all: `node:net` gives every chunk back as it came. What the socket layer, and this load, can do at most. */
export async function start(): Promise<RunningServer> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', (chunk) => socket.write(chunk));
  });
  return {
    port: await listen(server),
    stop() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
