import { WebSocket } from 'ws';
import type { RunningServer } from '../../harness/servers.js';
import { listenWs } from '../../harness/ws.js';

/** `ws` as its README writes a broadcast. */
export function start(payload: Uint8Array): Promise<RunningServer> {
  return listenWs({}, (ws, _, server) => {
    ws.on('message', (data: Buffer) => {
      for (let i = 0; i < (data[0] ?? 0); i++) {
        for (const client of server.clients) {
          if (client.readyState === WebSocket.OPEN) client.send(payload, { binary: true });
        }
      }
    });
  });
}
