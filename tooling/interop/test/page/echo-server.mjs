// A server in a process of its own, to be killed: `node echo-server.mjs PORT`. Prints its port. It answers a text with the first
// of its words, and `subscribe` with `subscribed`.
import { MessageType, serve } from 'webson';

const options = { host: '127.0.0.1', port: Number(process.argv[2]), enableStreams: true, origins: '*' };
const server = await serve(options, (ws) => {
  ws.onMessage(MessageType.Text, (message, adapter) => {
    const [word = ''] = message.text().split(' ');
    adapter.dispatch(MessageType.Text, word === 'subscribe' ? 'subscribed' : word);
  });
});
process.stdout.write(`port ${server.address.port}\n`);
process.stdin.resume().once('end', () => process.exit(0));
