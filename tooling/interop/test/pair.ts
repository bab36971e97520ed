import { readFileSync } from 'node:fs';
import { type ClientRequestArgs, createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  type CloseInfo,
  type Connection,
  type ConnectionOptions,
  type DialOptions,
  dial,
  MessageType,
  type ServeOptions,
  type Server,
  serve,
} from 'webson';
import { type ClientOptions, type RawData, type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { Inbox } from './inbox.js';
import type { Payload } from './payloads.js';

/** Who is client and who is server. */
export const DIRECTIONS = ['webson client, ws server', 'ws client, webson server'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** A key and a certificate for localhost and 127.0.0.1, signed by itself. */
export const TLS: { readonly key: Buffer; readonly cert: Buffer } = {
  key: readFileSync(new URL('data/key.pem', import.meta.url)),
  cert: readFileSync(new URL('data/cert.pem', import.meta.url)),
};

/** What a test sees of either end. */
interface End {
  readonly messages: Inbox<Payload>;
  /** Payloads of pongs. */
  readonly pongs: Inbox<string>;
  send(payload: Payload): void;
}

/** The end that is webson. */
export interface WebsonEnd extends End {
  readonly connection: Connection;
  readonly ended: Promise<CloseInfo>;
}

/** The end that is ws. */
export interface WsEnd extends End {
  readonly socket: WebSocket;
  /** Payloads of pings. */
  readonly pings: Inbox<string>;
  readonly closed: Promise<{ code: number; reason: string; wasClean: boolean }>;
  /** What its `error` event was emitted with. */
  readonly errors: (Error & { code?: string })[];
}

/** Two ends that are connected. */
export interface Pair {
  readonly webson: WebsonEnd;
  readonly ws: WsEnd;
  /** Where the client connected to. */
  readonly url: string;
  /** The request as the server saw it. */
  readonly request: IncomingMessage;
  /** The server's socket: it counts the bytes on the wire. */
  readonly wire: Socket;
}

/** How to connect; the rest is up to the test. */
export interface PairOptions {
  /** For webson, client or server. */
  webson?: ConnectionOptions & Pick<DialOptions, 'extraHeaders'>;
  /** For ws, client or server: what both have. */
  ws?: Pick<ClientOptions, 'perMessageDeflate' | 'maxPayload'>;
  /** Sub-protocols that the ws client offers. */
  wsProtocols?: string[];
  tls?: boolean;
  /** Path of a unix socket in place of TCP. */
  socketPath?: string;
  /** Called with each end before anything can have come: for what has to happen at once. */
  onWebson?: (end: WebsonEnd) => void;
  onWs?: (end: WsEnd) => void;
}

/** Connects the two; all is stopped when the test is over. */
export function connect(direction: Direction, options: PairOptions = {}): Promise<Pair> {
  return direction === 'webson client, ws server' ? connectToWs(options) : connectToWebson(options);
}

async function connectToWs(options: PairOptions): Promise<Pair> {
  const accepted = new Inbox<{ ws: WsEnd; request: IncomingMessage }>();
  const url = await startWs(options, (socket, request) => {
    const ws = wsEnd(socket);
    options.onWs?.(ws);
    accepted.push({ ws, request });
  });
  const connection = await dialTo(url, options.webson, options.tls);
  const webson = websonEnd(connection);
  options.onWebson?.(webson);
  const { ws, request } = await accepted.next();
  return { webson, ws, url, request, wire: request.socket };
}

async function connectToWebson(options: PairOptions): Promise<Pair> {
  const accepted = new Inbox<{ webson: WebsonEnd; request: IncomingMessage }>();
  const server = await startWebson(options, (connection, request) => {
    const webson = websonEnd(connection);
    options.onWebson?.(webson);
    accepted.push({ webson, request });
  });
  const socket = openWs(server.url, options);
  const ws = wsEnd(socket);
  options.onWs?.(ws);
  await opened(socket);
  const { webson, request } = await accepted.next();
  return { webson, ws, url: server.url, request, wire: request.socket };
}

/** Starts a ws server, with any options of its own, and says where. */
export async function startWs(
  { ws, tls = false, socketPath }: PairOptions,
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
  own: ServerOptions = {},
): Promise<string> {
  const http = tls ? createTlsServer(TLS) : createServer();
  const server = new WebSocketServer({ server: http, ...ws, ...own });
  server.on('connection', onConnection);
  onTestFinished(async () => {
    for (const client of server.clients) client.terminate();
    server.close();
    await stop(http);
  });
  const scheme = tls ? 'wss' : 'ws';
  const path = own.path ?? '/';
  if (socketPath !== undefined) {
    await new Promise<void>((resolve) => http.listen(socketPath, resolve));
    return `${scheme}+unix:${socketPath}:${path}`;
  }
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `${scheme}://127.0.0.1:${(http.address() as AddressInfo).port}${path}`;
}

/** Starts a webson server, with any options of its own. */
export async function startWebson(
  { webson, tls = false, socketPath }: PairOptions,
  onConnection: (connection: Connection, request: IncomingMessage) => void,
  own: ServeOptions = {},
): Promise<Server> {
  const server = await serve(
    {
      ...(socketPath === undefined ? { host: '127.0.0.1' } : { socketPath }),
      ...(tls ? { tls: TLS } : {}),
      pingInterval: 0,
      ...webson,
      ...own,
    },
    onConnection,
  );
  onTestFinished(() => server.close());
  return server;
}

/** A webson client, not started. */
export async function dialTo(url: string, options: DialOptions = {}, tls = false): Promise<Connection> {
  const connection = await dial(url, { pingInterval: 0, ...(tls ? { tls: { ca: TLS.cert } } : {}), ...options });
  onTestFinished(() => connection.close());
  return connection;
}

/** A ws client that begins to connect. */
export function openWs(
  url: string,
  { ws, wsProtocols = [], tls }: PairOptions = {},
  own: ClientOptions & Pick<ClientRequestArgs, 'auth'> = {},
): WebSocket {
  const socket = new WebSocket(url, wsProtocols, { ...ws, ...(tls === true ? { ca: TLS.cert } : {}), ...own });
  onTestFinished(() => socket.terminate());
  return socket;
}

/** Resolves when a ws client is connected; rejects with its error when it is refused. */
export function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
}

function stop(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}

/** Takes everything down that comes over a webson connection, and starts it. */
export function websonEnd(connection: Connection): WebsonEnd {
  const messages = new Inbox<Payload>();
  const pongs = new Inbox<string>();
  connection.onMessage(MessageType.Text, (message) => messages.push(message.text()));
  connection.onMessage(MessageType.Binary, (message) => messages.push(message.read()));
  connection.onMessage(MessageType.Pong, (message, adapter) => {
    pongs.push(message.text());
    adapter.refreshPongTime();
  });
  const ended = connection.start().then((info) => {
    for (const inbox of [messages, pongs]) inbox.end(`webson: closed ${JSON.stringify(info)} ${info.error ?? ''}`);
    return info;
  });
  return {
    connection,
    messages,
    pongs,
    ended,
    send: (payload) => {
      connection.dispatch(typeof payload === 'string' ? MessageType.Text : MessageType.Binary, payload);
    },
  };
}

/** Takes everything down that comes over a ws socket. */
export function wsEnd(socket: WebSocket): WsEnd {
  const messages = new Inbox<Payload>();
  const pings = new Inbox<string>();
  const pongs = new Inbox<string>();
  const errors: Error[] = [];
  socket.on('message', (data: RawData, isBinary: boolean) => {
    messages.push(isBinary ? (data as Buffer) : (data as Buffer).toString());
  });
  socket.on('ping', (data) => pings.push(data.toString()));
  socket.on('pong', (data) => pongs.push(data.toString()));
  socket.on('error', (error) => errors.push(error));
  const closed = new Promise<{ code: number; reason: string; wasClean: boolean }>((resolve) => {
    socket.addEventListener('close', ({ code, reason, wasClean }) => {
      for (const inbox of [messages, pings, pongs]) inbox.end(`ws: closed ${code} ${reason} ${errors.join()}`);
      resolve({ code, reason, wasClean });
    });
  });
  return { socket, messages, pings, pongs, errors, closed, send: (payload) => socket.send(payload) };
}

/** Sends one message in several frames. */
export function sendFragments(socket: WebSocket, pieces: readonly Uint8Array[], isBinary: boolean): void {
  for (const [index, piece] of pieces.entries()) {
    socket.send(piece, { binary: isBinary, fin: index === pieces.length - 1 });
  }
}
