import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

// It is a program; its package says where that is.
const { default: program } = createRequire(import.meta.url)('workerd') as { default: string };

/**
 * Starts workerd with one worker, until the test is over. It may dial this machine, and nothing else.
 *
 * @param worker the path of its module.
 * @param compatibility a line of its configuration.
 * @returns its URL.
 */
export async function startWorkerd(worker: string, compatibility: string): Promise<string> {
  const configuration = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  ${compatibility},
);
`;
  const path = join(dirname(worker), 'config.capnp');
  writeFileSync(path, configuration);
  // What it listens on is told on the descriptor 3.
  const child = spawn(program, ['serve', '--control-fd=3', path], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const told = createInterface({ input: child.stdio[3] as Readable });
  const [line] = (await Promise.race([
    once(told, 'line'),
    ended.then(([code]) => Promise.reject(new Error(`workerd ended with ${code}`))),
  ])) as [string];
  return `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
}
