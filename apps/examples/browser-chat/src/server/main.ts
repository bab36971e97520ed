#!/usr/bin/env node
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { openChat } from './chat-server.js';
import { createPageListener } from './page-files.js';
import { help, parseServerOptions, type ServerOptions, UsageError } from './server-options.js';

try {
  const options = parseServerOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(help);
  else await run(options);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  process.stderr.write(`chat-server: ${message}${isUsage ? ' (--help tells more)' : ''}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run(options: ServerOptions): Promise<void> {
  const server = createServer(createPageListener(fileURLToPath(new URL('../page', import.meta.url))));
  await listen(server, options);
  // Only now: a second server at the same port must not touch what the first one keeps.
  const chat = openChat(server, { folder: options.data, hosts: options.hosts, log });
  const { address, family, port } = server.address() as AddressInfo;
  log(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}/ (Ctrl+C stops it)`);
  await stopped();
  await chat.close();
  server.close();
  server.closeAllConnections();
  log('Stopped.');
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const advice = code === 'EADDRINUSE' ? ': it is taken; --port 0 takes any that is free' : `: ${code ?? message}`;
    throw new Error(`cannot listen on ${host}, port ${port}${advice}`, { cause });
  }
}

// A second Ctrl+C, or signal, does not wait for pages that sleep.
async function stopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal);
    process.once(signal, () => process.exit(130));
  }
}

// What clients send may be in it, and is not to steer the terminal.
function log(line: string): void {
  process.stdout.write(`${line.replace(/[^\P{Cc}\n]/gu, ' ')}\n`);
}
