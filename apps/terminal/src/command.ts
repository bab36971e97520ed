/** The command line is wrong: the exit code is 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Runs a command: what it throws becomes one line on stderr, and the exit code. */
export async function runCommand(name: string, command: (args: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await command(process.argv.slice(2));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${name}: ${message}${isUsage ? ' (--help tells more)' : ''}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** Calls `parseArgs` with the arguments; what is wrong with them becomes a UsageError. */
export function readArguments<T>(args: readonly string[], parse: (args: string[]) => T): T {
  try {
    // A `--` in front is what some package managers leave there.
    return parse(args[0] === '--' ? args.slice(1) : [...args]);
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
