import { parseArgs } from 'node:util';
import { readArguments, UsageError, wholeNumber } from '@webson/terminal';
import { MAX_SIZE } from './page/payload.js';

/** What the command line asks for. */
export interface ClientOptions {
  readonly url: string;
  /** Messages to send; no end by default. */
  readonly count?: number;
  /** Bytes of one message. */
  readonly size: number;
  /** Milliseconds from one message to the next. */
  readonly interval: number;
  readonly isBinary: boolean;
}

const DEFAULT_URL = 'ws://127.0.0.1:8000/echo';

/** What `--help` prints. */
export const help: string = `Sends messages to an echo server and tells how long each was on its way.

  npx -y pnpm@12 --silent client [options] [url]      (${DEFAULT_URL})

  --count N      end after N messages
  --size BYTES   bytes of one message, 1 to ${MAX_SIZE} (20)
  --interval MS  milliseconds from one message to the next (1000)
  --binary       binary messages, not text
  --verbose      say more about what goes wrong
  --help

A line that is typed is sent too. Lines from a pipe are sent one by one, in place of messages of its own.
`;

/** Reads the command line; undefined when only help is wanted. @throws UsageError saying what is wrong. */
export function parseClientOptions(args: readonly string[]): ClientOptions | undefined {
  const { values, positionals } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      allowPositionals: true,
      options: {
        count: { type: 'string', short: 'n' },
        size: { type: 'string', short: 's', default: '20' },
        interval: { type: 'string', short: 'i', default: '1000' },
        binary: { type: 'boolean', short: 'b', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) return undefined;
  const [url = DEFAULT_URL, second] = positionals;
  if (second !== undefined) throw new UsageError(`${second}: one URL is enough`);
  return {
    url,
    size: wholeNumber('--size', values.size, 1, MAX_SIZE),
    interval: wholeNumber('--interval', values.interval, 0, 3_600_000),
    isBinary: values.binary,
    ...(values.count !== undefined && {
      count: wholeNumber('--count', values.count, 1, Number.MAX_SAFE_INTEGER),
    }),
  };
}
