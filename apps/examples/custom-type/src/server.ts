import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { serve } from 'webson';
import { Type, wireOptions } from './types.js';

const help = `Takes readings, which are large, and alarms, which cannot wait.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7416)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7416', host: '127.0.0.1' });
  if (options === undefined) return;
  const server = await serve(
    { ...wireOptions, host: options.host, port: wholeNumber('--port', options.port, 0, 65535) },
    (ws) => {
      ws.onMessage(Type.Readings, (message, adapter) => {
        const bytes = message.read();
        const readings = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
        adapter.dispatch(Type.Receipt, `${readings.length} readings, the last is ${readings.at(-1)}`);
      });
      ws.onMessage(Type.Alarm, (message, adapter) => adapter.dispatch(Type.Heard, message.read()));
    },
  );
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
