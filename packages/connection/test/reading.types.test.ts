import type { createReadStream } from 'node:fs';
import type { Duplex } from 'node:stream';
import { expectTypeOf, test } from 'vitest';
import type { CloseInfo, Connection, Message, MessageSource } from '../src/index.js';
import { toDuplex, toStreams } from '../src/index.js';

// Types alone are looked at: nothing of it is run.
const connection = {} as Connection<{ user: string }>;
const never = (): boolean => false;

test('a loop yields messages', async () => {
  expectTypeOf(connection[Symbol.asyncIterator]).returns.toExtend<AsyncIterator<Message>>();
  expectTypeOf(connection[Symbol.asyncIterator]).returns.toExtend<AsyncIterable<Message>>();
  expectTypeOf<Connection['closeInfo']>().toEqualTypeOf<CloseInfo | undefined>();
  if (never()) for await (const message of connection) expectTypeOf(message).toEqualTypeOf<Message>();
});

test('what a source may be', () => {
  expectTypeOf<string>().toExtend<MessageSource>();
  expectTypeOf<Uint8Array>().toExtend<MessageSource>();
  expectTypeOf<Float64Array>().toExtend<MessageSource>();
  expectTypeOf<DataView>().toExtend<MessageSource>();
  expectTypeOf<ArrayBuffer>().toExtend<MessageSource>();
  expectTypeOf<Blob>().toExtend<MessageSource>();
  expectTypeOf<string[]>().toExtend<MessageSource>();
  expectTypeOf<AsyncGenerator<string | Uint8Array>>().toExtend<MessageSource>();
  expectTypeOf<ReadableStream<Uint8Array>>().toExtend<MessageSource>();
  expectTypeOf<ReturnType<typeof createReadStream>>().toExtend<MessageSource>();
  expectTypeOf<number>().not.toExtend<MessageSource>();
  expectTypeOf<number[]>().not.toExtend<MessageSource>();
  expectTypeOf<Promise<string>>().not.toExtend<MessageSource>();
  expectTypeOf<undefined>().not.toExtend<MessageSource>();
});

test('streams of a connection with any data', () => {
  if (!never()) return;
  expectTypeOf(toDuplex(connection, { halfClose: false, highWaterMark: 1 })).toEqualTypeOf<Duplex>();
  const { readable, writable, closed } = toStreams(connection);
  expectTypeOf(readable).toEqualTypeOf<ReadableStream<Uint8Array>>();
  expectTypeOf(writable).toEqualTypeOf<WritableStream<Uint8Array | ArrayBuffer | string>>();
  expectTypeOf(closed).toEqualTypeOf<Promise<CloseInfo>>();
  connection.onMessage(2, () => {}, { stream: true });
  // @ts-expect-error: no such option
  connection.onMessage(2, () => {}, { streams: true });
  // @ts-expect-error: no such option
  toStreams(connection, { highWaterMark: 1 });
});
