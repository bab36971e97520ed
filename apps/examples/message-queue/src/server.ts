#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { readArguments, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { Pool, serve } from 'webson';
import { addClient, slowListeners } from './broker.js';
import { Type, wireOptions } from './protocol.js';

const help = `A message queue: what is published on a topic goes to all that listen to it.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7400)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        port: { type: 'string', short: 'p', default: '7400' },
        host: { type: 'string', default: '127.0.0.1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const pool = new Pool({ name: 'queue', size: 10_000, ...slowListeners });
  const publish = async (payload: Uint8Array, topic: string): Promise<number> => {
    const count = pool.toGroup(topic, Type.Message, payload);
    await pool.drained(topic);
    return count;
  };
  const server = await serve(
    { ...wireOptions, host: values.host, port: wholeNumber('--port', values.port, 0, 65535) },
    (connection) => addClient(pool, connection, publish),
  );
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`${server.url}\n`);
  await stopped;
});
