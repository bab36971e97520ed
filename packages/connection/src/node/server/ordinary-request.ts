import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { http } from '../built-ins.js';

/** An HTTP server that takes upgrades. `https.Server` is one by its type. */
export type UpgradeServer = HttpServer | Http2SecureServer;

/** What Node's HTTP server calls for each of its sockets; not documented, but exported since long before Node 20. */
type ConnectionListener = (this: UpgradeServer, socket: Duplex) => void;

/**
 * Gives an upgrade back to the HTTP server that has emitted it, as the ordinary request that it is to a server that does not know
 * its protocol (RFC 9110 §7.8): with its body, and with the requests behind it. For versions of Node that cannot be told
 * beforehand which upgrades are wanted. The request is the same but for the word `upgrade` in `Connection`, and in
 * `Proxy-Connection`, which Node's parser takes for the same field.
 *
 * @param head bytes that came after the request.
 * @returns false when that is not possible: then nothing was done.
 */
export function handBack(server: UpgradeServer, request: IncomingMessage, socket: Duplex, head: Uint8Array): boolean {
  const { _connectionListener: listener } = http as { _connectionListener?: ConnectionListener };
  const { method, url, httpVersion, rawHeaders } = request;
  // Newer versions of Node wrap the socket of a request whose body is still coming.
  if (typeof listener !== 'function' || socket !== request.socket) return false;
  if (socket.destroyed || socket.readableEnded) return false;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  let isUpgrade = true;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    const kept = /^(proxy-)?connection$/i.test(name) ? withoutUpgrade(value) : value;
    if (kept !== value) isUpgrade = false;
    if (kept !== '' || value === '') lines.push(`${name}: ${kept}`);
  }
  // A request that is still the same would come back as an upgrade, again and again.
  if (isUpgrade) return false;
  // One character is one byte, as Node has read them.
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]);
  socket.unshift(bytes);
  Reflect.apply(listener, server, [socket]);
  return true;
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  const kept = options.filter((option) => option.toLowerCase() !== 'upgrade');
  return kept.length === options.length ? connection : kept.join(', ');
}
