// A server in a process of its own: `node restartable-server.mjs PORT`. Prints its port, then a line for every connection
// with the time it came at. It counts what it gets, and answers 'count' with it.
import { MessageType, serve } from '@webson/connection';

const server = await serve({ host: '127.0.0.1', port: Number(process.argv[2]) }, (ws) => {
  process.stdout.write(`came ${Date.now()}\n`);
  ws.onMessage(MessageType.Text, (message, adapter) => {
    adapter.dispatch(MessageType.Text, `echo ${message.text()}`);
  });
});
process.stdout.write(`port ${server.address.port}\n`);
process.stdin.resume().once('end', () => process.exit(0));
