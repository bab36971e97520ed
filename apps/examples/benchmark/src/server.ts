import { parentPort } from 'node:worker_threads';
import { MessageType, serve } from 'webson';

// An echo, in a thread of its own: it does not share its turns with who measures it.
const server = await serve({ host: '127.0.0.1' }, (ws) => {
  ws.onMessage(MessageType.Binary, (message, adapter) => adapter.dispatch(MessageType.Binary, message.read()));
});
parentPort?.postMessage(server.url);
