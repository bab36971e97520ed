import { once } from 'node:events';
import { newWebSocketRpcSession } from 'capnweb';
import { WebSocket } from 'ws';
import { listenWs } from '../../harness/ws.js';
import type { Session } from '../session.js';
import { EchoTarget } from './echo-target.js';

// capnweb looks at the states that the class has, which Node 20 does not bring.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

/** As the documents of capnweb have it. */
function session(ws: WebSocket, main?: EchoTarget): ReturnType<typeof newWebSocketRpcSession<EchoTarget>> {
  return newWebSocketRpcSession<EchoTarget>(ws as unknown as globalThis.WebSocket, main);
}

export async function listen(): Promise<number> {
  const { port } = await listenWs({}, (ws) => void session(ws, new EchoTarget()));
  return port;
}

export async function connect(port: number): Promise<Session> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(ws, 'open');
  const stub = session(ws);
  return { echo: async (text) => await stub.echo(text) };
}
