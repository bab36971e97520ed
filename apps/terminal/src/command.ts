import { inspect } from 'node:util';

/** The command line is wrong: the exit code is 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/**
 * Runs a command: what it throws becomes one line on stderr, and the exit code. `--verbose`, anywhere before a `--` among the
 * arguments, is kept from the command: with it, where the error was made and what caused it follow the line.
 */
export async function runCommand(name: string, command: (args: readonly string[]) => Promise<void>): Promise<void> {
  const { args, isVerbose } = withoutVerbose(process.argv.slice(2));
  try {
    await command(args);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${name}: ${oneLine(error)}${isUsage ? ' (--help tells more)' : ''}\n`);
    if (isVerbose) process.stderr.write(`${inspect(error)}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** What is thrown, as one line: a program that throws something else than an error says what it was. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}

function withoutVerbose(all: readonly string[]): { args: string[]; isVerbose: boolean } {
  // A `--` in front is what some package managers leave there: it ends nothing.
  const start = all[0] === '--' ? 1 : 0;
  const end = all.indexOf('--', start);
  const options = all.slice(start, end < 0 ? undefined : end);
  const args = options.filter((arg) => arg !== '--verbose');
  return { args: [...args, ...(end < 0 ? [] : all.slice(end))], isVerbose: args.length < options.length };
}

/** Calls `parseArgs` with the arguments; what is wrong with them becomes a UsageError. */
export function readArguments<T>(args: readonly string[], parse: (args: string[]) => T): T {
  try {
    return parse([...args]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The advice that follows the first sentence is about rare cases.
    throw new UsageError(error.message.split('. ', 1)[0]);
  }
}

/** Reads a whole number. @throws UsageError when it is none, or out of range. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option} ${text}: a whole number from ${min} to ${max} is needed`);
}
