import { MessageType } from 'webson';
import type { RunningServer } from '../../harness/servers.js';
import { listenWebson } from '../../harness/webson.js';

/** webson through its public API, as a user writes it: the bytes of a message, given back as what they came. */
export function start(): Promise<RunningServer> {
  return listenWebson({}, (ws) => {
    for (const type of [MessageType.Text, MessageType.Binary]) {
      ws.onMessage(type, (message, adapter) => {
        adapter.dispatch(message.type, message.read());
      });
    }
  });
}

/** The same for text that is decoded and encoded again. */
export function startText(): Promise<RunningServer> {
  return listenWebson({}, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      adapter.dispatch(MessageType.Text, message.text());
    });
  });
}
