import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { dial, HandshakeError, MessageType, serve } from 'webson';
import { WebSocket, WebSocketServer } from 'ws';

/** Who is at the far end. */
export type Library = 'ws' | 'webson';

/** One end of a connection, whatever library has made it. */
export interface Peer {
  /** The permessage-deflate that was agreed, and whatever else. */
  readonly extensions: string;
  /** How it ended: the close code. */
  readonly closed: Promise<number>;
  send(data: string | Uint8Array): void;
  /** The next message: text as a string, bytes as they are. Rejects when the connection ends first. */
  next(): Promise<string | Uint8Array>;
  close(): void;
}

class Inbox {
  readonly #messages: (string | Uint8Array)[] = [];
  readonly #waiting: { resolve(message: string | Uint8Array): void; reject(error: Error): void }[] = [];
  #error: Error | undefined;

  push(message: string | Uint8Array): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting.resolve(message);
  }

  end(code: number): void {
    this.#error = new Error(`the connection ended with ${code}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#error);
  }

  next(): Promise<string | Uint8Array> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

function wsPeer(ws: WebSocket): Peer {
  const inbox = new Inbox();
  ws.on('error', () => {});
  ws.on('message', (data: Buffer, isBinary) => inbox.push(isBinary ? new Uint8Array(data) : data.toString()));
  const closed = new Promise<number>((resolve) => {
    ws.on('close', (code) => {
      inbox.end(code);
      resolve(code);
    });
  });
  return {
    closed,
    get extensions() {
      return ws.extensions;
    },
    send: (data) => ws.send(data),
    next: () => inbox.next(),
    close: () => ws.close(1000),
  };
}

type Ours = Awaited<ReturnType<typeof dial>>;

function websonPeer(ws: Ours, onReady: (peer: Peer) => void): void {
  const inbox = new Inbox();
  ws.onMessage(MessageType.Text, (message) => inbox.push(message.text()));
  ws.onMessage(MessageType.Binary, (message) => inbox.push(message.read()));
  let end: ((code: number) => void) | undefined;
  const closed = new Promise<number>((resolve) => {
    end = resolve;
  });
  ws.onReady(() => {
    onReady({
      closed,
      extensions: Object.keys(ws.extensions).join(', '),
      send: (data) => ws.dispatch(typeof data === 'string' ? MessageType.Text : MessageType.Binary, data),
      next: () => inbox.next(),
      close: () => ws.close(1000),
    });
  });
  ws.start().then(({ code }) => {
    inbox.end(code);
    end?.(code);
  });
}

/** What a client sends beside what it has to, and whom it trusts. */
export interface ClientOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** Dials a server. Rejects with the status of a refusal. */
export async function connect(
  library: Library,
  url: string,
  { headers = {}, protocols = [] }: ClientOptions = {},
): Promise<Peer> {
  if (library === 'webson') {
    const options = {
      extraHeaders: { ...headers },
      protocols,
      enableCompress: true,
      tls: { rejectUnauthorized: false },
    };
    const ws = await dial(url, options).catch((error: unknown) => {
      throw error instanceof HandshakeError ? (error.status ?? error) : error;
    });
    return new Promise((resolve) => websonPeer(ws, resolve));
  }
  const ws = new WebSocket(url, [...protocols], { headers: { ...headers }, rejectUnauthorized: false });
  const peer = wsPeer(ws);
  return new Promise((resolve, reject) => {
    ws.on('open', () => resolve(peer));
    ws.on('unexpected-response', (_, response) => {
      ws.terminate();
      reject(response.statusCode);
    });
    ws.on('error', reject);
  });
}

/** A server that was made by one of the libraries. */
export interface Host {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on the loopback address. */
export async function listen(library: Library, onPeer: (peer: Peer) => unknown): Promise<Host> {
  if (library === 'webson') {
    return serve({ host: '127.0.0.1', enableCompress: true }, (ws) => websonPeer(ws, onPeer));
  }
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
  server.on('connection', (ws) => onPeer(wsPeer(ws)));
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        for (const ws of server.clients) ws.terminate();
        server.close(() => resolve());
      }),
  };
}

/** A server that says nothing any more once the handshake is done, and reads nothing either. */
export async function listenSilently(answer: (head: string) => string): Promise<Host> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (head: Buffer) => {
      socket.pause();
      socket.write(answer(head.toString('latin1')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
