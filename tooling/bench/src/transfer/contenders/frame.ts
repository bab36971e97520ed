import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { applyMask, Opcode, writeHeader } from '@webson/frame';
import { computeAccept, createKey } from '@webson/handshake';
import { listen } from '../../harness/servers.js';
import { type EndpointJob, type EndpointResult, WARM_UP } from '../job.js';
import { Meter } from '../meter.js';
import { payload } from '../payload.js';

/** Sends the message in one single frame, over a bare socket. Says where it listens, and resolves with what it found. */
export async function runFrameSender(job: EndpointJob, onListening: (port: number) => void): Promise<EndpointResult> {
  const isClient = job.side === 'client';
  const socket = isClient ? await upgrade(job.port) : await accept(onListening);
  const closed = once(socket, 'close');
  await sendFrame(socket, WARM_UP, isClient);
  const meter = new Meter();
  await sendFrame(socket, job.size, isClient, meter);
  // The receiver closes when it has everything: to answer would be more of a WebSocket than is needed here.
  socket.resume();
  await once(socket, 'data');
  socket.end();
  await closed;
  return meter.result();
}

async function sendFrame(socket: Duplex, size: number, masked: boolean, meter?: Meter): Promise<void> {
  const head = new Uint8Array(14);
  const end = writeHeader(head, 0, 0x80 | Opcode.Binary, size, masked);
  const key = head.slice(end - 4, end);
  let position = 0;
  await write(socket, head.subarray(0, end));
  for (const piece of payload(size)) {
    meter?.pass(piece);
    if (masked) position = applyMask(piece, key, position);
    await write(socket, piece);
  }
}

async function write(socket: Duplex, bytes: Uint8Array): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain');
}

async function upgrade(port: number | undefined): Promise<Duplex> {
  const headers = {
    ...{ Connection: 'Upgrade', Upgrade: 'websocket' },
    ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': createKey() },
  };
  const asking = request({ host: '127.0.0.1', port, headers });
  asking.end();
  const [, socket] = (await once(asking, 'upgrade')) as [unknown, Duplex];
  return socket;
}

async function accept(onListening: (port: number) => void): Promise<Duplex> {
  const server = createServer();
  onListening(await listen(server));
  const [asked, socket] = (await once(server, 'upgrade')) as [{ headers: Record<string, string> }, Duplex];
  const answer = await computeAccept(asked.headers['sec-websocket-key'] ?? '');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
  server.close();
  return socket;
}
