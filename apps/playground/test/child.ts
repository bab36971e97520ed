import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';

/** The server as built, running. */
export interface RunningServer {
  readonly child: Child;
  readonly pageUrl: string;
  readonly echoUrl: string;
}

/** Where the built command is. */
export function scriptOf(name: 'main' | 'client'): string {
  return fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
}

/** Starts one of the built commands; `input` is what it reads. */
export function startCommand(name: 'main' | 'client', args: readonly string[], input?: string): Child {
  const child = spawnChild(process.execPath, [scriptOf(name), ...args], input === undefined ? 'ignore' : 'pipe');
  child.process.stdin?.end(input);
  return child;
}

/** Starts the server, on any free port by default, and reads off where it is. */
export async function startServer(port = 0): Promise<RunningServer> {
  const child = startCommand('main', ['--port', `${port}`]);
  const [, pageUrl = '', echoUrl = ''] = await child.sees(/page: +(http:\S+)\n.* client (ws:\S+)\n/);
  return { child, pageUrl, echoUrl };
}
