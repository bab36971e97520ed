import { writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { describeOptions, type Given, type OptionTable, readOptions } from './options.js';

/** Where a bench says what it finds. */
export interface Output {
  /** Prints a part of the result. */
  print(text: string): void;
  /** Prints a line that is none of the result: progress, or a warning. */
  note(line: string): void;
  /** Takes everything that was measured, for the file that `--json` names. */
  save(figures: unknown): void;
}

/** What a bench is made of. */
export interface Definition<T extends OptionTable> {
  readonly name: string;
  /** What it measures, in one line. */
  readonly about: string;
  readonly options: T;
  /** What may stand on the command line beside options, as the help shows it: `[RUNS]`; left out: nothing. */
  readonly operands?: string;
  /** Shown below the options. */
  readonly more?: string;
  /**
   * Measures.
   *
   * @returns false when something was lost or damaged, or grew where it must not.
   * @throws Error that says what is wrong with an option, or what failed.
   */
  run(given: Given<T>, output: Output, operands: readonly string[]): Promise<boolean>;
}

/** A bench, as the command runs it. */
export interface Bench {
  readonly about: string;
  readonly help: string;
  /**
   * Does what a command line asks for.
   *
   * @param streams where the result goes, and what else there is to say; this process's own unless others are given.
   * @returns the exit code: 1 when something was lost or damaged, 2 when it could not be measured.
   */
  run(args: readonly string[], streams?: Streams): Promise<number>;
}

/** Where a result is printed, and what is none of it. */
export interface Streams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Makes a bench of what it has of its own: reading options, help, files and errors are the same for all. */
export function defineBench<T extends OptionTable>(definition: Definition<T>): Bench {
  const { name, about, options, operands: operandTitle, more } = definition;
  const usage = operandTitle === undefined ? [] : [`bench ${name} ${operandTitle}`, ''];
  const help = [about, '', ...usage, ...describeOptions(options), ...(more === undefined ? [] : ['', more]), ''].join(
    '\n',
  );
  return {
    about,
    help,
    async run(args, streams = process) {
      try {
        const { given, isHelp, operands } = readOptions(args, options);
        if (isHelp) {
          streams.stdout.write(help);
          return 0;
        }
        if (operandTitle === undefined && operands.length > 0) throw new Error(`what is ${operands[0]}? See --help`);
        const { json } = given as { json?: string };
        const isSound = await definition.run(given, outputTo(streams, json), operands);
        return isSound ? 0 : 1;
      } catch (error) {
        streams.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
        return 2;
      }
    },
  };
}

function outputTo({ stdout, stderr }: Streams, json: string | undefined): Output {
  return {
    print: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    save(figures) {
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
    },
  };
}
