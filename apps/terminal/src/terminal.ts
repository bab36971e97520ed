import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

/**
 * Reads keys from the terminal; undefined when there is none to read from.
 *
 * The terminal is in raw mode then, and Ctrl+C is the interface's event 'SIGINT' instead of a signal: as a signal it
 * would also reach npx, whose exit code would be 130 whatever ours is.
 *
 * @param output where what is typed is shown; nowhere by default.
 */
export function openKeyboard(output?: NodeJS.WriteStream): Interface | undefined {
  const { stdin } = process;
  if (!stdin.isTTY || !isForeground()) return undefined;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const keyboard = createInterface({ input: stdin, output: output ?? nowhere, terminal: true, historySize: 0 });
  // readline would stop this process alone, with npx left in front of a terminal that nobody reads.
  keyboard.on('SIGTSTP', () => {
    process.once('SIGCONT', () => {
      if (!isForeground()) return;
      stdin.setRawMode(true);
      keyboard.prompt(true);
    });
    stdin.setRawMode(false);
    process.kill(0, 'SIGTSTP');
  });
  return keyboard;
}

/**
 * Calls `stop` once: at Ctrl+C, SIGINT, SIGTERM, when the terminal is closed or at its end (Ctrl+D), or when nobody
 * reads the output any more. A second Ctrl+C or signal ends the process at once, with 130.
 */
export function onStop(keyboard: Interface | undefined, stop: () => void): void {
  let isStopping = false;
  const begin = (): void => {
    if (isStopping) return;
    isStopping = true;
    stop();
  };
  const interrupt = (): void => {
    if (isStopping) process.exit(130);
    begin();
  };
  keyboard?.on('SIGINT', interrupt);
  keyboard?.on('close', begin);
  keyboard?.on('error', begin);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  // All of these come when a terminal is closed.
  process.on('SIGHUP', begin);
  process.stdin.on('error', begin);
  process.stdout.on('error', begin);
}

/** Waits until the user wants an end, as `onStop` does, and calls `close`: a second Ctrl+C does not wait for that. */
export async function untilStopped(close: () => Promise<void>): Promise<void> {
  const keyboard = openKeyboard();
  await new Promise<void>((resolve) => onStop(keyboard, resolve));
  await close();
  keyboard?.close();
}

/**
 * Does the work, and calls `stop` when the user wants an end of it, as `onStop` does: then it has to end, too. What
 * it rejects with after that is no failure, and resolves to undefined.
 */
export async function stoppable<T>(work: () => Promise<T>, stop: () => void): Promise<T | undefined> {
  const keyboard = openKeyboard();
  let isStopped = false;
  onStop(keyboard, () => {
    isStopped = true;
    stop();
  });
  try {
    return await work();
  } catch (error) {
    if (!isStopped) throw error;
    return undefined;
  } finally {
    keyboard?.close();
  }
}

// A job in the background is stopped by the system when it touches the terminal.
function isForeground(): boolean {
  if (process.platform === 'win32') return true;
  try {
    if (process.platform === 'linux') {
      // proc(5): the name in parentheses, then state, ppid, pgrp, session, tty_nr, tpgid.
      const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)?.split(' ') ?? [];
      return fields[2] === fields[5];
    }
    return execFileSync('ps', ['-o', 'stat=', '-p', `${process.pid}`], { encoding: 'utf8' }).includes('+');
  } catch {
    return false;
  }
}
