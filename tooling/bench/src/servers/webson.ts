import { type Connection, MessageType, serve } from 'webson';
import type { EchoServer } from './server.js';

/** webson through its public API, as a user writes it: the bytes of a message, given back as what they came. */
export function start(): Promise<EchoServer> {
  return listen((ws) => {
    for (const type of [MessageType.Text, MessageType.Binary]) {
      ws.onMessage(type, (message, adapter) => {
        adapter.dispatch(message.type, message.read());
      });
    }
  });
}

/** The same for text that is decoded and encoded again. */
export function startText(): Promise<EchoServer> {
  return listen((ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      adapter.dispatch(MessageType.Text, message.text());
    });
  });
}

async function listen(onConnection: (ws: Connection) => void): Promise<EchoServer> {
  const server = await serve({ host: '127.0.0.1', port: 0 }, onConnection);
  return { port: Number(new URL(server.url).port), stop: () => server.close() };
}
