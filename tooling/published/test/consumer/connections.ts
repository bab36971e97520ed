import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import {
  type Adapter,
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
  type EventHandler,
  HandshakeError,
  Message,
  type MessageAction,
  MessageCancelledError,
  MessageIncompleteError,
  type MessageSource,
  MessageTooLargeError,
  MessageType,
  NotReadyError,
  ProtocolError,
  parseCloseCode,
  type ReadyAction,
  type ServeOptions,
  type Server,
  Status,
  type StatusAction,
  serve,
  takeOver,
  type Unsent,
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
  onError: (error, about) => console.warn(error.message, about?.request?.url, about?.connection?.url),
};

const texts: Partial<Record<WebsonErrorCode, string>> = { PEER_LEFT: 'gone', CONNECT_FAILED: 'nobody there' };

const echo: MessageAction = (message, adapter) => adapter.dispatch(message.type, message.read());
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
    takeOver(request, socket, head, shared).then((connection) => connection.start(), console.warn);
  });
}

// What must not compile: with types that do not resolve, everything would.
// @ts-expect-error a number is no URL
void dial(1);
// @ts-expect-error an option of another name
void dial('ws://127.0.0.1', { maxPayload: 1 });
// @ts-expect-error a handler without a type
void ((connection: Connection) => connection.onMessage(echo));
