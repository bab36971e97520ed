import { MessageType, serve } from 'webson';
import type { EchoServer } from './server.js';

/** webson through its public API, as a user writes it. */
export async function start(): Promise<EchoServer> {
  const server = await serve({ host: '127.0.0.1', port: 0 }, (ws) => {
    ws.onMessage(MessageType.Binary, (message, adapter) => {
      adapter.dispatch(message.type, message.read());
    });
  });
  return { port: Number(new URL(server.url).port), stop: () => server.close() };
}
