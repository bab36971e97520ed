import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { withMostFiles } from './file-limit.js';

/** How a program is run. */
export interface Running {
  /** The only core it may use; undefined: the system chooses. */
  readonly core?: number | undefined;
  /** What runs a file of JavaScript instead of this Node, and options for it. */
  readonly command?: string;
  readonly flags?: readonly string[];
  /** Added to this process's own environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** It may open as many files as the system lets it. */
  readonly hasMostFiles?: boolean;
}

/**
 * Starts a program in a process of its own, by a name for messages: a file of JavaScript if it is given as a URL, else a
 * command.
 */
export type Start = (name: string, program: URL | string, args: readonly string[], running?: Running) => Child;

/** Runs an action that starts programs. When it ends, well or badly, all of them are gone: the last started is stopped first. */
export async function withChildren<T>(action: (start: Start) => Promise<T>): Promise<T> {
  const children: Child[] = [];
  try {
    return await action((name, program, args, running = {}) => {
      const child = spawn(name, program, args, running);
      children.push(child);
      return child;
    });
  } finally {
    for (const child of children.reverse()) await child.stop();
  }
}

/** Waits until a server's process says on which port it listens, for 20 s at most. */
export async function portOf(server: Child): Promise<number> {
  return ((await server.line(20_000)) as { port: number }).port;
}

function spawn(name: string, program: URL | string, args: readonly string[], running: Running): Child {
  const { core, flags = [], environment, hasMostFiles = false } = running;
  const isFile = program instanceof URL;
  const command = isFile ? (running.command ?? process.execPath) : program;
  const all = isFile ? [...flags, fileURLToPath(program), ...args] : args;
  if (!hasMostFiles) return new Child(name, command, all, core, environment);
  return new Child(name, 'sh', withMostFiles(command, all), core, environment);
}
