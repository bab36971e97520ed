import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import { readOptions, runCommand } from '@webson/terminal';
import { answer, ask } from './answer.js';
import { connectOver } from './connect.js';
import { PipeTransport } from './pipe-transport.js';
import { PortDuplex } from './port-duplex.js';

const help = `A client and a server that talk over two pipes, then over a MessagePort between two threads.

  npx -y pnpm@12 --silent start [options]

  --verbose  say more about what goes wrong
  --help
`;

await runCommand('custom-transport', async (args) => {
  if (readOptions(args, help, {}) === undefined) return;

  // Both ends in one process, joined by two pipes.
  const [there, back] = [new PassThrough(), new PassThrough()];
  const served = answer(connectOver(new PipeTransport(there, back), false));
  await ask(connectOver(new PipeTransport(back, there), true), 'hello, over pipes');
  await served;

  // The server in another thread, and a port to it.
  const { port1, port2 } = new MessageChannel();
  const duplex = new PortDuplex(port1);
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: port2, transferList: [port2] });
  const exited = once(worker, 'exit');
  await ask(connectOver(new PipeTransport(duplex, duplex), true), 'hello, to a thread');
  await exited;
});
