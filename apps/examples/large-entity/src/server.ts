import { pipeline } from 'node:stream/promises';
import { onChannel } from '@webson/channels';
import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';
import { CHANNEL, Meter, Streamed, wireOptions } from './file.js';

const help = `Takes a file in three ways, prints its SHA-256, and sends it back in the same way.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7413)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7413', host: '127.0.0.1' });
  if (options === undefined) return;
  const port = wholeNumber('--port', options.port, 0, 65535);
  const report = (way: string, meter: Meter): unknown => process.stdout.write(`${way}: ${meter.sum()}\n`);
  const server = await serve({ ...wireOptions, host: options.host, port }, (ws) => {
    // 1. The handler gets all of it at once: easy, and as much memory as it is long.
    ws.onMessage(MessageType.Binary, (message, adapter) => {
      const bytes = message.read();
      const meter = new Meter();
      meter.take(bytes);
      report('whole', meter);
      adapter.dispatch(MessageType.Binary, bytes);
    });
    // 2. The handler runs at the beginning, and sends back what has come while the rest arrives.
    ws.onMessage(
      Streamed,
      async (message, adapter) => {
        const meter = new Meter();
        await adapter.dispatchReader(Streamed, meter.through(message.readIter()));
        report('stream', meter);
      },
      { stream: true },
    );
    // 3. A channel is a Duplex, for whatever works with streams of Node.
    onChannel(
      ws,
      async (channel) => {
        const meter = new Meter();
        await pipeline(channel.iterator({ destroyOnReturn: false }), (source) => meter.through(source), channel);
        report('channel', meter);
      },
      { name: CHANNEL },
    );
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});
