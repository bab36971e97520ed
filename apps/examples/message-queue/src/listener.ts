#!/usr/bin/env node
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { onStop, openKeyboard, readArguments, runCommand, UsageError } from '@webson/terminal';
import { dial, Pool, Status } from 'webson';
import { checkTopic, wireOptions } from './protocol.js';
import { QueueClient } from './queue-client.js';

const help = `Prints every message of its topics: the topic, a tab, the message.

  npx -y pnpm@12 --silent listener [options] TOPIC...

  --url URL  the server (ws://127.0.0.1:7400/)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('listener', async (args) => {
  const { values, positionals: topics } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      allowPositionals: true,
      options: {
        url: { type: 'string', short: 'u', default: 'ws://127.0.0.1:7400/' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) process.stdout.write(help);
  else if (topics.length === 0) throw new UsageError('a topic is needed');
  else await listen(values.url, topics);
});

async function listen(url: string, topics: readonly string[]): Promise<void> {
  for (const topic of topics) checkTopic(topic);
  const connection = await dial(url, wireOptions);
  const queue = new QueueClient(connection);
  const report = (text: string): unknown => process.stderr.write(`${text}\n`);

  // A reader of the output that is slow slows the connection down: nothing is read on until it has caught up.
  queue.onMessage(async ({ topic, body }) => {
    if (!process.stdout.write(`${topic}\t${Buffer.from(body)}\n`)) await once(process.stdout, 'drain');
  });
  // Every time it gets ready, the first time and after each redial.
  connection
    .onStatus(Status.Ready, async () => {
      for (const topic of topics) await queue.subscribe(topic);
      report(`listening to ${topics.join(', ')}`);
    })
    .onStatus(Status.Closed, () => report('disconnected'))
    .onError((error) => report(`listener: ${error.message}`));

  const pool = new Pool({ name: 'listener', clientRetry: Number.POSITIVE_INFINITY, maxRetryInterval: 5000 });
  const keyboard = openKeyboard();
  onStop(keyboard, () => void pool.close());
  pool.add(connection);
  await pool.wait();
  keyboard?.close();
}
