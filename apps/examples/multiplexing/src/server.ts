import { createHash } from 'node:crypto';
import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';

const help = `Reads many messages at a time, and answers each with its number and its SHA-256.

  npx -y pnpm@12 --silent server [options]

  --plain      without streams: one message after the other
  --port N     port to listen on; 0 for any (7414)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { plain: false, port: '7414', host: '127.0.0.1' });
  if (options === undefined) return;
  const port = wholeNumber('--port', options.port, 0, 65535);
  const wire = { enableStreams: !options.plain, triggerOnStart: true };
  const server = await serve({ ...wire, host: options.host, port }, (ws) => {
    ws.onMessage(MessageType.Binary, async (message, adapter) => {
      // Every byte of a message is its number: that is how the answer knows which it was.
      let number = -1;
      const hash = createHash('sha256');
      for await (const bytes of message.readIter()) {
        number = bytes[0] ?? number;
        hash.update(bytes);
      }
      adapter.dispatch(MessageType.Text, JSON.stringify({ number, hash: hash.digest('hex') }));
    });
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
