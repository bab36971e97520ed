import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import {
  type Adapter,
  type AttachOptions,
  attach,
  CloseCode,
  ClosedError,
  type CloseInfo,
  type CompressOptions,
  ConfigError,
  Connection,
  type ConnectionOptions,
  type DialOptions,
  type DrainOptions,
  dial,
  type ErrorAction,
  type ErrorContext,
  type EventHandler,
  HandshakeError,
  Message,
  type MessageAction,
  type MessageActionOptions,
  MessageCancelledError,
  MessageIncompleteError,
  type MessageSource,
  MessageTooLargeError,
  MessageType,
  NotReadyError,
  ProtocolError,
  parseCloseCode,
  type ReadyAction,
  type Refusal,
  refuse,
  type ServeOptions,
  type Server,
  Status,
  type StatusAction,
  serve,
  type TakeOverOptions,
  takeOver,
  type Unsent,
  type UpgradeRequest,
  WebsonError,
  type WebsonErrorCode,
} from 'webson';

const enableCompress: CompressOptions = { level: 3, threshold: 1024, contextTakeover: { client: false, server: true } };
const shared: ConnectionOptions = {
  enableCompress,
  enableStreams: true,
  maxMessageSize: 1 << 20,
  timeout: { handshake: 1000, pong: 1000, close: 1000 },
  headerVerify: (headers) => headers.get('authorization') === 'Basic YTpi',
  signal: AbortSignal.timeout(10_000),
};
const dialOptions: DialOptions = { ...shared, extraHeaders: { Authorization: 'Basic YTpi' }, tls: { ca: 'pem' } };
const serveOptions: ServeOptions = {
  ...shared,
  port: 0,
  host: '127.0.0.1',
  origins: ['https://example.com'],
  hosts: ['example.com'],
  protocols: ['v2', 'v1'],
  onRequest: (_request, response) => response.end('a page'),
  onError: report,
};

interface User {
  readonly name: string;
}

const attachOptions: AttachOptions<User> = { path: '/chat', authorize, onError: report };
const takeOverOptions: TakeOverOptions<User> = {
  authorize,
  protocols: (offered, request) => (request.url.searchParams.has('old') ? undefined : offered[0]),
};

function report(error: Error, about?: ErrorContext): void {
  console.warn(error.message, about?.request?.url, about?.connection?.url);
}

async function authorize({ headers, url, remoteAddress, signal }: UpgradeRequest): Promise<User | Refusal> {
  const name = url.searchParams.get('name') ?? headers.get('authorization');
  if (signal.aborted) return refuse(503, { headers: { 'Retry-After': '10' } });
  return name === undefined ? refuse(401, { body: `Who are you at ${remoteAddress}?` }) : { name };
}

const texts: Partial<Record<WebsonErrorCode, string>> = { PEER_LEFT: 'gone', CONNECT_FAILED: 'nobody there' };

const echo: MessageAction = (message, adapter) => adapter.dispatch(message.type, message.read());
const early: MessageActionOptions = { stream: true };
const greet: ReadyAction = (adapter) => adapter.dispatch(MessageType.Text, 'hello');
const watch: StatusAction = (previous, adapter) => console.log(previous, adapter.status === Status.Closed);
const complain: ErrorAction = (error, adapter) => adapter.close(CloseCode.InternalError, error.message);

class Counter implements EventHandler {
  readonly name = 'counter';
  #count = 0;

  onStatus(status: Status): void {
    if (status === Status.Ready) this.#count = 0;
  }

  async onMessage(message: Message, adapter: Adapter): Promise<void> {
    const complete: Message = await message.completed();
    const bytes: Uint8Array = complete.read();
    this.#count += bytes.length;
    adapter.dispatch(MessageType.Text, String(this.#count));
    adapter.dispatch(MessageType.Binary, createHash('sha256').update(bytes).digest());
  }
}

export async function source(this: void, message: Message): Promise<MessageSource> {
  for await (const chunk of message.readIter()) console.log(chunk.byteLength);
  const stream: ReadableStream<Uint8Array> = message.stream();
  return stream;
}

export async function talk(url: string | URL): Promise<CloseInfo> {
  const connection: Connection = await dial(url, dialOptions);
  connection
    .onReady(greet)
    .onStatus(Status.Timeout, watch)
    .onMessage(MessageType.Text, echo)
    .onMessage(MessageType.Binary, (message) => source(message), early)
    .onMessage(MessageType.Close, (message) => console.log(parseCloseCode(message.read())?.reason))
    .onError(complain)
    .apply(new Counter());
  const { code, reason, wasClean, error, unsent }: CloseInfo = await connection.start();
  const left: Unsent | undefined = unsent;
  if (error instanceof ProtocolError) console.log(error.closeCode, error.code);
  if (error instanceof MessageTooLargeError) console.log(error.closeCode);
  console.log(code, reason, wasClean, left?.messages, connection.extensions['webson-streams']?.['max-streams']);
  return connection.restart();
}

export async function send(adapter: Adapter, bytes: Uint8Array): Promise<void> {
  try {
    if (!adapter.dispatch(MessageType.Binary, bytes)) await adapter.drained();
    await adapter.dispatchReader(MessageType.Binary, [bytes], { signal: AbortSignal.timeout(1000) });
    adapter.ping('x');
    adapter.keepPing(1000, 500);
  } catch (error) {
    const isOurs = error instanceof WebsonError && texts[error.code] !== undefined;
    const isUsual = error instanceof ClosedError || error instanceof NotReadyError;
    const isOfMessage = error instanceof MessageCancelledError || error instanceof MessageIncompleteError;
    if (error instanceof HandshakeError) console.log(error.status, error.headers?.get('location'), error.body?.length);
    if (error instanceof ConfigError) console.log(error.code, error.cause);
    if (!isOurs || !isUsual || !isOfMessage) throw error;
  }
}

export async function run(drain: DrainOptions): Promise<void> {
  const server: Server = await serve(serveOptions, (connection, request) => {
    console.log(connection instanceof Connection, request.url, request.headers.origin);
    connection.onMessage(MessageType.Text, (message) => console.log(message instanceof Message, message.json()));
  });
  console.log(server.url, typeof server.address === 'string' ? server.address : server.address.port);
  for (const connection of server.connections) connection.close(CloseCode.GoingAway);
  await server.drain(drain);
  await server.close();

  const own = createServer();
  own.on('upgrade', (request, socket, head) => {
    takeOver(request, socket, head, takeOverOptions).then((connection) => connection.start(), report);
  });
  const attached: Server<User> = attach(own, attachOptions, async (connection) => {
    for await (const message of connection)
      connection.dispatch(message.type, `${connection.data.name}: ${message.text()}`);
  });
  for (const { data } of attached.connections) console.log(data.name);
  for (const { data } of server.connections) console.log(data);
}

// What must not compile: with types that do not resolve, everything would.
// @ts-expect-error a number is no URL
void dial(1);
// @ts-expect-error an option of another name
void dial('ws://127.0.0.1', { maxPayload: 1 });
// @ts-expect-error what authorize lets in is of another type
void attach(createServer(), attachOptions, (connection) => connection.data.age);
// @ts-expect-error a handler without a type
void ((connection: Connection) => connection.onMessage(echo));
