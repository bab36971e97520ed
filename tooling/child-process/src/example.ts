import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from './child.js';

/** A server of an example, running. */
export interface RunningServer {
  readonly child: Child;
  /** Where it listens: the first URL that it has written. */
  readonly url: string;
}

/** An example as its readers have it: commands that were built, and a README. */
export interface Example {
  /** Starts the command of that name, `dist/NAME.js`; `input` is what it reads, to an end unless that is left open. */
  start(name: string, args?: readonly string[], input?: string, end?: 'open'): Child;
  /** Starts the server on any free port, and waits until it listens. */
  startServer(args?: readonly string[], name?: string): Promise<RunningServer>;
  /** The fenced blocks of the README in their order, without what marks the language. */
  readonly blocks: readonly string[];
}

/**
 * The example whose test this is.
 *
 * @param testUrl `import.meta.url` of a file in its folder `test`.
 */
export function exampleOf(testUrl: string): Example {
  const start = (name: string, args: readonly string[] = [], input?: string, end?: 'open'): Child => {
    const script = fileURLToPath(new URL(`../dist/${name}.js`, testUrl));
    const child = spawnChild(process.execPath, [script, ...args], input === undefined ? 'ignore' : 'pipe');
    child.process.stdin?.write(input ?? '');
    if (end !== 'open') child.process.stdin?.end();
    return child;
  };
  return {
    start,
    async startServer(args = [], name = 'server') {
      const child = start(name, ['--port', '0', ...args]);
      const [url] = await child.sees(/(?:ws|http)s?:\/\/\S+/);
      return { child, url };
    },
    get blocks() {
      const text = readFileSync(new URL('../README.md', testUrl), 'utf8');
      return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    },
  };
}
