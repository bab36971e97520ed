#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { onStop, openKeyboard, readArguments, runCommand, UsageError } from '@webson/terminal';
import { dial } from 'webson';
import { wireOptions } from './protocol.js';
import { QueueClient } from './queue-client.js';

const help = `Publishes a message, or every line that is typed or comes from a pipe, and tells how many listeners it was sent to.

  npx -y pnpm@12 --silent publisher [options] TOPIC [MESSAGE]

  --url URL  the server (ws://127.0.0.1:7400/)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('publisher', async (args) => {
  const { values, positionals } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      allowPositionals: true,
      options: {
        url: { type: 'string', short: 'u', default: 'ws://127.0.0.1:7400/' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  const [topic, ...words] = positionals;
  if (values.help) process.stdout.write(help);
  else if (topic === undefined) throw new UsageError('a topic is needed');
  else await publish(values.url, topic, words.join(' '));
});

async function publish(url: string, topic: string, message: string): Promise<void> {
  const connection = await dial(url, wireOptions);
  const queue = new QueueClient(connection);
  const keyboard = message === '' ? openKeyboard(process.stdout) : undefined;
  const lines = keyboard ?? createInterface({ input: message === '' ? process.stdin : Readable.from([message]) });
  onStop(keyboard, () => lines.close());
  const ended = connection.start().finally(() => lines.close());
  try {
    keyboard?.prompt();
    // One after the other: the reply to one message makes way for the next.
    for await (const line of lines) {
      const count = await queue.publish(topic, line);
      process.stdout.write(`sent to ${count} ${count === 1 ? 'listener' : 'listeners'}\n`);
      keyboard?.prompt();
    }
  } finally {
    lines.close();
    connection.close();
  }
  const { code, reason } = await ended;
  if (code !== 1000) throw new Error(`the connection ended with ${code} ${reason}`.trimEnd());
}
