import type { RunningServer } from '../../harness/servers.js';

/** What is used of Deno, which has no types of its own here. */
interface DenoRuntime {
  serve(
    options: { hostname: string; port: number; onListen(): void },
    handler: (request: Request) => Response,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  upgradeWebSocket(request: Request): { readonly socket: DenoSocket; readonly response: Response };
}

interface DenoSocket {
  binaryType: string;
  onmessage: ((event: { readonly data: string | ArrayBuffer }) => void) | null;
  send(data: string | ArrayBuffer): void;
}

/** Deno's own server as its documentation writes an echo server. Runs in Deno alone. */
export async function start(): Promise<RunningServer> {
  const { Deno } = globalThis as { Deno?: DenoRuntime };
  if (Deno === undefined) throw new Error('this server runs in Deno');
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('Upgrade Required', { status: 426 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
  return { port: server.addr.port, stop: () => process.exit() };
}
