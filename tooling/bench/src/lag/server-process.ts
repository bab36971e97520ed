/**
 * A process with one echo server in it that takes compression: `node server-process.js ws|webson`. Prints its port, and for
 * every line of input what it saw since the one before; ends when its input does.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerInput, tell } from '../harness/program.js';
import type { RunningServer } from '../harness/servers.js';

/** What a server saw of an attack. */
export interface Turns {
  /** Milliseconds of the longest turn of the event loop, and the time that it had to wait for its core, too. */
  readonly longest: number;
  /** Bytes of RSS at the most. */
  readonly rss: number;
}

const starts = {
  async ws(): Promise<RunningServer> {
    const { listenWs } = await import('../harness/ws.js');
    return await listenWs({ perMessageDeflate: true }, (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
  },
  async webson(): Promise<RunningServer> {
    const { listenWebson } = await import('../harness/webson.js');
    return await listenWebson({ enableCompress: true }, (connection) => {
      for (const type of [1, 2])
        connection.onMessage(type, (message, adapter) => adapter.dispatch(type, message.read()));
    });
  },
};

const name = process.argv[2] as keyof typeof starts;
const { port } = await starts[name]();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let rss = 0;
setInterval(() => {
  rss = Math.max(rss, process.memoryUsage.rss());
}, 20).unref();

tell({ port });
await answerInput((): Turns => {
  const turns = { longest: delay.max / 1e6, rss: Math.max(rss, process.memoryUsage.rss()) };
  delay.reset();
  rss = 0;
  return turns;
});
