import { MessageType, Pool, serve } from 'webson';
import type { BroadcastServer } from './server.js';

/** webson with a pool, through its public API. No pings: `ws` sends none by itself. */
export async function start(payload: Uint8Array): Promise<BroadcastServer> {
  const pool = new Pool();
  const server = await serve({ host: '127.0.0.1', port: 0, pingInterval: 0 }, (ws) => {
    ws.onMessage(MessageType.Binary, (message) => {
      for (let i = 0; i < (message.read()[0] ?? 0); i++) pool.dispatch(MessageType.Binary, payload);
    });
    pool.add(ws);
  });
  return { port: Number(new URL(server.url).port), stop: () => server.close() };
}
