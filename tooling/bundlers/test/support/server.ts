import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { onTestFinished } from 'vitest';
import { MessageType, type ServeOptions, type Server, serve } from 'webson';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Messages of fewer bytes go back as they came. */
const LARGE = 1000;

/**
 * The server that the program of programs/exchange.js talks to, until the test is over.
 *
 * @param folder whose files it gives to pages.
 */
export async function host(folder: string, options: ServeOptions = {}): Promise<Server> {
  const server = await serve(
    {
      host: '127.0.0.1',
      enableStreams: true,
      onRequest: async (request, response) => {
        const path = normalize(new URL(request.url ?? '/', 'http://page').pathname);
        const content = await readFile(join(folder, path)).catch(() => undefined);
        response.writeHead(content === undefined ? 404 : 200, { 'Content-Type': TYPES[extname(path)] ?? 'text/plain' });
        response.end(content);
      },
      ...options,
    },
    (ws) => {
      ws.onMessage(MessageType.Text, (message, adapter) => {
        if (message.text() === 'leave') adapter.close(4000, 'come again');
        else adapter.dispatch(MessageType.Text, `you said: ${message.text()}`);
      });
      ws.onMessage(3, (message, adapter) => void adapter.dispatch(3, message.read()));
      ws.onMessage(MessageType.Binary, async (message, adapter) => {
        const bytes = message.read();
        if (bytes.length >= LARGE) {
          adapter.dispatch(MessageType.Text, createHash('sha256').update(bytes).digest('hex'));
        }
        await adapter.dispatchReader(MessageType.Binary, bytes);
      });
    },
  );
  onTestFinished(() => server.close());
  return server;
}
