import { printable } from '../../application/printable.js';

/** Where a server was to listen. */
export type ListenTarget =
  | { readonly port: number; readonly host: string | undefined }
  | { readonly socketPath: string };

type SystemError = Error & { readonly code?: unknown };

const NOT_PERMITTED = 'the run-time was started without the permission to';

/** What to do about an error of the system when a server is to listen on a port, by its code. */
const ON_A_PORT: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another server has that port, perhaps another run of this program: end it, or choose another port, or 0 for any that is free',
  EACCES: 'this user may not listen on that port: choose one from 1024 on, or give the program the right to',
  EADDRNOTAVAIL: 'no interface of this machine has that address: see the option host',
  ENOTFOUND: 'there is no host of that name: see the option host',
  EAI_AGAIN: 'the name in the option host could not be looked up for now',
  ERR_ACCESS_DENIED: NOT_PERMITTED,
};

/** The same for a unix socket. */
const ON_A_SOCKET: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another server listens there, or has left the file behind: then it has to be removed',
  EACCES: 'this user may not make a file there, or it is no place for one: see the option socketPath',
  ENOENT: 'there is no such folder: see the option socketPath',
  ENOTDIR: 'there is no such folder: see the option socketPath',
  ERR_ACCESS_DENIED: NOT_PERMITTED,
  EINVAL: 'such a path may be too long, mostly above 107 bytes: see the option socketPath',
};

/**
 * The error for a server that cannot listen: which option it is about, and what to do. It has the `code` of the system's error, and
 * that as its `cause`. To be called where the stack leads to who wants the server.
 */
export function cannotListen(target: ListenTarget, cause: SystemError): Error {
  const isPort = 'port' in target;
  const where = isPort
    ? `port ${target.port}${target.host === undefined ? '' : ` of host ${JSON.stringify(printable(target.host))}`}`
    : `socketPath ${JSON.stringify(printable(target.socketPath))}`;
  // Deno gives no code to what it does not permit.
  const code = cause.name === 'NotCapable' ? 'ERR_ACCESS_DENIED' : String(cause.code);
  const hint = (isPort ? ON_A_PORT : ON_A_SOCKET)[code];
  const message = `cannot listen on ${where}: ${hint ?? 'the system does not let it'} (${cause.message})`;
  return Object.assign(new Error(message, { cause }), { code: cause.code === undefined ? code : cause.code });
}
