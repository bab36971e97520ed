import { type Channel, onChannel, openChannel } from '@webson/channels';
import type { Transport } from '@webson/connection';
import {
  type Adapter,
  type ByteStreams,
  CloseCode,
  ClosedError,
  type CloseInfo,
  type CompressOptions,
  ConfigError,
  type Connection,
  type ConnectionOptions,
  type DialOptions,
  type DialTarget,
  type DrainOptions,
  dial,
  type ErrorAction,
  type EventHandler,
  HandshakeError,
  type Message,
  type MessageAction,
  type MessageActionOptions,
  MessageCancelledError,
  MessageIncompleteError,
  type MessagePiece,
  type MessageSource,
  MessageTooLargeError,
  MessageType,
  NotReadyError,
  Pool,
  type PoolNode,
  type PoolOptions,
  ProtocolError,
  parseCloseCode,
  type ReadyAction,
  type RedialEvent,
  Status,
  type StatusAction,
  type StreamsOptions,
  toStreams,
  type Undelivered,
  type Unsent,
  WebsonError,
  type WebsonErrorCode,
} from 'webson';

// What a page does, where neither Node nor its types are.
const shared: ConnectionOptions = { enableStreams: true, maxMessageSize: 1 << 20, timeout: { handshake: 1000 } };
const options: DialOptions = { ...shared, protocols: ['chat'], requireProtocol: false };
const target: DialTarget = { url: new URL('wss://example.com/'), options };
const poolOptions: PoolOptions = { clientRetry: 3 };
const pool = new Pool(poolOptions);

class Echo implements EventHandler {
  readonly name = 'echo';
  onReady: ReadyAction = (adapter: Adapter) => void adapter.dispatch(MessageType.Text, 'hello');
  onMessage: MessageAction = (message, adapter) => void adapter.dispatch(message.type, message.read());
  onStatus: StatusAction = (status) => void (status === Status.Closed);
  onError: ErrorAction = (error) => console.error(error);
}

export async function run(blob: Blob): Promise<CloseInfo> {
  const ws: Connection = await dial('/chat', options);
  ws.apply(new Echo());
  const piece: MessagePiece = 'text';
  const source: MessageSource = [piece, new Uint8Array(1)];
  const on: MessageActionOptions = { stream: true };
  ws.onMessage(
    MessageType.Binary,
    async (message: Message) => {
      for await (const bytes of message.readIter()) console.log(bytes.length);
    },
    on,
  );
  await ws.dispatchReader(MessageType.Binary, source);
  await ws.dispatchReader(MessageType.Binary, blob.stream());
  const node: PoolNode = { name: 'feed', group: 'feeds' };
  pool.onRedial((event: RedialEvent) => console.log(event.step));
  pool.onUndelivered((undelivered: Undelivered) => console.log(undelivered));
  await pool.dial(target, options, node);
  const drain: DrainOptions = { deadline: 1000 };
  await pool.drain(drain);
  const end = await ws.start();
  const unsent: Unsent | undefined = end.unsent;
  return unsent === undefined ? end : { ...end, code: CloseCode.GoingAway };
}

export function streams(ws: Connection, given: StreamsOptions): ByteStreams {
  const both = toStreams(ws, given);
  // The types of web streams are those of the page: they fit what else it has.
  const readable: ReadableStream<Uint8Array> = both.readable;
  void new Response(readable as ReadableStream<never>);
  return both;
}

export function channels(ws: Connection): ReadableStream<Uint8Array> {
  onChannel(ws, (channel: Channel) => channel.readable.pipeTo(channel.writable));
  return openChannel(ws, 'echo', { meta: { of: 'a page' } }).readable;
}

export function explain(error: unknown): WebsonErrorCode | string {
  if (error instanceof ProtocolError) return `${error.code} ${error.closeCode}`;
  for (const known of [ClosedError, ConfigError, HandshakeError, NotReadyError, WebsonError]) {
    if (error instanceof known) return error.message;
  }
  for (const known of [MessageCancelledError, MessageIncompleteError, MessageTooLargeError]) {
    if (error instanceof known) return error.name;
  }
  return String(parseCloseCode(new Uint8Array(2)));
}

export type Own = Transport;
export const compression: CompressOptions = { level: 3 };

// @ts-expect-error There is no such export.
export { takeOver } from '@webson/connection';
// A page has no server, no TLS of its own, and no header fields.
// @ts-expect-error There is no such export.
export { serve } from 'webson';
// @ts-expect-error There is no such option.
export const withTls: DialOptions = { tls: {} };
// @ts-expect-error There is no such option.
export const withHeaders: DialOptions = { extraHeaders: { Authorization: 'Basic YTpi' } };
