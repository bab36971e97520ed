import type { LookupAddress, LookupOptions } from 'node:dns';
import { net } from '../built-ins.js';

/** The permissions of Deno, as far as they are asked for here. */
interface DenoPermissions {
  requestSync(descriptor: { name: 'net'; host: string }): { readonly state: string };
}

/** The permissions of Node, which it has with `--permission` alone. */
interface NodePermissions {
  has(scope: string): boolean;
}

interface RunTime {
  readonly Deno?: { readonly permissions: DenoPermissions };
  readonly process: { readonly permission?: NodePermissions; readonly version: string };
}

/**
 * Resolves when the run-time permits to listen on a host. Node and Deno throw for one that they do not permit, a turn after `listen`,
 * where nobody can catch it: that would end the process.
 *
 * Rejects with an Error of code `ERR_ACCESS_DENIED`, or the error of looking the host up.
 */
export async function permitListening(host: string, port: number): Promise<void> {
  const { Deno: deno, process } = globalThis as unknown as RunTime;
  if (deno !== undefined) {
    const address = net.isIP(host) === 0 ? await addressOf(host) : host;
    const shown = `${net.isIP(address) === 6 ? `[${address}]` : address}:${port}`;
    // It asks the user where Deno would, and remembers the answer.
    if (deno.permissions.requestSync({ name: 'net', host: shown }).state !== 'granted') {
      throw denied(`Requires net access to "${shown}", run again with the --allow-net flag`);
    }
  } else if (process.permission !== undefined && knowsNet(process) && !process.permission.has('net')) {
    throw denied('Access to this API has been restricted. Use --allow-net to manage permissions.');
  }
}

// Before Node 25 nothing restricts the network, and `has` says false for what it does not know.
function knowsNet({ version }: RunTime['process']): boolean {
  return Number.parseInt(version.slice(1), 10) >= 25;
}

function addressOf(host: string): Promise<string> {
  const { lookup } = process.getBuiltinModule('node:dns') as {
    lookup(
      name: string,
      options: LookupOptions,
      done: (error: Error | null, found: string | LookupAddress[]) => void,
    ): void;
  };
  return new Promise((resolve, reject) => {
    lookup(host, { all: false }, (error, found) => (error === null ? resolve(String(found)) : reject(error)));
  });
}

function denied(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED' });
}
