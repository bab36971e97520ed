#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { birpcChannel } from '@webson/channels';
import { readArguments, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { createBirpc } from 'birpc';
import { serve } from 'webson';
import { functions } from './functions.js';

const help = `Offers functions to whoever connects.

  npx -y pnpm@12 --silent server [options]

  --port N   port to listen on; 0 for any (7405)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        port: { type: 'string', short: 'p', default: '7405' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const port = wholeNumber('--port', values.port, 0, 65535);
  const server = await serve({ host: '127.0.0.1', port, enableStreams: true }, (connection) => {
    createBirpc(functions, birpcChannel(connection));
    void connection.start();
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`${server.url}\n`);
  await stopped;
});
