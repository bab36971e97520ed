#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { readArguments, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { MessageType, serve } from 'webson';
import { serverOptions } from './channel.js';
import { readSecrets } from './secrets.js';

const help = `Answers every message with what it has read.

  npx -y pnpm@12 --silent server [options]

  --secrets FILE  what create-secrets has written (secrets.json)
  --port N        port to listen on; 0 for any (7443)
  --host HOST     address to listen on (127.0.0.1)
  --plain         without TLS, to see what is left then
  --verbose       say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        secrets: { type: 'string', default: 'secrets.json' },
        port: { type: 'string', short: 'p', default: '7443' },
        host: { type: 'string', default: '127.0.0.1' },
        plain: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const options = {
    ...serverOptions(readSecrets(values.secrets), values.plain),
    host: values.host,
    port: wholeNumber('--port', values.port, 0, 65535),
  };
  const server = await serve(options, async (connection) => {
    connection.onMessage(MessageType.Text, (message, client) => {
      client.dispatch(MessageType.Text, `read: ${message.text()}`);
    });
    const { code, reason } = await connection.start();
    process.stderr.write(`a connection ended: ${[code, reason].join(' ').trimEnd()}\n`);
  });
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`${server.url}\n`);
  await stopped;
});
