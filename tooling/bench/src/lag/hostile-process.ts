/**
 * A process with one hostile client in it: `node hostile-process.js PORT ATTACK`. Begins at a
 * line of input, and says at the next whether the server still serves it.
 */
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { tell } from '../harness/program.js';
import { attacks } from './attacks.js';
import { openRaw } from './raw-client.js';

/** Both kinds of clients share a core: the honest ones are to wait for the server, not for this process. */
setPriority(19);

const [port = '', name = ''] = process.argv.slice(2);
const attack = attacks.find((one) => one.name === name);
if (attack === undefined) throw new RangeError(`no attack ${name}`);
const bytes = attack.bytes();
const socket = await openRaw(Number(port), attack.isCompressed ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []);
if (attack.isDeaf === true) socket.pause();
else socket.resume();

async function send({ times }: { times: number }): Promise<void> {
  const closed = once(socket, 'close');
  for (let i = 0; i < times && !socket.destroyed; i++) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), closed]);
  }
}

tell({});
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
await lines.next();
// The server may end it at any time.
send(attack).catch(() => {});
await lines.next();
process.stdout.write(`${JSON.stringify({ isServed: !socket.destroyed && !socket.readableEnded })}\n`);
await lines.next();
process.exit(0);
