#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { capnwebTransport } from '@webson/channels';
import { readArguments, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { RpcSession } from 'capnweb';
import { type Connection, serve } from 'webson';
import { type ClientApi, Machine } from './machine.js';

const help = `Offers an object to whoever connects, and asks each for its name.

  npx -y pnpm@12 --silent server [options]

  --port N   port to listen on; 0 for any (7406)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        port: { type: 'string', short: 'p', default: '7406' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const port = wholeNumber('--port', values.port, 0, 65535);
  const server = await serve({ host: '127.0.0.1', port, enableStreams: true }, meet);
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`${server.url}\n`);
  await stopped;
});

async function meet(connection: Connection): Promise<void> {
  let who = 'somebody';
  const report = (text: string): unknown => process.stderr.write(`${who}: ${text}\n`);
  const session = new RpcSession<ClientApi>(capnwebTransport(connection), new Machine(report));
  const ended = connection.start();
  try {
    // A call in the other direction. What a peer says is checked.
    who = JSON.stringify(await session.getRemoteMain().name()).slice(0, 40);
    report('is here');
  } catch (error) {
    report(`has not said its name: ${(error as Error).message}`);
  }
  await ended;
  report('has left');
}
