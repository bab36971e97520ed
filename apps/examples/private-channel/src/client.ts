#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { readArguments, runCommand, UsageError } from '@webson/terminal';
import { dial, MessageType } from 'webson';
import { clientOptions } from './channel.js';
import { readSecrets } from './secrets.js';

const help = `Sends messages and prints the answers.

  npx -y pnpm@12 --silent client [options] MESSAGE...

  --secrets FILE  what create-secrets has written (secrets.json)
  --url URL       the server (wss://127.0.0.1:7443/)
  --verbose       say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const { values, positionals: messages } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      allowPositionals: true,
      options: {
        secrets: { type: 'string', default: 'secrets.json' },
        url: { type: 'string', short: 'u', default: 'wss://127.0.0.1:7443/' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) process.stdout.write(help);
  else if (messages.length === 0) throw new UsageError('a message is needed');
  else await send(values.url, values.secrets, messages);
});

async function send(url: string, secrets: string, messages: readonly string[]): Promise<void> {
  const connection = await dial(url, clientOptions(readSecrets(secrets)));
  let answers = 0;
  connection
    .onReady((server) => {
      for (const message of messages) server.dispatch(MessageType.Text, message);
    })
    .onMessage(MessageType.Text, (message, server) => {
      process.stdout.write(`${message.text()}\n`);
      if (++answers === messages.length) server.close();
    });
  const { code, reason } = await connection.start();
  if (code !== 1000) throw new Error(`the connection ended with ${code} ${reason}`.trimEnd());
}
