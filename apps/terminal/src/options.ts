import { parseArgs } from 'node:util';
import { readArguments, UsageError } from './command.js';

/** The options of a command with their defaults: a text, or false for what is on or off. */
export type OptionDefaults = Readonly<Record<string, string | false>>;

/** What was given of these options, and the defaults of the others. */
export type OptionValues<Defaults extends OptionDefaults> = {
  readonly [Name in keyof Defaults]: Defaults[Name] extends string ? string : boolean;
};

/**
 * Reads a command line that has nothing but options. With `--help` among them it prints the help, and returns undefined.
 *
 * @throws UsageError when there are others, or words that are none.
 */
export function readOptions<const Defaults extends OptionDefaults>(
  args: readonly string[],
  help: string,
  defaults: Defaults,
): OptionValues<Defaults> | undefined {
  const options: Record<string, { type: 'string'; default: string } | { type: 'boolean'; default: boolean }> =
    Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [
        name,
        value === false ? { type: 'boolean' as const, default: value } : { type: 'string' as const, default: value },
      ]),
    );
  const { values } = readArguments(args, (list) =>
    parseArgs({ args: list, options: { ...options, help: { type: 'boolean', short: 'h', default: false } } }),
  );
  for (const [name, value] of Object.entries<unknown>(values)) {
    if (value === '') throw new UsageError(`--${name} is empty`);
  }
  if (!values.help) return values as unknown as OptionValues<Defaults>;
  process.stdout.write(help);
  return undefined;
}
