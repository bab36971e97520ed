import { connect, type Socket } from 'node:net';
import { sampleKey, upgradeRequest } from '../harness/upgrade.js';

/** Opens a connection to a server on this machine, and resolves when it has answered the handshake. */
export async function openRaw(port: number, fields: readonly string[] = []): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.write(upgradeRequest(port, sampleKey, fields));
  await new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('the server refused a connection')));
  });
  return socket;
}
