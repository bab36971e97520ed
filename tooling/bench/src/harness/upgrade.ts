import { createHash } from 'node:crypto';

/** The nonce of the RFC's example, for who does not look at the answer to it. */
export const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A request to open a WebSocket connection to a server on this machine, as it stands on the wire (RFC 6455 §4.1). */
export function upgradeRequest(port: number, key: string, more: readonly string[] = []): string {
  return [
    'GET / HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...more,
    '\r\n',
  ].join('\r\n');
}

/** What a server answers to a key (RFC 6455 §4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
