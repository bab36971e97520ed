import type { RunningServer } from '../../harness/servers.js';

/** What is used of Bun, which has no types of its own here. */
interface BunRuntime {
  serve(options: {
    hostname: string;
    port: number;
    fetch(request: Request, server: BunServer): Response | undefined;
    websocket: { message(ws: { send(data: string | Uint8Array): number }, data: string | Uint8Array): void };
  }): BunServer;
}

interface BunServer {
  readonly port: number;
  upgrade(request: Request): boolean;
  stop(closeConnections: boolean): unknown;
}

/** Bun's own server as its documentation writes an echo server; it hands text over as a string. Runs in Bun alone. */
export async function start(): Promise<RunningServer> {
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun === undefined) throw new Error('this server runs in Bun');
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response('Upgrade Required', { status: 426 }),
    websocket: {
      message(ws, data) {
        ws.send(data);
      },
    },
  });
  return { port: server.port, stop: () => server.stop(true) };
}
