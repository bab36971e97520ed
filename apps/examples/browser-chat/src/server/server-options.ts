import { parseArgs } from 'node:util';

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** What the command line asks for. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly hosts: readonly string[];
}

/** The names of this machine for itself. */
export const loopback: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** What `--help` prints. */
export const help: string = `Serves the chat, as \`npm run build\` has made it.

  npm start -- [options]

  --port N     port to listen on; 0 for any that is free (8080)
  --host HOST  address to listen on (127.0.0.1)
  --name HOST  a name under which pages reach it from elsewhere, such as chat.example.com; more than once for several
  --data DIR   folder of the history and the files (data)
  --help
`;

/** Reads the command line; undefined when only help is wanted. @throws UsageError saying what is wrong. */
export function parseServerOptions(args: readonly string[]): ServerOptions | undefined {
  const values = readValues(args);
  if (values.help) return undefined;
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65535)) throw new UsageError(`--port ${values.port}: a whole number from 0 to 65535 is needed`);
  const names = [...values.name, ...(/^[\d.:]+$/.test(values.host) ? [bracketed(values.host)] : [values.host])];
  for (const name of names) {
    if (!/^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/.test(name)) {
      throw new UsageError(`--name ${name}: the name of a host is needed, such as chat.example.com`);
    }
  }
  return { host: values.host, port, data: values.data, hosts: [...new Set([...loopback, ...names])] };
}

function readValues(args: readonly string[]): {
  help: boolean;
  port: string;
  host: string;
  name: string[];
  data: string;
} {
  try {
    return parseArgs({
      // A `--` in front is what some package managers leave there.
      args: args[0] === '--' ? args.slice(1) : [...args],
      options: {
        port: { type: 'string', short: 'p', default: '8080' },
        host: { type: 'string', default: '127.0.0.1' },
        name: { type: 'string', multiple: true, default: [] },
        data: { type: 'string', default: 'data' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The advice that follows the first sentence is about rare cases.
    throw new UsageError(error.message.split('. ', 1)[0]);
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
