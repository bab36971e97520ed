import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dial } from '../src/node/client/dial.js';
import type { ServeOptions } from '../src/node/server/serve.js';
import type { ConnectionOptions } from '../src/options/options.js';
import { ClosedError, ConfigError } from '../src/protocol/contract/errors.js';
import { type ByteStreams, toStreams } from '../src/to-streams.js';
import { cleanUp, expectNothingLeft, serveForTest, TLS } from './node/harness.js';
import { cleanUpConnections, connect, connectBoth, deferred } from './support/connections.js';
import { pattern } from './support/frames.js';
import { propertyTest } from './support/property.js';
import { turns } from './support/turns.js';

/** Options of both sides. */
type BothOptions = ConnectionOptions & Pick<ServeOptions, 'tls'>;

cleanUpConnections();
expectNothingLeft();

async function open(options: BothOptions = {}): Promise<[near: ByteStreams, far: ByteStreams]> {
  const accepted = deferred<ByteStreams>();
  const server = await serveForTest(options, (connection) => accepted.resolve(toStreams(connection)));
  const { tls, ...rest } = options;
  const client = await dial(server.url, { ...rest, ...(tls === undefined ? {} : { tls: { ca: TLS.cert } }) });
  cleanUp(() => client.close());
  return [toStreams(client), await accepted.promise];
}

async function contentOf(readable: ReadableStream<Uint8Array>, pauses = 0): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) {
    chunks.push(chunk);
    await turns(pauses);
  }
  return Buffer.concat(chunks);
}

async function writeAll(writable: ByteStreams['writable'], ...chunks: (Uint8Array | string)[]): Promise<void> {
  const writer = writable.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
}

const variants: [string, BothOptions][] = [
  ['plain', {}],
  ['TLS', { tls: TLS }],
  ['streams', { enableStreams: true }],
  ['compression', { enableCompress: { threshold: 0, contextTakeover: true } }],
  ['private mask', { privateMask: randomBytes(16) }],
  ['go', { dialect: 'go' }],
];

describe.each(variants)('%s', (_, options) => {
  test('each side ends by itself, and then the connection is closed with 1000', async () => {
    const [near, far] = await open(options);
    const asking = writeAll(near.writable, 'quest', Buffer.from('ion'));
    expect(String(await contentOf(far.readable))).toBe('question');
    const answering = writeAll(far.writable, 'answer');
    expect(String(await contentOf(near.readable))).toBe('answer');
    await Promise.all([asking, answering]);
    expect(await near.closed).toMatchObject({ code: 1000, wasClean: true });
    expect(await far.closed).toMatchObject({ code: 1000, wasClean: true });
  });

  test('what is compressed on one side is decompressed on the other, and back', async () => {
    const [near, far] = await open(options);
    // The far side sends back what it has decompressed.
    const echo = far.readable.pipeThrough(new DecompressionStream('gzip') as never).pipeTo(far.writable as never);
    const body = Buffer.from('some text that is worth it. '.repeat(20_000));
    const source = new Blob([body]).stream() as ReadableStream<Uint8Array>;
    const sent = source.pipeThrough(new CompressionStream('gzip') as never).pipeTo(near.writable as never);
    expect(Buffer.compare(await contentOf(near.readable), body)).toBe(0);
    await Promise.all([echo, sent]);
    expect(await near.closed).toMatchObject({ code: 1000, wasClean: true });
  });

  test('a TLS session runs over them', async () => {
    const [near, far] = await open(options);
    const [nearDuplex, farDuplex] = [near, far].map((pair) => Duplex.fromWeb(pair as never));
    const secureServer = new TLSSocket(farDuplex!, { isServer: true, key: TLS.key, cert: TLS.cert });
    const secureClient = connectTls({ socket: nearDuplex!, ca: TLS.cert, host: 'localhost' });
    await once(secureClient, 'secureConnect');
    secureClient.write('question');
    expect(String((await once(secureServer, 'data'))[0])).toBe('question');
    secureServer.end('answer');
    const chunks: Buffer[] = [];
    for await (const chunk of secureClient) chunks.push(chunk as Buffer);
    expect(String(Buffer.concat(chunks))).toBe('answer');
    await Promise.all([near.closed, far.closed]);
  });

  propertyTest(
    'each side gets what the other has written before its end',
    6,
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 3 }),
      async (lengths, others, pauses) => {
        const [near, far] = await open(options);
        const [sent, back] = [lengths, others].map((all) => all.map((length, i) => pattern(length, i)));
        const [got, gotBack] = await Promise.all([
          contentOf(far.readable, pauses),
          contentOf(near.readable, pauses),
          writeAll(near.writable, ...sent!),
          writeAll(far.writable, ...back!),
        ]);
        expect(Buffer.compare(got, Buffer.concat(sent!))).toBe(0);
        expect(Buffer.compare(gotBack, Buffer.concat(back!))).toBe(0);
        expect(await near.closed).toMatchObject({ code: 1000, wasClean: true });
        expect(await far.closed).toMatchObject({ code: 1000, wasClean: true });
      },
    ),
  );
});

test('what nobody reads is not taken', async () => {
  const { client, server } = connectBoth({ connectionWindow: 65_536, maxPendingBytes: 65_536 });
  const [near, far] = [toStreams(client), toStreams(server)];
  let taken = 0;
  const source = new ReadableStream<Uint8Array>(
    {
      pull(controller): void {
        taken += 10_000;
        controller.enqueue(pattern(10_000, taken));
      },
    },
    { highWaterMark: 0 },
  );
  const piped = source.pipeTo(near.writable as WritableStream<Uint8Array>).catch((error: unknown) => error);
  // It stands still when nothing more is asked for in many turns.
  let before = -1;
  while (taken !== before) {
    before = taken;
    await turns(50);
  }
  expect(taken).toBeLessThan(3 << 20);
  let read = 0;
  for await (const chunk of far.readable) {
    read += chunk.length;
    if (read > before + 1_000_000) break;
  }
  // Leaving the loop has cancelled the stream, and with it the connection.
  expect(await piped).toBeInstanceOf(ClosedError);
  expect(await near.closed).toMatchObject({ code: 1001 });
});

describe('an end that is none', () => {
  test('a peer that vanishes is an error of both, behind what has come', async () => {
    const { connection, peer } = connect();
    const { readable, writable, closed } = toStreams(connection);
    const reader = readable.getReader();
    const writer = writable.getWriter();
    peer.send([2, 'a']);
    peer.transport.destroy();
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    expect(String(Buffer.from((await reader.read()).value!))).toBe('a');
    await expect(reader.read()).rejects.toBeInstanceOf(ClosedError);
    await expect(writer.closed).rejects.toBeInstanceOf(ClosedError);
  });

  test.each([1001, 1011])('a Close with %d is one', async (code) => {
    const { connection, peer } = connect();
    const { readable, closed } = toStreams(connection);
    peer.close(code);
    await expect(contentOf(readable)).rejects.toThrow(`ended with ${code}`);
    expect(await closed).toMatchObject({ code });
  });

  test.each([
    ['cancel', 1001],
    ['abort', 1011],
  ] as const)('%s closes with %d', async (how, code) => {
    const { connection, peer } = connect();
    const { readable, writable, closed } = toStreams(connection);
    if (how === 'cancel') await readable.cancel();
    else await writable.abort(new Error('enough'));
    await peer.received(1);
    expect(Buffer.from(peer.frames[0]!.payload).readUInt16BE()).toBe(code);
    peer.close(code);
    expect(await closed).toMatchObject({ code });
  });

  test('a chunk that is neither a string nor bytes is refused, and is no end', async () => {
    const { connection, peer } = connect();
    const { writable, closed } = toStreams(connection);
    const writer = writable.getWriter();
    await expect(writer.write(5 as never)).rejects.toBeInstanceOf(TypeError);
    peer.transport.destroy();
    await closed;
    expect(peer.seen).toEqual([]);
  });
});

test('a peer that vanishes leaves no rejection that nobody has handled, when nobody listens', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  onTestFinished(() => void process.off('unhandledRejection', onUnhandled));
  const { connection, peer } = connect();
  const { readable, writable, closed } = toStreams(connection);
  readable.getReader();
  writable.getWriter();
  peer.transport.destroy();
  await closed;
  await turns(5);
  expect(unhandled).toEqual([]);
});

test('with halfClose: false the end closes the connection', async () => {
  const { connection, peer } = connect();
  const { readable, writable, closed } = toStreams(connection, { halfClose: false });
  await writeAll(writable, 'all', '');
  await peer.received(2);
  expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 8]);
  peer.send([2, ''], [1, 'rest']);
  peer.close();
  expect(String(await contentOf(readable))).toBe('rest');
  expect(await closed).toMatchObject({ code: 1000, wasClean: true });
});

test('wrong options are a ConfigError', () => {
  const { connection, peer } = connect();
  expect(() => toStreams(connection, { halfClose: 1 as never })).toThrow(ConfigError);
  expect(() => toStreams('x' as never)).toThrow(TypeError);
  peer.close();
});
