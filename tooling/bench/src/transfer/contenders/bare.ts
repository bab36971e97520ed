import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { listen } from '../../harness/servers.js';
import { type EndpointJob, type EndpointResult, isSender, WARM_UP } from '../job.js';
import { Meter } from '../meter.js';
import { payload } from '../payload.js';

/** Sends or receives the same bytes over a socket, without any WebSocket. */
export async function runBare(job: EndpointJob, onListening: (port: number) => void): Promise<EndpointResult> {
  const socket =
    job.side === 'client' ? connect({ host: '127.0.0.1', port: job.port ?? 0 }) : await accept(onListening);
  return isSender(job) ? await send(socket, job.size) : await receive(socket, job.reader);
}

async function send(socket: Socket, size: number): Promise<EndpointResult> {
  const closed = once(socket.resume(), 'close');
  for (const piece of payload(WARM_UP)) if (!socket.write(piece)) await once(socket, 'drain');
  const meter = new Meter();
  for (const piece of payload(size)) {
    meter.pass(piece);
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.end();
  await closed;
  return meter.result();
}

async function receive(socket: Socket, reader: EndpointJob['reader']): Promise<EndpointResult> {
  let meter: Meter | undefined;
  let ahead = WARM_UP;
  for await (const chunk of socket as AsyncIterable<Uint8Array>) {
    const rest = chunk.subarray(Math.min(ahead, chunk.length));
    ahead -= chunk.length - rest.length;
    if (rest.length === 0) continue;
    meter ??= new Meter();
    meter.pass(rest);
    if (reader === 'slow') await turn();
  }
  if (meter === undefined) throw new Error('the connection ended before the message');
  return meter.result();
}

async function accept(onListening: (port: number) => void): Promise<Socket> {
  const server = createServer();
  onListening(await listen(server));
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  return socket;
}
