import type { RunningServer } from '../../harness/servers.js';
import { listenWs } from '../../harness/ws.js';

/** `ws` with a listener for messages. */
export function start(): Promise<RunningServer> {
  return listenWs({}, (ws) => {
    ws.on('message', () => {});
  });
}
