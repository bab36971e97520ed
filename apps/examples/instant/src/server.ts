import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';

const help = `Answers each part of a message while the message still arrives.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7411)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7411', host: '127.0.0.1' });
  if (options === undefined) return;
  const port = wholeNumber('--port', options.port, 0, 65535);
  // With `triggerOnStart` the handler runs at the first bytes of a message instead of the last.
  const server = await serve({ host: options.host, port, triggerOnStart: true }, (ws) => {
    ws.onMessage(MessageType.Binary, async (message, adapter) => {
      let count = 0;
      for await (const bytes of message.readIter()) {
        count += 1;
        adapter.dispatch(MessageType.Text, `heard "${Buffer.from(bytes)}", is there more?`);
      }
      adapter.dispatch(MessageType.Text, `that was the end, after ${count} parts`);
    });
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
