import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { temporaryFolder } from './folder.js';

/** The server as built, running. */
export interface RunningServer {
  readonly child: Child;
  /** Where the page is: `http://127.0.0.1:8080/`. */
  readonly url: string;
  readonly port: number;
  /** What it keeps is in here. */
  readonly data: string;
}

/** Starts the built command. */
export function startCommand(args: readonly string[]): Child {
  const script = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
  return spawnChild(process.execPath, [script, ...args]);
}

/** Starts the server: on any free port and with nothing kept, unless it is to go on from another one. */
export async function startServer(from: { port?: number; data?: string } = {}): Promise<RunningServer> {
  const { port = 0, data = temporaryFolder() } = from;
  const child = startCommand(['--port', `${port}`, '--data', data]);
  const [, url = ''] = await child.sees(/^(http:\S+) /m);
  return { child, url, port: Number(new URL(url).port), data };
}
