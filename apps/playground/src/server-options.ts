import { parseArgs } from 'node:util';
import { readArguments, wholeNumber } from '@webson/terminal';

/** What the command line asks for. */
export interface PlaygroundOptions {
  readonly host: string;
  /** The first to try. */
  readonly port: number;
}

/** What `--help` prints. */
export const help: string = `webson playground: a page and an echo server to play with.

  npx -y pnpm@12 start [options]

  --port N     port to listen on, or the next that is free; 0 for any (8000)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

/** Reads the command line; undefined when only help is wanted. @throws UsageError saying what is wrong. */
export function parseServerOptions(args: readonly string[]): PlaygroundOptions | undefined {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        port: { type: 'string', short: 'p', default: '8000' },
        host: { type: 'string', default: '127.0.0.1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) return undefined;
  return { host: values.host, port: wholeNumber('--port', values.port, 0, 65535) };
}
