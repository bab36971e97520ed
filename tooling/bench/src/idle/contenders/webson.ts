import { MessageType, Pool } from 'webson';
import type { RunningServer } from '../../harness/servers.js';
import { listenWebson } from '../../harness/webson.js';

/** webson with a handler of messages, in a pool. */
export function start(): Promise<RunningServer> {
  const pool = new Pool();
  return listenWebson({}, (ws) => {
    ws.onMessage(MessageType.Text, () => {});
    pool.add(ws);
  });
}
