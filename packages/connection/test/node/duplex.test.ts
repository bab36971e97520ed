import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { FakeClock } from '@webson/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import { type DuplexOptions, duplexOver, toDuplex } from '../../src/node/duplex.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { ClosedError, ConfigError } from '../../src/protocol/contract/errors.js';
import { useClock } from '../../src/time/clock.js';
import { cleanUpConnections, connect, connectBoth, deferred } from '../support/connections.js';
import { pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { collectWarnings } from '../support/warnings.js';
import { cleanUp, expectNothingLeft, serveForTest, TLS } from './harness.js';

/** Options of both sides. */
type BothOptions = ConnectionOptions & Pick<ServeOptions, 'tls'>;

cleanUpConnections();
expectNothingLeft();

/** The two ends of a connection over real sockets, as Duplexes. */
interface Ends {
  client: Connection;
  server: Connection;
  near: Duplex;
  far: Duplex;
}

async function open(options: BothOptions = {}, duplexOptions: DuplexOptions = {}): Promise<Ends> {
  const accepted = deferred<[Connection, Duplex]>();
  const running = await serveForTest(options, (connection) => {
    accepted.resolve([connection, toDuplex(connection, duplexOptions)]);
  });
  const { tls, ...rest } = options;
  const client = await dial(running.url, { ...rest, ...(tls === undefined ? {} : { tls: { ca: TLS.cert } }) });
  const near = toDuplex(client, duplexOptions);
  const [server, far] = await accepted.promise;
  cleanUp(() => {
    near.destroy();
    far.destroy();
  });
  return { client, server, near, far };
}

/** Resolves when it has closed, with or without an error. */
function closed(duplex: Duplex): Promise<unknown> {
  return duplex.closed ? Promise.resolve() : new Promise((resolve) => duplex.once('close', resolve));
}

async function textOf(duplex: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of duplex.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const variants: [string, BothOptions][] = [
  ['plain', {}],
  ['TLS', { tls: TLS }],
  ['streams', { enableStreams: true }],
  ['compression', { enableCompress: { threshold: 0, contextTakeover: true } }],
  ['streams and compression', { enableStreams: true, enableCompress: true }],
  ['private mask', { privateMask: randomBytes(16) }],
  ['go', { dialect: 'go' }],
  ['go with streams', { dialect: 'go', enableStreams: true }],
];

describe.each(variants)('%s', (_, options) => {
  test('each side ends by itself, and then the connection is closed with 1000', async () => {
    const { client, server, near, far } = await open(options);
    near.end('question');
    expect(await textOf(far)).toBe('question');
    expect(server.closeInfo).toBeUndefined();
    far.write('an ');
    far.end('answer');
    expect(await textOf(near)).toBe('an answer');
    await Promise.all([once(near, 'close'), once(far, 'close')]);
    expect(client.closeInfo).toMatchObject({ code: 1000, wasClean: true });
    expect(server.closeInfo).toMatchObject({ code: 1000, wasClean: true });
  });

  test('HTTP runs over it', async () => {
    const http = createServer((incoming, response) => {
      expect(incoming.url).toBe('/path');
      incoming.pipe(response);
    });
    cleanUp(() => http.close());
    const { near, far } = await open(options);
    http.emit('connection', far);
    const outgoing = request({ method: 'POST', path: '/path', createConnection: () => near });
    const body = pattern(300_000);
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [Readable];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0);
    near.destroy();
    await closed(far);
  });

  test('a TLS session runs over it', async () => {
    const { near, far } = await open(options);
    const secureServer = new TLSSocket(far, { isServer: true, key: TLS.key, cert: TLS.cert });
    const secureClient = connectTls({ socket: near, ca: TLS.cert, host: 'localhost' });
    await once(secureClient, 'secureConnect');
    const body = randomBytes(200_000);
    secureClient.end(body);
    const chunks: Buffer[] = [];
    for await (const chunk of secureServer.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
    expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0);
    secureServer.end('all there');
    const answer: Buffer[] = [];
    for await (const chunk of secureClient) answer.push(chunk as Buffer);
    expect(Buffer.concat(answer).toString()).toBe('all there');
  });
});

test.each<[string, BothOptions]>([
  ['plain', {}],
  ['streams', { enableStreams: true }],
])('64 MiB come through a pipeline as they were sent: %s', async (_, options) => {
  const { near, far } = await open(options);
  const block = randomBytes(1 << 20);
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  const source = function* (): Generator<Buffer> {
    for (let i = 0; i < 64; i++) {
      block.writeUInt32BE(i);
      const copy = Buffer.from(block);
      sent.update(copy);
      yield copy;
    }
  };
  let length = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      length += chunk.length;
      received.update(chunk);
      done();
    },
  });
  far.end();
  await Promise.all([pipeline(Readable.from(source()), near), pipeline(far, sink)]);
  expect(length).toBe(64 << 20);
  expect(received.digest('hex')).toBe(sent.digest('hex'));
});

describe('back-pressure', () => {
  test.each<[string, ConnectionOptions]>([
    ['plain', {}],
    ['streams', { enableStreams: true }],
  ])('what nobody reads is not taken: %s', async (_, options) => {
    const { client, server } = connectBoth({ connectionWindow: 65_536, maxPendingBytes: 65_536, ...options });
    const [near, far] = [toDuplex(client), toDuplex(server)];
    let taken = 0;
    const source = new Readable({
      read(): void {
        taken += 10_000;
        this.push(pattern(10_000, taken));
      },
    });
    source.pipe(near);
    // It stands still when nothing more is asked for in many turns.
    let before = -1;
    while (taken !== before) {
      before = taken;
      await turns(50);
    }
    expect(taken).toBeLessThan(3 << 20);
    // It goes on when it is read.
    let read = 0;
    for await (const chunk of far) {
      read += (chunk as Buffer).length;
      if (read > before + 5_000_000) break;
    }
    source.destroy();
    near.destroy();
  });

  test('write returns false, and drain follows', async () => {
    const { near, far } = await open({}, { highWaterMark: 1000 });
    expect(near.write(pattern(5000))).toBe(false);
    await once(near, 'drain');
    near.end();
    far.end();
    let length = 0;
    for await (const chunk of far) length += (chunk as Buffer).length;
    expect(length).toBe(5000);
    near.resume();
    await once(near, 'close');
  });
});

// A loop over a stream asks for more in a promise of its own, which may come between that of the bytes and what follows from it.
test.each([2, 3, 4])('a reader that asks for more %i promises after the bytes gets more', async (ticks) => {
  const pieces = [pattern(64), pattern(64), undefined];
  const got: Uint8Array[] = [];
  const ended = deferred<void>();
  const take = (): void => {
    for (let bytes = duplex.read() as Uint8Array | null; bytes !== null; bytes = duplex.read()) got.push(bytes);
  };
  const ends = {
    over: new Promise<never>(() => {}),
    isOver: false,
    read: () => {
      const piece = Promise.resolve(pieces.shift());
      let later: Promise<unknown> = piece;
      for (let tick = 1; tick < ticks; tick++) later = later.then(() => {});
      void later.then(take);
      return piece;
    },
    write: () => undefined,
    end: async () => {},
    abort: () => {},
  };
  const duplex = duplexOver(ends, { allowHalfOpen: true, highWaterMark: 64 }, () => {});
  duplex.on('end', ended.resolve);
  duplex.read(0);
  for (let turn = 0; turn < 20 && pieces.length > 0; turn++) await turns(1);
  expect(pieces).toEqual([]);
  await ended.promise;
  expect(Buffer.concat(got)).toEqual(Buffer.concat([pattern(64), pattern(64)]));
});

describe('the messages', () => {
  test('an empty write is no end, a large one is cut, the end is an empty message', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    duplex.write('');
    duplex.write(Buffer.alloc(0));
    duplex.write(pattern(40_000));
    duplex.end();
    await peer.received(4);
    expect(peer.frames.map(({ opcode, payload }) => [opcode, payload.length])).toEqual([
      [2, 16_384],
      [2, 16_384],
      [2, 40_000 - 32_768],
      [2, 0],
    ]);
    duplex.destroy();
    peer.close();
  });

  test('text is read as its UTF-8, an empty text is nothing, and so is a fragmented empty message the end', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    peer.send(
      [1, 'ä€'],
      [1, ''],
      [2, 'b', false],
      [0, '', false],
      [0, 'c'],
      [1, '', false],
      [0, ''],
      [2, '', false],
      [0, ''],
    );
    expect(await textOf(duplex)).toBe('ä€bc');
    duplex.end();
    await peer.received(2);
    // The answer to the ping behind the end says that everything was received.
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 9]);
    peer.send([10, peer.frames[1]!.payload]);
    await peer.received(3);
    peer.close();
    await once(duplex, 'close');
    expect(connection.closeInfo).toMatchObject({ code: 1000, wasClean: true });
  });

  test('a pong for something else asks again', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    duplex.end();
    peer.send([2, '']);
    duplex.resume();
    await peer.received(2);
    peer.send([10, 'another']);
    await peer.received(3);
    expect(peer.frames[2]!.payload).toEqual(peer.frames[1]!.payload);
    expect(connection.closeInfo).toBeUndefined();
    peer.send([10, peer.frames[2]!.payload]);
    await peer.received(4);
    expect(peer.frames[3]!.opcode).toBe(8);
    peer.close();
    await once(duplex, 'close');
  });

  test('bytes behind the end are an error', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    const failed = once(duplex, 'error');
    peer.send([2, 'a'], [2, ''], [2, 'b']);
    expect(await textOf(duplex)).toBe('a');
    await peer.received(1);
    expect([...peer.frames[0]!.payload.subarray(0, 2)]).toEqual([3, 240]);
    peer.close(1008);
    duplex.write('too late');
    expect((await failed)[0]).toBeInstanceOf(ClosedError);
  });

  test('the closing handshake does not begin before the peer has read everything', async () => {
    const { near, far, client } = await open({ timeout: { close: 50 } });
    far.end();
    near.resume();
    const length = 8 << 20;
    near.end(pattern(length));
    let read = 0;
    for await (const chunk of far) {
      // Until there is nothing left on the way but the Close, that would take longer than it may.
      if (read < length / 2) await turns(2);
      read += (chunk as Buffer).length;
    }
    expect(read).toBe(length);
    await finished(near);
    expect(client.closeInfo).toMatchObject({ code: 1000, wasClean: true });
  });
});

describe('an end that is none', () => {
  test('a peer that vanishes destroys it, behind what has come', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    peer.send([2, 'a'], [2, 'b']);
    peer.transport.destroy();
    const chunks: string[] = [];
    await expect(
      (async () => {
        for await (const chunk of duplex) chunks.push(String(chunk));
      })(),
    ).rejects.toBeInstanceOf(ClosedError);
    expect(chunks.join('')).toBe('ab');
    expect(duplex.destroyed).toBe(true);
  });

  test('it is noticed although nobody reads', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    peer.transport.destroy();
    const [error] = await once(duplex, 'error').then(
      (all) => all as [Error],
      (thrown: Error) => [thrown],
    );
    expect(error).toBeInstanceOf(ClosedError);
  });

  test.each([1001, 1011, 4000])('a Close with %d is one', async (code) => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    peer.send([2, 'a']);
    peer.close(code);
    await expect(textOf(duplex)).rejects.toThrow(`ended with ${code}`);
  });

  test.each([
    [undefined, 1001],
    [new Error('enough'), 1011],
  ])('destroy(%o) closes with %d', async (error, code) => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    duplex.on('error', () => {});
    duplex.write('x');
    await turns(2);
    duplex.destroy(error);
    await peer.received(2);
    expect(peer.frames[1]).toMatchObject({ opcode: 8 });
    expect(Buffer.from(peer.frames[1]!.payload).readUInt16BE()).toBe(code);
    peer.close(code);
    await turns(3);
    expect(connection.closeInfo).toMatchObject({ code });
  });

  test('what is written after the end of the connection fails', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    peer.close();
    await turns(3);
    const failed = once(duplex, 'error');
    duplex.write('x');
    expect((await failed)[0]).toBeInstanceOf(ClosedError);
  });
});

test('what becomes of the connection behind both ends is no error', async () => {
  const { connection, peer } = connect();
  const duplex = toDuplex(connection);
  duplex.end('x');
  peer.send([2, '']);
  duplex.resume();
  await peer.received(3);
  peer.transport.destroy();
  await once(duplex, 'close');
  expect(duplex.errored).toBe(null);
  expect(connection.closeInfo?.code).toBe(1006);
});

describe('an error that nobody listens to does not end the process', () => {
  test('a peer that vanishes while a pipe reads: onError of the connection hears it', async () => {
    const { client, near, server } = await open();
    const heard = deferred<Error>();
    client.onError(heard.resolve);
    near.pipe(new Writable({ write: (_chunk, _encoding, done) => done() }));
    near.resume();
    server.terminate();
    expect(await heard.promise).toBeInstanceOf(ClosedError);
  });

  test('without onError nobody is warned of a peer that vanishes', async () => {
    const warnings = collectWarnings();
    const { near, server } = await open();
    const ended = closed(near.resume());
    server.terminate();
    await ended;
    await turns(2);
    expect(warnings).toEqual([]);
  });

  test('of the server, onError of the server hears it', async () => {
    const heard = deferred<[Error, unknown]>();
    const running = await serveForTest({ onError: (...all) => heard.resolve(all as never) }, (connection) => {
      toDuplex(connection).resume();
    });
    const client = await dial(running.url);
    client.onReady((adapter) => adapter.terminate());
    await client.start();
    expect((await heard.promise)[0]).toBeInstanceOf(ClosedError);
  });

  test('an error of the application is a warning', async () => {
    const warnings = collectWarnings();
    const { near } = await open();
    near.destroy(new Error('mine'));
    await closed(near);
    await turns(2);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['WEBSON_UNHEARD_ERROR', 'no onError has heard what was thrown in a handler: Error: mine'],
    ]);
  });

  test('with a listener of somebody else it is his alone', async () => {
    const { client, near, server } = await open();
    const heard: Error[] = [];
    client.onError((error) => heard.push(error));
    const error = once(near, 'error');
    near.resume();
    server.terminate();
    expect((await error)[0]).toBeInstanceOf(ClosedError);
    await turns(2);
    expect(heard).toEqual([]);
  });
});

describe('a Close of the peer with 1000', () => {
  test('is the end of what is read, and an idle Duplex closes', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    peer.send([2, 'all']);
    peer.close();
    expect(await textOf(duplex)).toBe('all');
    await once(duplex, 'close');
    expect(duplex.errored).toBe(null);
  });

  test('may be answered by end()', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection, { allowHalfOpen: false });
    const isDone = finished(duplex);
    peer.close();
    duplex.resume();
    await isDone;
    expect(duplex.writableFinished).toBe(true);
  });
});

describe('halfClose: false', () => {
  test('end() closes the connection, behind everything', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection, { halfClose: false });
    duplex.end('all');
    await peer.received(2);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 8]);
    // What the peer sends before its Close can be read.
    peer.send([2, ''], [2, 'rest']);
    peer.close();
    expect(await textOf(duplex)).toBe('rest');
    await once(duplex, 'close');
  });

  test('the Close is the end, empty messages mean nothing', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection, { halfClose: false });
    peer.send([2, 'a'], [2, ''], [1, ''], [1, 'b']);
    peer.close();
    expect(await textOf(duplex)).toBe('ab');
    await once(duplex, 'close');
  });
});

describe('wrong calls', () => {
  test('two at a time, or beside a loop', async () => {
    const { connection, peer } = connect();
    const duplex = toDuplex(connection);
    expect(() => toDuplex(connection)).toThrow(expect.objectContaining({ code: 'ALREADY_READ' }));
    expect(() => connection[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: 'ALREADY_READ' }));
    duplex.destroy();
    peer.close();
  });

  test('a connection that is over', async () => {
    const { connection, peer } = connect();
    connection.close();
    expect(() => toDuplex(connection)).toThrow(ClosedError);
    peer.close();
    const other = connect();
    const ended = other.connection.start();
    other.peer.close();
    await ended;
    expect(() => toDuplex(other.connection)).toThrow(ClosedError);
  });

  test('what is no connection, and options that are wrong', () => {
    expect(() => toDuplex({} as never)).toThrow(TypeError);
    const { connection, peer } = connect();
    expect(() => toDuplex(connection, { halfClose: 'no' as never })).toThrow(ConfigError);
    expect(() => toDuplex(connection, { halfclose: false } as never)).toThrow(/halfClose/);
    peer.close();
  });
});

/** What one side does: it writes so many bytes, or lets the loop turn. */
const steps = fc.array(
  fc.oneof(
    fc.record({ write: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 100_000 })) }),
    fc.record({ pause: fc.integer({ min: 1, max: 4 }) }),
  ),
  { maxLength: 15 },
);
const end = fc.constantFrom('end', 'destroy');
const side = fc.record({ steps, end, readPauses: fc.integer({ min: 0, max: 3 }) });

type Side = { steps: ({ write: number } | { pause: number })[]; end: string; readPauses: number };

async function act(duplex: Duplex, { steps: all, end: how }: Side, seed: number): Promise<Buffer> {
  const sent: Uint8Array[] = [];
  for (const [i, each] of all.entries()) {
    if (duplex.destroyed) break;
    if ('pause' in each) await turns(each.pause);
    else {
      const bytes = pattern(each.write, seed + i);
      sent.push(bytes);
      if (!duplex.write(bytes) && !duplex.destroyed)
        await Promise.race([new Promise((resolve) => duplex.once('drain', resolve)), closed(duplex)]);
    }
  }
  if (how === 'end') duplex.end();
  else duplex.destroy();
  return Buffer.concat(sent);
}

async function readAll(duplex: Duplex, { readPauses }: Side): Promise<{ bytes: Buffer; hasEnded: boolean }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of duplex.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      await turns(readPauses);
    }
    return { bytes: Buffer.concat(chunks), hasEnded: true };
  } catch {
    return { bytes: Buffer.concat(chunks), hasEnded: false };
  }
}

describe.each([
  ...variants,
  ['tiny bounds', { maxPendingBytes: 65_536, highWaterMark: 1000 }] as [string, BothOptions],
])('%s, whatever both sides do', (_, options) => {
  propertyTest(
    'each gets what the other has written before its end, and knows when there was none',
    8,
    fc.asyncProperty(side, side, async (left, right) => {
      const { near, far } = await open(options);
      near.on('error', () => {});
      far.on('error', () => {});
      const [sentLeft, sentRight, gotRight, gotLeft] = await Promise.all([
        act(near, left, 1),
        act(far, right, 1000),
        readAll(far, right),
        readAll(near, left),
      ]);
      const isClean = left.end === 'end' && right.end === 'end';
      for (const [sent, got, from] of [
        [sentLeft, gotRight, left],
        [sentRight, gotLeft, right],
      ] as const) {
        if (isClean) expect(got.hasEnded).toBe(true);
        if (got.hasEnded) expect(from.end).toBe('end');
        if (got.hasEnded) expect(Buffer.compare(got.bytes, sent)).toBe(0);
        else expect(Buffer.compare(got.bytes, sent.subarray(0, got.bytes.length))).toBe(0);
      }
      await Promise.all([near, far].map(closed));
    }),
  );
});

describe('what HTTP wants of a socket', () => {
  test('an agent keeps it for further requests', async () => {
    const pages = createServer((_request, response) => response.end('a page'));
    const { url } = await serveForTest({}, (connection) => pages.emit('connection', toDuplex(connection)));
    let dialled = 0;
    class Dialling extends Agent {
      override createConnection(
        _options: unknown,
        onSocket?: (error: Error | null, stream: Duplex) => void,
      ): undefined {
        dialled++;
        void dial(url).then((connection) => onSocket?.(null, toDuplex(connection)));
      }
    }
    const agent = new Dialling({ keepAlive: true, maxSockets: 1, timeout: 60_000 });
    cleanUp(() => agent.destroy());
    for (let i = 0; i < 3; i++) {
      const [response] = await once(request({ path: '/', agent }).end(), 'response');
      expect(Buffer.concat(await response.toArray()).toString()).toBe('a page');
    }
    expect(dialled).toBe(1);
  });

  test('a request that is not answered in time', async () => {
    const { near } = await open();
    const asking = request({ path: '/', createConnection: () => near });
    asking.setTimeout(20).end();
    await once(asking, 'timeout');
    const failed = once(asking, 'error');
    asking.destroy();
    await failed;
  });
});

test('timeout is emitted when nothing was read or written for so long, again after the next bytes, and not after the end', async () => {
  const clock = new FakeClock();
  const giveBack = clock.install(useClock);
  try {
    const { client, server } = connectBoth({ pingInterval: 0 });
    const [near, far] = [toDuplex(client), toDuplex(server)] as (Duplex & Pick<Socket, 'setTimeout'>)[];
    let count = 0;
    near!.on('timeout', () => count++);
    far!.resume();
    near!.resume();
    near!.setTimeout(100);
    await clock.advance(90);
    near!.write('x');
    await turns(3);
    await clock.advance(90);
    far!.write('y');
    await turns(3);
    await clock.advance(90);
    expect(count).toBe(0);
    await clock.advance(20);
    expect(count).toBe(1);
    await clock.advance(1000);
    expect(count).toBe(1);
    near!.write('x');
    await turns(3);
    await clock.advance(110);
    expect(count).toBe(2);
    const before = clock.pending;
    near!.setTimeout(100);
    expect(clock.pending).toBe(before + 1);
    near!.setTimeout(0);
    expect(clock.pending).toBe(before);
    near!.setTimeout(100);
    near!.destroy();
    await Promise.all([closed(near!), closed(far!.on('error', () => {}))]);
    await clock.advance(1000);
    expect(count).toBe(2);
  } finally {
    giveBack();
  }
});
