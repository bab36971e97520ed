/** A process with idle clients in it: `node load-process.js PORT CONNECTIONS`. Prints a line when all are connected. */
import { connect, type Socket } from 'node:net';
import { endWithInput, tell } from '../harness/program.js';
import { sampleKey, upgradeRequest } from '../harness/upgrade.js';

const AT_A_TIME = 50;

const [port = 0, connections = 0] = process.argv.slice(2).map(Number);
const sockets: Socket[] = [];

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    socket.once('connect', () => socket.write(upgradeRequest(port, sampleKey)));
    socket.once('error', reject);
    socket.once('data', () => resolve());
  });
}

while (sockets.length < connections) {
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, connections - sockets.length) }, open));
}
tell({ connections: sockets.length });
endWithInput();
