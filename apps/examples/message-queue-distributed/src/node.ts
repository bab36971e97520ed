#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { slowListeners, wireOptions } from '@webson/example-message-queue';
import { readArguments, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { type Connection, dial, Pool, Status, serve } from 'webson';
import { Relay } from './relay.js';

const help = `A node of a message queue. Without a hub it is the hub.

  npx -y pnpm@12 --silent node [options]

  --hub URL    the hub to link with, such as ws://127.0.0.1:7400/
  --port N     port to listen on; 0 for any (7400)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

/** The sub-protocol of nodes among themselves; publishers and listeners speak none. */
const LINK = 'queue-link';
const linkOptions = { ...wireOptions, protocols: [LINK] };

await runCommand('node', async (args) => {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        hub: { type: 'string' },
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
  const pool = new Pool({
    name: 'node',
    size: 10_000,
    clientRetry: Number.POSITIVE_INFINITY,
    retryInterval: 500,
    maxRetryInterval: 5000,
    ...slowListeners,
  });
  const relay = new Relay(pool);
  await using server = await serve(
    { ...linkOptions, host: values.host, port: wholeNumber('--port', values.port, 0, 65535) },
    (connection) => {
      if (connection.protocol === LINK) relay.addNode(connection);
      else relay.addClient(connection);
    },
  );
  if (values.hub !== undefined) relay.addHub(await dialHub(values.hub));
  const stopped = untilStopped(async () => {
    await Promise.all([server.close(), pool.close()]);
  });
  process.stdout.write(`${server.url}\n`);
  await stopped;
});

async function dialHub(url: string): Promise<Connection> {
  // It rejects when there is a server that is no node: that does not take up the sub-protocol.
  const hub = await dial(url, linkOptions);
  return hub
    .onStatus(Status.Ready, () => process.stderr.write('linked with the hub\n'))
    .onStatus(Status.Closed, () => process.stderr.write('the hub is gone\n'));
}
