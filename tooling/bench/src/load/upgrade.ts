/** A request to open a WebSocket connection to a server on this machine, as it stands on the wire (RFC 6455 §4.1). */
export function upgradeRequest(port: number, key: string): string {
  return [
    'GET / HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');
}
