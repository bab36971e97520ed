import { isIP, connect as openTcp, type Socket } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { ConfigError } from '../protocol/errors.js';
import type { Address } from './address.js';
import { tlsModule } from './built-ins.js';

/**
 * Begins to connect: TCP or a unix socket, with TLS where the address wants it. Errors of the network come as events of
 * the socket.
 *
 * @throws ConfigError when Node cannot take the TLS options.
 */
export function openSocket({ isSecure, socketPath, hostname, port }: Address, tls: TlsOptions = {}): Socket {
  const target = socketPath === undefined ? { host: hostname, port } : { path: socketPath };
  if (!isSecure) return openTcp({ ...target, noDelay: true });
  // RFC 6066 §3: a literal address is no server name.
  const servername = isIP(hostname) === 0 ? { servername: hostname } : {};
  try {
    return tlsModule().connect({ ...target, ...servername, ALPNProtocols: ['http/1.1'], ...tls });
  } catch (error) {
    throw new ConfigError(`tls: ${(error as Error).message}`, { cause: error });
  }
}
