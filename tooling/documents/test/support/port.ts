import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Child } from '@webson/child-process';

// Below the range from which the system gives ports to clients, and in a place of its own for each worker: a port that is free
// stays so until the program under test listens on it.
const WORKERS = 64;
const FIRST = 10_240;
const PORTS = 320;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;
const seed = process.pid * 7;
let given = 0;

/** A port of the loopback address on which nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + worker * PORTS + ((seed + given++) % PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Resolves once somebody listens on the port. Rejects with what it has written when the program ends first. */
export async function listening(port: number, child: Child): Promise<void> {
  let isGone = false;
  const onGone = (): void => {
    isGone = true;
  };
  child.exited.then(onGone, onGone);
  while (!isGone) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the program ended before it listened on port ${port}:\n${child.output}`);
}
