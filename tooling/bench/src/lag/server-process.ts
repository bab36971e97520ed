/**
 * A process with one echo server in it that takes compression: `node server-process.js ws|webson`. Prints its port, and for
 * every line of input what it saw since the one before; ends when its input does.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

/** What a server saw of an attack. */
export interface Turns {
  /** Milliseconds of the longest turn of the event loop, and the time that it had to wait for its core, too. */
  readonly longest: number;
  /** Bytes of RSS at the most. */
  readonly rss: number;
}

const starts = {
  async ws(): Promise<number> {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return (server.address() as { port: number }).port;
  },
  async webson(): Promise<number> {
    const { serve } = await import('webson');
    const server = await serve({ host: '127.0.0.1', port: 0, enableCompress: true }, (connection) => {
      for (const type of [1, 2])
        connection.onMessage(type, (message, adapter) => adapter.dispatch(type, message.read()));
    });
    return (server.address as { port: number }).port;
  },
};

const name = process.argv[2] as keyof typeof starts;
const port = await starts[name]();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let rss = 0;
setInterval(() => {
  rss = Math.max(rss, process.memoryUsage.rss());
}, 20).unref();

process.stdout.write(`${JSON.stringify({ port })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  const turns: Turns = { longest: delay.max / 1e6, rss: Math.max(rss, process.memoryUsage.rss()) };
  process.stdout.write(`${JSON.stringify(turns)}\n`);
  delay.reset();
  rss = 0;
}
process.exit(0);
