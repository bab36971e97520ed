import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';

const help = `Answers pings by binary messages instead of pongs.

  npx -y pnpm@12 --silent server [options]

  --default    leave the answer to webson: a pong
  --port N     port to listen on; 0 for any (7415)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { default: false, port: '7415', host: '127.0.0.1' });
  if (options === undefined) return;
  const server = await serve({ host: options.host, port: wholeNumber('--port', options.port, 0, 65535) }, (ws) => {
    if (options.default) return;
    // A handler of Ping takes the place of the answer that would be sent without it.
    ws.onMessage(MessageType.Ping, (message, adapter) => adapter.dispatch(MessageType.Binary, message.read()));
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
