import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';

const help = `Answers numbers by a handler that takes the longer the smaller the number is.

  npx -y pnpm@12 --silent server [options]

  --at-once    do not wait for one handler before the next begins
  --step MS    how much longer a handler takes for a number than for the next one (20)
  --port N     port to listen on; 0 for any (7412)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { 'at-once': false, step: '20', port: '7412', host: '127.0.0.1' });
  if (options === undefined) return;
  const step = wholeNumber('--step', options.step, 0, 100_000);
  const port = wholeNumber('--port', options.port, 0, 65535);
  const synchronize = !options['at-once'];
  // At its end the server waits for the handlers that are running, and their answers, for as long as `timeout.close` says.
  const timeout = { close: 1000 };
  const server = await serve({ host: options.host, port, synchronize, timeout }, (ws) => {
    ws.onMessage(MessageType.Text, async (message, adapter) => {
      const number = Number(message.text());
      // Some work that is not done at once: a database that is asked, a file that is read.
      await sleep(step * Math.max(0, 11 - number), undefined, { ref: false });
      adapter.dispatch(MessageType.Text, `recv: ${number}`);
    });
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
