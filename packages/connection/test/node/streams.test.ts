import { computeAccept } from '@webson/handshake';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { MessageCancelledError } from '../../src/protocol/contract/errors.js';
import { concat, pattern } from '../support/frames.js';
import { expectNothingLeft, listen, portOf, RawClient, rejection, serveForTest, upgradeRequest } from './harness.js';

// Streams over real sockets: how they are agreed on, and messages on them.
expectNothingLeft();

interface Both {
  client: Connection;
  server: Connection;
  /** Resolves when both have ended. */
  ended: Promise<CloseInfo[]>;
}

async function open(options: ServeOptions, dialOptions: DialOptions): Promise<Both> {
  let onStarted!: (started: [Connection, Promise<CloseInfo>]) => void;
  const started = new Promise<[Connection, Promise<CloseInfo>]>((resolve) => {
    onStarted = resolve;
  });
  const { url } = await serveForTest({ pingInterval: 0, ...options }, (connection) => {
    onStarted([connection, connection.start()]);
  });
  const client = await dial(url, { pingInterval: 0, ...dialOptions });
  const [server, ended] = await started;
  return { client, server, ended: Promise.all([client.start(), ended]) };
}

async function close({ client, ended }: Both): Promise<void> {
  client.close();
  for (const info of await ended) expect(info).toMatchObject({ code: 1000, wasClean: true });
}

/** Sends bytes both ways, two messages at a time. */
async function exchange({ client, server }: Both): Promise<void> {
  const sent = [pattern(400_000, 1), pattern(300_000, 2)];
  server.onMessage(2, async (message, adapter) => {
    await adapter.dispatchReader(2, message.readIter());
  });
  const received: Uint8Array[] = [];
  const done = new Promise<void>((resolve) => {
    client.onMessage(2, async (message) => {
      received.push((await message.completed()).read());
      if (received.length === 2) resolve();
    });
  });
  await Promise.all(sent.map((content) => client.dispatchReader(2, [content.slice(0, 1000), content.slice(1000)])));
  await done;
  received.sort((a, b) => b.length - a.length);
  sent.forEach((content, i) => {
    expect(Buffer.compare(received[i]!, content)).toBe(0);
  });
}

const ON = { enableStreams: true };

describe('agreed at the handshake', () => {
  const cases: [string, ServeOptions, DialOptions, Record<string, string> | undefined][] = [
    [
      'both, as many streams as both allow, the server’s windows',
      { ...ON, maxStreams: 10, streamWindow: 5000, connectionWindow: 6000 },
      { ...ON, maxStreams: 20, streamWindow: 7000 },
      { 'max-streams': '10', window: '5000', 'connection-window': '6000' },
    ],
    [
      'fewer of the client',
      { ...ON, maxStreams: 10, streamWindow: false },
      { ...ON, maxStreams: 3 },
      { 'max-streams': '3' },
    ],
    ['no windows of the client', ON, { ...ON, streamWindow: false }, { 'max-streams': '1024' }],
    ['the client alone', {}, ON, undefined],
    ['the server alone', ON, {}, undefined],
  ];
  it.each(cases)('%s', async (_, options, dialOptions, expected) => {
    const both = await open(options, dialOptions);
    const extensions = expected === undefined ? {} : { 'webson-streams': expected };
    expect([both.client.extensions, both.server.extensions]).toEqual([extensions, extensions]);
    await exchange(both);
    await close(both);
  });

  it('with triggerOnStart, flow control, private masks and small windows', async () => {
    const shared: ServeOptions & DialOptions = {
      ...ON,
      triggerOnStart: true,
      streamWindow: 3000,
      connectionWindow: 5000,
      chunkSize: 4096,
      alwaysMask: true,
      privateMask: Uint8Array.from({ length: 16 }, (_, i) => i * 13 + 1),
    };
    const both = await open(shared, shared);
    await exchange(both);
    await close(both);
  });

  it('with compression: no context is taken over, and that comes first', async () => {
    const shared = { ...ON, enableCompress: true };
    const both = await open(shared, shared);
    expect(Object.keys(both.client.extensions)).toEqual(['permessage-deflate', 'webson-streams']);
    expect(both.client.extensions['permessage-deflate']).toMatchObject({
      server_no_context_takeover: true,
      client_no_context_takeover: true,
    });
    const texts = Array.from({ length: 20 }, (_, i) => `${i} ${'compressible '.repeat(i * 2000)}`);
    const received = new Set<string>();
    const done = new Promise<void>((resolve) => {
      both.server.onMessage(1, (message) => {
        received.add(message.text());
        if (received.size === texts.length) resolve();
      });
    });
    for (const text of texts) both.client.dispatch(1, text);
    await done;
    expect(received).toEqual(new Set(texts));
    await exchange(both);
    await close(both);
  });

  it('the order does not depend on that of the offer', async () => {
    const server = await serveForTest({ ...ON, streamWindow: false, enableCompress: true, pingInterval: 0 });
    const offer = 'webson-streams; max-streams=5, permessage-deflate';
    const raw = RawClient.to(portOf(server), upgradeRequest(`Sec-WebSocket-Extensions: ${offer}\r\n`));
    const head = await raw.head();
    expect(head).toMatch(/permessage-deflate.*no_context_takeover.*, ?webson-streams; ?max-streams=5\r\n/);
    expect(head).toContain('server_no_context_takeover');
  });

  it.each(['webson-streams', 'webson-streams; max-streams=0', 'webson-streams; max-streams=5; window=x'])(
    '400 for %s',
    async (offer) => {
      const server = await serveForTest(ON);
      const raw = RawClient.to(portOf(server), upgradeRequest(`Sec-WebSocket-Extensions: ${offer}\r\n`));
      expect(await raw.head()).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it.each([
    'webson-streams',
    'webson-streams; max-streams=99999',
    'webson-streams; max-streams=5; window=10; window=10',
  ])('a client fails for %s', async (answer) => {
    const server = await listen((socket) => {
      socket.once('data', (request: Buffer) => {
        const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(request.toString('latin1'))?.[1] ?? '';
        socket.write(
          'HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
            `Sec-WebSocket-Accept: ${computeAccept(key)}\r\nSec-WebSocket-Extensions: ${answer}\r\n\r\n`,
        );
      });
    });
    const error = await rejection(dial(`127.0.0.1:${server.port}`, ON));
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'BAD_EXTENSIONS' });
  });
});

it('one message is stopped by its reader, one given up by its sender, a third arrives', async () => {
  const shared = { ...ON, triggerOnStart: true };
  const both = await open(shared, shared);
  const { client, server } = both;
  const cancelled: unknown[] = [];
  const third = new Promise<Uint8Array>((resolve) => {
    server.onMessage(2, async (message) => {
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of message.readIter()) {
          chunks.push(chunk);
          if (chunks[0]?.[0] === 1) return;
        }
        resolve(concat(chunks));
      } catch (error) {
        cancelled.push(error);
      }
    });
  });
  const endless = async function* (first: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield new Uint8Array(5000).fill(first);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const abort = new AbortController();
  const stopped = rejection(client.dispatchReader(2, endless(1)));
  const aborted = rejection(client.dispatchReader(2, endless(2), { signal: abort.signal }));
  const content = pattern(2_000_000);
  content[0] = 3;
  const sent = client.dispatchReader(2, [content]);
  expect(await stopped).toBeInstanceOf(MessageCancelledError);
  abort.abort();
  expect(await aborted).toMatchObject({ name: 'AbortError' });
  await sent;
  expect(Buffer.compare(await third, content)).toBe(0);
  expect(cancelled).toEqual([expect.any(MessageCancelledError)]);
  await close(both);
});

it('passes large messages both ways, though one side has more queued than it may read behind', async () => {
  const large = pattern(16 * 1024 * 1024, 1);
  const both = await open(ON, { ...ON, triggerOnStart: true });
  const { client, server } = both;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const got = { up: 0, down: 0 };
  const add = (what: 'up' | 'down'): void => {
    got[what]++;
    if (got.up === 2 && got.down === 2) finish();
  };
  server.onMessage(2, (message) => {
    expect(Buffer.compare(message.read(), large)).toBe(0);
    add('up');
  });
  client.onMessage(2, async (message) => {
    let length = 0;
    for await (const piece of message.readIter()) {
      length += piece.length;
      // The client reads more slowly than it sends.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(length).toBe(large.length);
    add('down');
  });
  for (let i = 0; i < 2; i++) server.dispatch(2, large);
  for (let i = 0; i < 2; i++) void client.dispatchReader(2, piecesOf(large));
  await finished;
  await close(both);
});

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}
