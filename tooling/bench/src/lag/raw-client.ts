import { connect, type Socket } from 'node:net';

/** Opens a connection to a server on this machine, and resolves when it has answered the handshake. */
export async function openRaw(port: number, fields = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  socket.on('error', () => {});
  const request = [
    'GET / HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    `${fields}\r\n\r\n`,
  ];
  socket.write(request.join('\r\n').replace('\r\n\r\n\r\n', '\r\n\r\n'));
  await new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('the server refused a connection')));
  });
  return socket;
}
