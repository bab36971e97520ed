import { MessageType, Pool } from 'webson';
import type { RunningServer } from '../../harness/servers.js';
import { listenWebson } from '../../harness/webson.js';

/** webson with a pool, through its public API. No pings: `ws` sends none by itself. */
export function start(payload: Uint8Array): Promise<RunningServer> {
  const pool = new Pool();
  return listenWebson({ pingInterval: 0 }, (ws) => {
    ws.onMessage(MessageType.Binary, (message) => {
      for (let i = 0; i < (message.read()[0] ?? 0); i++) pool.dispatch(MessageType.Binary, payload);
    });
    pool.add(ws);
  });
}
