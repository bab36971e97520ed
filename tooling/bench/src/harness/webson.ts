import { type Connection, type ServeOptions, serve } from 'webson';
import type { RunningServer } from './servers.js';

/** A server of webson on a free port of 127.0.0.1. */
export async function listenWebson(
  options: ServeOptions,
  onConnection: (ws: Connection) => void,
): Promise<RunningServer> {
  const server = await serve({ ...options, host: '127.0.0.1', port: 0 }, onConnection);
  return { port: Number(new URL(server.url).port), stop: () => server.close() };
}
