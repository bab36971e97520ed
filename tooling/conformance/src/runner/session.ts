import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type CloseInfo, type Connection, type ConnectionOptions, dial, serve } from 'webson';
import type { Role } from '../case.js';
import { type Item, WireReader } from '../wire/reader.js';

const HOST = '127.0.0.1';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** How a session is opened. */
export interface SessionOptions {
  readonly options?: ConnectionOptions | undefined;
  /** Registers the handlers of the endpoint before it starts. */
  readonly setup: (connection: Connection) => void;
  /** Called with everything the endpoint sends. */
  readonly onItem: (item: Item) => void;
  /** Bytes sent in one write with the handshake, before the other side has said anything after it. */
  readonly first?: Uint8Array | undefined;
  /** The extensions that are agreed by hand; RSV1 is allowed then. */
  readonly extensions?: Negotiation | undefined;
}

/** The bare side of the negotiation of extensions. */
export interface Negotiation {
  /** What a bare client offers. */
  readonly offer: string;
  /** What a bare server answers to an offer. */
  readonly answer: (offered: string) => string;
}

/** A real endpoint, and a bare TCP socket that talks to it. */
export interface Session {
  readonly connection: Connection;
  readonly info: Promise<CloseInfo>;
  readonly peer: Peer;
  /** The extensions that the server answered, as it wrote them; '' for none. */
  readonly agreed: string;
  /** Ends everything that is left. */
  stop(): Promise<void>;
}

/** The bare side of a session: sends bytes, takes note of what happens on the socket. */
export class Peer {
  readonly socket: Socket;
  /** The endpoint has ended its side of the TCP connection. */
  isEnded = false;
  /** What went wrong on the socket or with what was read, first. */
  fault: Error | undefined;
  readonly #reader: WireReader;
  #onChange: () => void = () => {};

  constructor(socket: Socket, role: Role, onItem: (item: Item) => void, allowsRsv1: boolean) {
    this.socket = socket;
    this.#reader = new WireReader(role === 'client', onItem, allowsRsv1);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#blame(error));
    socket.on('data', (chunk: Uint8Array) => this.read(chunk));
    socket.on('end', () => {
      this.isEnded = true;
      if (!this.#reader.isIdle) this.#blame(new Error('TCP ended in the middle of a frame'));
      this.#onChange();
    });
    socket.on('close', () => this.#onChange());
    socket.resume();
  }

  read(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#blame(error as Error);
    }
    this.#onChange();
  }

  /** Resolves when `condition` holds, looked at whenever something happens. Rejects at a fault, and after `ms`. */
  async until(condition: () => boolean, what: () => string, ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`${what()}: not within ${ms} ms`)), ms);
        this.#onChange = () => {
          if (this.fault !== undefined) reject(this.fault);
          else if (condition()) resolve();
          else if (this.socket.destroyed) reject(new Error(`${what()}: the socket is closed`));
        };
        this.#onChange();
      });
    } finally {
      clearTimeout(timer);
      this.#onChange = () => {};
    }
  }

  /** To be called when what `until` waits for may have changed. */
  changed(): void {
    this.#onChange();
  }

  #blame(error: Error): void {
    this.fault ??= error;
    this.#onChange();
  }
}

/** Opens a connection to an endpoint of that role, over TCP, and shakes hands by hand. */
export function openSession(role: Role, options: SessionOptions): Promise<Session> {
  return role === 'server' ? toServer(options) : toClient(options);
}

async function toServer({ options, setup, onItem, first, extensions }: SessionOptions): Promise<Session> {
  let begin: (value: { connection: Connection; info: Promise<CloseInfo> }) => void = () => {};
  const begun = new Promise<{ connection: Connection; info: Promise<CloseInfo> }>((resolve) => {
    begin = resolve;
  });
  const server = await serve({ pingInterval: 0, ...options, host: HOST }, (connection) => {
    setup(connection);
    begin({ connection, info: connection.start() });
  });
  const { port } = server.address as AddressInfo;
  const socket = connect({ host: HOST, port, allowHalfOpen: true });
  await once(socket, 'connect');
  const head =
    `GET / HTTP/1.1\r\nHost: ${HOST}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${extensionLine(extensions?.offer)}\r\n`;
  socket.write(first === undefined ? head : Buffer.concat([Buffer.from(head), first]));
  const answer = await readHead(socket);
  if (!answer.head.startsWith('HTTP/1.1 101 ')) throw new Error(`handshake refused: ${answer.head}`);
  const peer = new Peer(socket, 'server', onItem, extensions !== undefined);
  if (answer.rest.length > 0) peer.read(answer.rest);
  const stop = async (): Promise<void> => {
    socket.destroy();
    await server.close();
  };
  return { ...(await begun), peer, agreed: extensionsOf(answer.head), stop };
}

async function toClient({ options, setup, onItem, first, extensions }: SessionOptions): Promise<Session> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let agreed = '';
  const [connection, peer] = await Promise.all([
    dial(`ws://${HOST}:${port}/`, { pingInterval: 0, ...options }),
    accept(),
  ]);
  setup(connection);
  const info = connection.start();
  const stop = async (): Promise<void> => {
    peer.socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { connection, info, peer, agreed, stop };

  async function accept(): Promise<Peer> {
    const [socket] = (await once(server, 'connection')) as [Socket];
    const { head } = await readHead(socket);
    const key = /^sec-websocket-key: *(.*)$/im.exec(head)?.[1] ?? '';
    const digest = createHash('sha1').update(`${key.trim()}${GUID}`).digest('base64');
    agreed = extensions?.answer(extensionsOf(head)) ?? '';
    const answer =
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${digest}\r\n${extensionLine(agreed)}\r\n`;
    socket.write(first === undefined ? answer : Buffer.concat([Buffer.from(answer), first]));
    return new Peer(socket, 'client', onItem, extensions !== undefined);
  }
}

function extensionLine(value = ''): string {
  return value === '' ? '' : `Sec-WebSocket-Extensions: ${value}\r\n`;
}

function extensionsOf(head: string): string {
  return /^sec-websocket-extensions: *(.*)$/im.exec(head)?.[1]?.trim() ?? '';
}

async function readHead(socket: Socket): Promise<{ head: string; rest: Uint8Array }> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) {
      socket.pause();
      socket.removeAllListeners('data');
      return { head: bytes.subarray(0, end).toString('latin1'), rest: bytes.subarray(end + 4) };
    }
  }
}
