import { type Adapter, ClosedError, type Message, MessageType, type Server, Status, serve } from 'webson';
import { MAX_SIZE } from './page/payload.js';
import { createPageListener } from './page-files.js';
import type { PlaygroundOptions } from './server-options.js';

/** How many ports are tried. */
const PORTS = 100;
const LAST_PORT = 65535;

/** The server of the playground. */
export interface Playground {
  /** Where the page is: `http://127.0.0.1:8000/`. */
  readonly pageUrl: string;
  /** Where clients dial: `ws://127.0.0.1:8000/echo`. */
  readonly echoUrl: string;
  /** Connections that are open now. */
  readonly connections: number;
  /** Messages echoed so far. */
  readonly echoes: number;
  /** Closes the connections with 1001, and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts the page and the echo server behind it.
 *
 * @param onChange called when the number of connections or echoes has changed.
 *
 * Rejects when it cannot listen: all ports are taken, there is no such address.
 */
export async function startPlayground(options: PlaygroundOptions, onChange: () => void): Promise<Playground> {
  let echoes = 0;

  // Handlers run one at a time (`synchronize`): while one waits for a peer that does not read, nothing more is read from it.
  const echo = (message: Message, ws: Adapter): Promise<void> | undefined => {
    const hasRoom = ws.dispatch(message.type, message.read());
    echoes++;
    onChange();
    return hasRoom ? undefined : ws.drained();
  };

  const server = await listen(options, (port) =>
    serve(
      {
        host: options.host,
        port,
        path: '/echo',
        onRequest: createPageListener(),
        maxMessageSize: MAX_SIZE,
        synchronize: true,
        // Ctrl+C does not wait long for a page that sleeps.
        timeout: { close: 2000 },
      },
      (connection) => {
        connection
          .onStatus(Status.Ready, onChange)
          .onStatus(Status.Closed, onChange)
          .onMessage(MessageType.Text, echo)
          .onMessage(MessageType.Binary, echo)
          .onError((error, ws) => {
            // A message that came while the connection was closing stays without an echo.
            if (!(error instanceof ClosedError)) ws.close(1011, 'internal error');
          });
      },
    ),
  );
  const { host } = new URL(server.url);
  return {
    pageUrl: `http://${host}/`,
    echoUrl: server.url,
    get connections() {
      return server.connections.size;
    },
    get echoes() {
      return echoes;
    },
    close: () => server.close(),
  };
}

// On the port asked for, or the next that is free.
async function listen(options: PlaygroundOptions, start: (port: number) => Promise<Server>): Promise<Server> {
  const { host, port: first } = options;
  const last = Math.min(first + PORTS - 1, LAST_PORT);
  for (let port = first; port <= last; port++) {
    try {
      return await start(port);
    } catch (error) {
      if (codeOf(error) === 'EADDRINUSE') continue;
      throw new Error(`cannot listen on ${host}, port ${port}: ${codeOf(error) ?? String(error)}`, { cause: error });
    }
  }
  throw new Error(`the ports from ${first} to ${last} of ${host} are all taken`);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
