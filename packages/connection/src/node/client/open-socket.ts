import type { Socket } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { toError } from '../../application/thrown.js';
import { net, tlsModule } from '../built-ins.js';
import { guardTls } from '../tls-callbacks.js';
import { wrongTls } from '../wrong-tls.js';
import type { Address } from './address.js';
import { unreachable } from './unreachable.js';

/**
 * Starts connecting over TCP or a unix socket, with TLS if the address is secure. Network errors are emitted by the socket.
 *
 * @throws ConfigError when Node cannot take the TLS options, HandshakeError when the run-time does not permit it.
 */
export function openSocket(address: Address, tls: TlsOptions = {}): Socket {
  const { isSecure, socketPath, hostname, port } = address;
  const target = socketPath === undefined ? { host: hostname, port } : { path: socketPath };
  if (!isSecure) {
    try {
      return net.connect({ ...target, noDelay: true });
    } catch (error) {
      // Deno throws when a file, such as a unix socket, may not be read.
      throw unreachable(address, toError(error));
    }
  }
  // RFC 6066 §3: an IP address must not be sent as the server name.
  const servername = net.isIP(hostname) === 0 ? { servername: hostname } : {};
  try {
    return tlsModule().connect({ ...target, ...servername, ALPNProtocols: ['http/1.1'], ...guardTls(tls) });
  } catch (error) {
    throw isDenied(error) ? unreachable(address, toError(error)) : wrongTls(tls, error);
  }
}

/** Whether Deno has thrown because of a permission that it was not given. */
function isDenied(error: unknown): boolean {
  return toError(error).name === 'NotCapable';
}
