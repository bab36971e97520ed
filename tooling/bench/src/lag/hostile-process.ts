/** A process with one hostile client in it: `node hostile-process.js PORT ATTACK`. Begins at a line of input. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { tell } from '../harness/program.js';
import { attacks } from './attacks.js';
import { openRaw } from './raw-client.js';

const [port = '', name = ''] = process.argv.slice(2);
const attack = attacks.find((one) => one.name === name);
if (attack === undefined) throw new RangeError(`no attack ${name}`);
const bytes = attack.bytes();
const socket = await openRaw(Number(port), attack.isCompressed ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []);
if (attack.isDeaf === true) socket.pause();
else socket.resume();

async function send({ times }: { times: number }): Promise<void> {
  for (let i = 0; i < times && !socket.destroyed; i++) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
}

tell({});
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
await lines.next();
void send(attack);
await lines.next();
process.exit(0);
