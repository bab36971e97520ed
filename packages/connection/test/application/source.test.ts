import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageSource } from '../../src/adapter.js';
import { openSource, toPiece } from '../../src/application/source.js';
import { cleanUpConnections, connectBoth } from '../support/connections.js';
import { bytesOf, pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';

cleanUpConnections();

/** What the peer gets of a source, as one message. */
async function sent(source: MessageSource, type = 2): Promise<Buffer> {
  const { client, server } = connectBoth();
  const arrived = new Promise<Uint8Array>((resolve) => server.onMessage(type, (message) => resolve(message.read())));
  void client.start();
  void server.start();
  await client.dispatchReader(type, source);
  return Buffer.from(await arrived);
}

const memory = bytesOf('0123456789abcdef');
const foreign = (code: string): MessageSource =>
  runInNewContext(`const memory = Uint8Array.from([48, 49, 50, 51]); ${code}`) as MessageSource;

/** A web stream as older browsers have them. */
function withoutIterator(pieces: Uint8Array[]): MessageSource {
  const stream = new ReadableStream<Uint8Array>({
    start(controller): void {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  return { getReader: () => stream.getReader() } as unknown as MessageSource;
}

async function* later(...pieces: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* pieces;
}

test.each<[string, MessageSource, string]>([
  ['a string', 'hello, wörld', 'hello, wörld'],
  ['an empty string', '', ''],
  ['a lone surrogate', 'a\ud83d', 'a\ufffd'],
  ['a Uint8Array', memory, '0123456789abcdef'],
  ['an ArrayBuffer', memory.buffer, '0123456789abcdef'],
  ['a Uint32Array', new Uint32Array(memory.buffer, 4, 1), '4567'],
  ['a DataView', new DataView(memory.buffer, 14), 'ef'],
  ['a Blob', new Blob(['ab', memory.subarray(0, 2)]), 'ab01'],
  ['a Uint8Array of another realm', foreign('memory.subarray(1)'), '123'],
  ['an ArrayBuffer of another realm', foreign('memory.buffer'), '0123'],
  ['an array of strings', ['a', 'ö', ''], 'aö'],
  ['an array of bytes and strings', ['€', memory.subarray(0, 1), new Uint16Array(memory.buffer, 2, 1)], '€023'],
  ['a Map of strings', new Map([['x', 'y']]).values(), 'y'],
  ['an async generator', later('a', memory.subarray(1, 3), 'z'), 'a12z'],
  ['a Readable', Readable.from([Buffer.from('ab'), Buffer.from('c')]), 'abc'],
  ['a Readable of strings', Readable.from(['aä', 'b']), 'aäb'],
  ['a ReadableStream of strings', ReadableStream.from(['x', 'y']) as ReadableStream<string>, 'xy'],
  ['a stream that is not iterable', withoutIterator([memory.subarray(0, 1), memory.subarray(3, 4)]), '03'],
])('%s', async (_, source, text) => {
  expect((await sent(source)).toString()).toBe(text);
});

propertyTest(
  'strings of any length and kind make the text that they are together, and valid UTF-8',
  30,
  fc.asyncProperty(
    fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.constant('€'.repeat(20_000))), { maxLength: 8 }),
    async (strings) => {
      expect(await sent(strings, 1)).toEqual(Buffer.concat(strings.map((text) => Buffer.from(text))));
    },
  ),
);

test('bytes that threads share are copied, whatever becomes of them', async () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(100_000));
  bytes.set(pattern(100_000, 7));
  const { client, server } = connectBoth();
  const arrived: Buffer[] = [];
  const isDone = new Promise<void>((resolve) => {
    server.onMessage(2, (message) => {
      arrived.push(Buffer.from(message.read()));
      if (arrived.length === 3) resolve();
    });
  });
  void client.start();
  void server.start();
  client.dispatch(2, bytes);
  client.dispatch(2, bytes.buffer as unknown as ArrayBuffer);
  const whole = client.dispatchReader(2, [bytes]);
  bytes.fill(0xee, 0, 1000);
  await Promise.all([whole, isDone]);
  const [first, second] = arrived;
  expect(first).toEqual(Buffer.from(pattern(100_000, 7)));
  expect(second).toEqual(first);
});

describe('no source', () => {
  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [{}, 'an object'],
    [() => {}, 'a function'],
    [Promise.resolve('text'), 'a promise, which has to be awaited first'],
  ])('%o', async (source, name) => {
    const { client } = connectBoth();
    void client.start();
    const rejected = client.dispatchReader(2, source as never);
    await expect(rejected).rejects.toBeInstanceOf(TypeError);
    await expect(rejected).rejects.toThrow(new RegExp(`^source: .* expected, got ${name}$`));
    // Nothing has begun: the next message goes out.
    expect(client.dispatch(2, 'x')).toBe(true);
  });

  test.each([1, null, undefined, {}, ['a']])('a piece that is %j', (piece) => {
    expect(() => toPiece(piece)).toThrow(TypeError);
    expect(() => toPiece(piece)).toThrow(/^source: pieces that are strings or bytes expected, got /);
  });
});

test('leaving a stream that is not iterable cancels it', async () => {
  let isCancelled = false;
  const stream = new ReadableStream({
    cancel(): void {
      isCancelled = true;
    },
  });
  const pieces = openSource({ getReader: () => stream.getReader() });
  await pieces.return?.();
  expect(isCancelled).toBe(true);
});
