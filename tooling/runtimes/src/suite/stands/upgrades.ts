import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { attach, type Connection, refuse, serve, takeOver, type Server as WebsonServer } from 'webson';
import { type Stand, type StandMaker, Witness } from '../stand.js';
import { echoing, serveOptions } from './serving.js';

/** Lets nobody in who has no field `Authorization`. */
export const guarded: StandMaker = async (options) => {
  const witness = new Witness();
  const server = await serve(
    {
      ...serveOptions(options, witness),
      authorize: ({ headers }) =>
        headers.get('authorization') ?? refuse(401, { headers: { 'X-Why': 'no name' }, body: 'who are you?' }),
    },
    (ws) => {
      witness.watch(ws);
      witness.note(ws.data);
      echoing(ws);
    },
  );
  return standOn(server.url, async () => {
    await server.close();
    return witness.report;
  });
};

/** Attached twice to an HTTP server that has pages, and upgrades, of its own. */
export const attached: StandMaker = async (options) => {
  const witness = new Witness();
  const pages = createServer((_request, response) => response.end('a page'));
  const sides: WebsonServer[] = ['/echo', '/shout'].map((path) =>
    attach(pages, { path, origins: '*', onError: (error) => witness.hear(error) }, (ws) => {
      witness.watch(ws);
      if (path === '/echo') echoing(ws);
      else ws.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.text().toUpperCase()));
    }),
  );
  pages.on('upgrade', (request, socket) => {
    if (request.url === '/own') socket.end('HTTP/1.1 418 Own\r\nContent-Length: 0\r\n\r\n');
  });
  return httpStand(pages, options.host, async () => {
    for (const side of sides) await side.close();
    return witness.report;
  });
};

/** Takes over each upgrade of an HTTP server by itself. */
export const taken: StandMaker = async (options) => {
  const witness = new Witness();
  const open = new Set<Connection>();
  const pages = createServer((_request, response) => response.end('a page'));
  pages.on('upgrade', (request, socket, head) => {
    takeOver(request, socket, head, { origins: '*' }).then(
      (ws) => {
        open.add(ws);
        witness.watch(ws);
        echoing(ws);
        void ws.start();
      },
      (error: unknown) => witness.hear(error),
    );
  });
  return httpStand(pages, options.host, async () => {
    for (const ws of open) ws.terminate();
    return witness.report;
  });
};

/** Sends every upgrade elsewhere. */
export const redirecting: StandMaker = (options) => {
  const pages = createServer();
  pages.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 302 Found\r\nLocation: ws://elsewhere.test/\r\nContent-Length: 0\r\n\r\n');
  });
  return httpStand(pages, options.host, async () => new Witness().report);
};

/** An HTTP server that knows of no upgrades. */
export const pages: StandMaker = (options) => {
  const server = createServer((_request, response) => response.end('a page'));
  return httpStand(server, options.host, async () => new Witness().report);
};

async function httpStand(server: Server, host = '127.0.0.1', report: Stand['close']): Promise<Stand> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return standOn(`ws://${host}:${port}/`, async () => {
    const seen = await report();
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
    return seen;
  });
}

function standOn(url: string, close: Stand['close']): Stand {
  return { url, port: Number(new URL(url).port), close };
}
