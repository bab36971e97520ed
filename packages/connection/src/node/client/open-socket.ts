import type { Socket } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { net, tlsModule } from '../built-ins.js';
import { guardTls } from '../tls-callbacks.js';
import { wrongTls } from '../wrong-tls.js';
import type { Address } from './address.js';

/**
 * Starts connecting over TCP or a unix socket, with TLS if the address is secure. Network errors are emitted by the socket.
 *
 * @throws ConfigError when Node cannot take the TLS options.
 */
export function openSocket({ isSecure, socketPath, hostname, port }: Address, tls: TlsOptions = {}): Socket {
  const target = socketPath === undefined ? { host: hostname, port } : { path: socketPath };
  if (!isSecure) return net.connect({ ...target, noDelay: true });
  // RFC 6066 §3: an IP address must not be sent as the server name.
  const servername = net.isIP(hostname) === 0 ? { servername: hostname } : {};
  try {
    return tlsModule().connect({ ...target, ...servername, ALPNProtocols: ['http/1.1'], ...guardTls(tls) });
  } catch (error) {
    throw wrongTls(tls, error);
  }
}
