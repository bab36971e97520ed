import { once } from 'node:events';
import { type ChannelOptions, createBirpc } from 'birpc';
import { type RawData, WebSocket } from 'ws';
import { listenWs } from '../../harness/ws.js';
import type { Session } from '../session.js';

/** As the documents of birpc have it. */
function channel(ws: WebSocket): ChannelOptions {
  return {
    post: (data: string) => ws.send(data),
    on: (listener) => void ws.on('message', (data: RawData) => listener(data)),
    serialize: (message) => JSON.stringify(message),
    deserialize: (data: Buffer) => JSON.parse(data.toString()),
  };
}

export async function listen(): Promise<number> {
  const { port } = await listenWs({}, (ws) => {
    createBirpc({ echo: (text: string) => text }, channel(ws));
  });
  return port;
}

export async function connect(port: number): Promise<Session> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(ws, 'open');
  const rpc = createBirpc<Session>({}, channel(ws));
  return { echo: (text) => rpc.echo(text) };
}
