/**
 * A process with one server in it: `node --expose-gc server-process.js ws|webson`. Prints its port; for every line of
 * input the memory it holds; ends when its input does.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process holds, in bytes, after everything that can be collected was. */
export interface Memory {
  readonly rss: number;
  readonly heap: number;
}

async function measure(): Promise<Memory> {
  // What was closed a moment ago takes a few turns until nothing refers to it.
  for (let i = 0; i < 5; i++) {
    global.gc?.();
    await delay(100);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
}

async function startWs(): Promise<number> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (ws) => {
    ws.on('error', () => {});
    ws.on('message', () => {});
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as { port: number }).port;
}

async function startWebson(): Promise<number> {
  const { MessageType, Pool, serve } = await import('webson');
  const pool = new Pool();
  const server = await serve({ host: '127.0.0.1', port: 0 }, (ws) => {
    ws.onMessage(MessageType.Text, () => {});
    pool.add(ws);
  });
  return (server.address as { port: number }).port;
}

const port = await (process.argv[2] === 'ws' ? startWs() : startWebson());
process.stdout.write(`${JSON.stringify({ port })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
}
process.exit(0);
