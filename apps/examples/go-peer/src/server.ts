import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';

const help = `An echo for clients that are built on the original Go kit.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7417)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7417', host: '127.0.0.1' });
  if (options === undefined) return;
  const port = wholeNumber('--port', options.port, 0, 65535);
  // Both sides have to know the dialect: it is not negotiated. Streams are, within it.
  const server = await serve({ dialect: 'go', enableStreams: true, host: options.host, port }, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => adapter.dispatch(message.type, message.text()));
    ws.onMessage(MessageType.Binary, (message, adapter) => adapter.dispatch(message.type, message.read()));
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
