#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { birpcChannel } from '@webson/channels';
import { readArguments, runCommand, UsageError } from '@webson/terminal';
import { createBirpc } from 'birpc';
import { dial } from 'webson';
import type { Functions } from './functions.js';

const help = `Calls a function of the server, and prints what it returns. Arguments that are JSON are taken as such, others as text.

  npx -y pnpm@12 --silent client [options] FUNCTION ARGUMENT...

  --url URL  the server (ws://127.0.0.1:7405/)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const { values, positionals } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      allowPositionals: true,
      options: {
        url: { type: 'string', short: 'u', default: 'ws://127.0.0.1:7405/' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  const [name, ...rest] = positionals;
  if (values.help) process.stdout.write(help);
  else if (name === undefined) throw new UsageError('a function is needed: add, or greet');
  else process.stdout.write(`${await call(values.url, name, rest.map(toValue))}\n`);
});

async function call(url: string, name: string, args: readonly unknown[]): Promise<unknown> {
  const connection = await dial(url, { enableStreams: true });
  const ended = connection.start();
  const server = createBirpc<Functions>({}, birpcChannel(connection));
  try {
    // With names that are known: `await server.add(1, 2)`.
    return await server.$call(name as keyof Functions, ...(args as [never, never]));
  } finally {
    connection.close();
    await ended;
  }
}

function toValue(argument: string): unknown {
  try {
    return JSON.parse(argument);
  } catch {
    return argument;
  }
}
