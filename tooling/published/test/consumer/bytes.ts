// What takes bytes in a browser, and in Node where its types are there: what it gets must not be shared with another thread.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import {
  type Adapter,
  type ByteStreams,
  type Connection,
  type DuplexOptions,
  type Message,
  type MessagePiece,
  MessageType,
  type StreamsOptions,
  toDuplex,
  toStreams,
} from 'webson';

export async function store(message: Message): Promise<Blob> {
  const response = new Response(message.read());
  console.log(response.ok, await crypto.subtle.digest('SHA-256', message.read()));
  for await (const chunk of message.readIter()) console.log(new Blob([chunk]).size);
  return new Blob([message.read()]);
}

async function* pieces(response: Response): AsyncGenerator<MessagePiece> {
  yield 'text and bytes: ';
  yield await response.arrayBuffer();
}

export async function send(adapter: Adapter): Promise<void> {
  await adapter.dispatchReader(MessageType.Binary, pieces(new Response('a body')));
}

const streamsOptions: StreamsOptions = { halfClose: false };
const duplexOptions: DuplexOptions = { ...streamsOptions, highWaterMark: 1024, allowHalfOpen: false };

export async function copy(connection: Connection): Promise<number> {
  const { readable, writable, closed }: ByteStreams = toStreams(connection, streamsOptions);
  const writer = writable.getWriter();
  await writer.write('text, too');
  await writer.close();
  console.log(await new Response(readable).text());
  return (await closed).code;
}

export async function upload(connection: Connection<{ readonly user: string }>, path: string): Promise<void> {
  console.log(connection.data.user);
  await pipeline(createReadStream(path), toDuplex(connection, duplexOptions));
}
