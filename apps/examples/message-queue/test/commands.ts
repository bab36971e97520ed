import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';

/** The server as built, running. */
export interface RunningServer {
  readonly child: Child;
  readonly url: string;
}

/** Where the built command is. */
export function scriptOf(name: 'server' | 'listener' | 'publisher'): string {
  return fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
}

/** Starts one of the built commands; `input` is what it reads. */
export function startCommand(
  name: 'server' | 'listener' | 'publisher',
  args: readonly string[],
  input?: string,
): Child {
  const child = spawnChild(process.execPath, [scriptOf(name), ...args], input === undefined ? 'ignore' : 'pipe');
  child.process.stdin?.end(input);
  return child;
}

/** Starts the server, on any free port by default, and reads off where it is. */
export async function startServer(port = 0): Promise<RunningServer> {
  const child = startCommand('server', ['--port', `${port}`]);
  const [, url = ''] = await child.sees(/^(ws:\S+)\n/);
  return { child, url };
}

/** Starts a listener, and waits until it listens. */
export async function startListener(url: string, ...topics: string[]): Promise<Child> {
  const child = startCommand('listener', ['--url', url, ...topics]);
  await child.sees(/^listening to /m);
  return child;
}

/** Publishes messages one by one, and waits until the server has answered for all of them. */
export async function publish(url: string, topic: string, messages: readonly string[]): Promise<Child> {
  const child = startCommand('publisher', ['--url', url, topic], messages.map((message) => `${message}\n`).join(''));
  const code = await child.exited;
  if (code !== 0) throw new Error(`the publisher ended with ${code}:\n${child.output}`);
  return child;
}

/** What a listener has printed, up to the last message of each topic, which is `end`. */
export async function received(listener: Child, ...topics: string[]): Promise<string[]> {
  for (const topic of topics) await listener.sees(new RegExp(`^${topic}\tend\n`, 'm'));
  return listener.stdout.trimEnd().split('\n');
}
