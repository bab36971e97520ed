/** A process with idle clients in it: `node load-process.js PORT CONNECTIONS`. Prints a line when all are connected. */
import { connect, type Socket } from 'node:net';

const REQUEST =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const AT_A_TIME = 50;

const [port = 0, connections = 0] = process.argv.slice(2).map(Number);
const sockets: Socket[] = [];

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    socket.once('connect', () => socket.write(REQUEST));
    socket.once('error', reject);
    socket.once('data', () => resolve());
  });
}

while (sockets.length < connections) {
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, connections - sockets.length) }, open));
}
process.stdout.write(`${JSON.stringify({ connections: sockets.length })}\n`);
process.stdin.resume().once('end', () => process.exit(0));
