import { createHash, randomBytes } from 'node:crypto';
import { TcpProxy } from '@webson/testing/tcp';
import fc from 'fast-check';
import { WebSocket } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../src/connection.js';
import { encodeParameters } from '../../../src/inner/parameters.js';
import { dial as dialNode } from '../../../src/node/client/dial.js';
import type { ServeOptions } from '../../../src/node/server/serve.js';
import type { CloseInfo } from '../../../src/protocol/close-info.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { Status } from '../../../src/status.js';
import { type DialOptions, dial } from '../../../src/web/client/dial.js';
import { cleanUp, listen, serveForTest } from '../../node/harness.js';

// undici's WebSocket is the one that Node has as a global from 22 on. A WebSocketStream that works is in Chromium only: see
// tooling/browsers.
const globals = globalThis as { WebSocket?: unknown };
const before = globals.WebSocket;

afterEach(() => {
  vi.unstubAllGlobals();
  globals.WebSocket = before;
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Collects the messages of a connection. */
class Inbox {
  readonly messages: (string | Uint8Array)[] = [];
  #wake: (() => void) | undefined;

  constructor(connection: Connection) {
    connection.onMessage(1, (message) => this.#push(message.text()));
    connection.onMessage(2, (message) => this.#push(message.read()));
  }

  async until(count: number): Promise<(string | Uint8Array)[]> {
    while (this.messages.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.messages;
  }

  #push(message: string | Uint8Array): void {
    this.messages.push(message);
    this.#wake?.();
  }
}

/** How a connection of a server has ended. */
function endOf(ws: Connection): Promise<CloseInfo> {
  return new Promise((resolve) => {
    ws.onStatus(Status.Closed, () => {
      if (ws.closeInfo !== undefined) resolve(ws.closeInfo);
    });
  });
}

async function echoServer(options: ServeOptions = {}): Promise<string> {
  const server = await serveForTest(options, (ws) => {
    for (const type of [1, 2, 3]) ws.onMessage(type, (message, adapter) => void adapter.dispatch(type, message.read()));
  });
  return server.url;
}

describe('over a WebSocket', () => {
  beforeEach(() => {
    globals.WebSocket = WebSocket;
  });

  async function dialled(url: string, options?: DialOptions): Promise<Connection> {
    const connection = await dial(url, options);
    cleanUp(() => connection.close());
    return connection;
  }

  test('with a server of this kit that has streams there is all that there is elsewhere', async () => {
    const url = await echoServer({ enableStreams: true, protocols: 'chat', maxStreams: 7 });
    const ws = await dialled(url, { enableStreams: true, protocols: ['other', 'chat'], pingInterval: 20 });
    expect(ws.protocol).toBe('chat');
    expect(ws.extensions).toEqual({
      'webson-streams': { 'max-streams': '7', window: '1048576', 'connection-window': '4194304' },
    });
    expect(ws.url).toBe(url);
    const inbox = new Inbox(ws);
    const third = new Promise((resolve) => ws.onMessage(3, (message) => resolve(message.text())));
    const pong = new Promise<void>((resolve) => ws.onMessage(10, () => resolve()));
    const ended = ws.start();
    ws.dispatch(1, 'häll\u0000o');
    ws.dispatch(3, 'third');
    const large = randomBytes(3_000_000);
    await ws.dispatchReader(2, [large.subarray(0, 1_000_000), large.subarray(1_000_000)]);
    const [text, bytes] = await inbox.until(2);
    expect(text).toBe('häll\u0000o');
    expect(sha256(bytes as Uint8Array)).toBe(sha256(large));
    expect(await third).toBe('third');
    await pong;
    ws.close(4000, 'bye');
    expect(await ended).toEqual({ code: 4000, reason: 'bye', wasClean: true });
  });

  test('the server knows what it has let in', async () => {
    const asked: (readonly string[])[] = [];
    const server = await serveForTest(
      {
        enableStreams: true,
        authorize: ({ url }) => ({ user: url.searchParams.get('user') }),
        protocols: (offered) => {
          asked.push(offered);
          return offered.at(-1);
        },
      },
      (ws) => {
        ws.onMessage(1, (_message, adapter) => void adapter.dispatch(1, `${ws.data.user} ${ws.protocol}`));
      },
    );
    const ws = await dialled(`${server.url}?user=ada`, { enableStreams: true, protocols: ['v1', 'v2'] });
    const inbox = new Inbox(ws);
    void ws.start();
    ws.dispatch(1, 'who');
    expect(await inbox.until(1)).toEqual(['ada v2']);
    expect([ws.protocol, ws.url]).toEqual(['v2', `${server.url}?user=***`]);
    expect(asked).toEqual([['v1', 'v2']]);
  });

  test('a server that takes none of the sub-protocols fails the attempt, unless that does not matter', async () => {
    const url = await echoServer({ enableStreams: true });
    await expect(dial(url, { enableStreams: true, protocols: 'chat' })).rejects.toMatchObject({ code: 'NO_PROTOCOL' });
    const ws = await dialled(url, { enableStreams: true, protocols: 'chat', requireProtocol: false });
    expect([ws.protocol, Object.keys(ws.extensions)]).toEqual(['', ['webson-streams']]);
  });

  test('without streams, messages pass as they are', async () => {
    const ws = await dialled(await echoServer({ enableStreams: true }));
    const inbox = new Inbox(ws);
    const ended = ws.start();
    ws.dispatch(1, 'häll\u0000o');
    ws.dispatch(2, new Uint8Array(0));
    const large = randomBytes(300_000);
    ws.dispatch(2, large);
    await ws.dispatchReader(1, ['in ', 'pieces ', '€']);
    const [text, empty, bytes, pieces] = await inbox.until(4);
    expect([text, empty, pieces]).toEqual(['häll\u0000o', new Uint8Array(0), 'in pieces €']);
    expect(sha256(bytes as Uint8Array)).toBe(sha256(large));
    ws.close(4000, 'bye');
    expect(await ended).toEqual({ code: 4000, reason: 'bye', wasClean: true });
  });

  test('a Close that the platform has answered is clean, although a handler is still busy', async () => {
    const server = await serveForTest({}, (ws) => {
      ws.onReady((adapter) => {
        adapter.dispatch(1, 'last');
        adapter.close(4001, 'enough');
      });
    });
    const ws = await dialled(server.url);
    ws.onMessage(1, () => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(await ws.start()).toEqual({ code: 4001, reason: 'enough', wasClean: true });
  });

  test('with a server that does not know the inner protocol, messages pass as they are', async () => {
    const ws = await dialled(await echoServer({ protocols: 'chat' }), { enableStreams: true, protocols: 'chat' });
    expect(ws.protocol).toBe('chat');
    expect(ws.extensions).toEqual({});
    const inbox = new Inbox(ws);
    void ws.start();
    ws.dispatch(1, 'plain');
    expect(await inbox.until(1)).toEqual(['plain']);
    const impossible = { code: 'NO_INNER_PROTOCOL' };
    expect(() => ws.dispatch(3, 'x')).toThrow(expect.objectContaining(impossible));
    expect(() => ws.ping()).toThrow(expect.objectContaining(impossible));
    expect(() => ws.keepPing(1000, 100)).toThrow(expect.objectContaining(impossible));
    await expect(ws.dispatchReader(5, ['x'])).rejects.toMatchObject(impossible);
    ws.keepPing(0, 0);
  });

  test('a server that takes no sub-protocol at all is dialled once more without the inner protocol', async () => {
    const ws = await dialled(await echoServer(), { enableStreams: true });
    const inbox = new Inbox(ws);
    void ws.start();
    ws.dispatch(1, 'plain');
    expect(await inbox.until(1)).toEqual(['plain']);
  });

  test.each([false, true])('how the server closes is told (streams: %s)', async (enableStreams) => {
    const server = await serveForTest({ enableStreams }, (ws) => {
      ws.onMessage(1, (_message, adapter) => adapter.close(4321, 'tschüß'));
    });
    const ws = await dialled(server.url, { enableStreams });
    const ended = ws.start();
    ws.dispatch(1, 'go');
    expect(await ended).toEqual({ code: 4321, reason: 'tschüß', wasClean: true });
  });

  test.each([false, true])('a server that vanishes is 1006 (streams: %s)', async (enableStreams) => {
    const { port } = new URL(await echoServer({ enableStreams }));
    const proxy = await TcpProxy.listen({ target: { port: Number(port) } });
    cleanUp(() => proxy.close());
    const ws = await dialled(`ws://127.0.0.1:${proxy.port}/`, { enableStreams });
    const inbox = new Inbox(ws);
    const ended = ws.start();
    ws.dispatch(1, 'there');
    await inbox.until(1);
    await proxy.close();
    expect(await ended).toMatchObject({ code: 1006, wasClean: false });
  });

  test('can be dialled again, with the same handlers', async () => {
    const ws = await dialled(await echoServer({ enableStreams: true }), { enableStreams: true });
    const inbox = new Inbox(ws);
    const first = ws.start();
    ws.dispatch(1, 'one');
    await inbox.until(1);
    ws.close();
    await first;
    const second = ws.restart();
    await new Promise<void>((resolve) => ws.onStatus(0, () => resolve()));
    ws.dispatch(1, 'two');
    expect(await inbox.until(2)).toEqual(['one', 'two']);
    ws.close();
    await second;
  });

  test('a server that knows the inner protocol no more is sent no pings, which could not be answered', async () => {
    const old = await serveForTest({ enableStreams: true });
    const ws = await dialled(old.url, { enableStreams: true, pingInterval: 1, timeout: { pong: 1 } });
    const first = ws.start();
    await old.close();
    await first;
    const port = Number(new URL(old.url).port);
    await echoServer({ port });
    const statuses: number[] = [];
    ws.onStatus(2, () => void statuses.push(2));
    const inbox = new Inbox(ws);
    const ready = new Promise<void>((resolve) => ws.onStatus(0, () => resolve()));
    const second = ws.restart();
    await ready;
    for (let i = 1; i <= 20; i++) {
      ws.dispatch(1, 'again');
      await inbox.until(i);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(statuses).toEqual([]);
    ws.close();
    await second;
  });

  test('an attempt to dial again that is given up ends at once', async () => {
    const { port } = new URL(await echoServer({ enableStreams: true }));
    const proxy = await TcpProxy.listen({ target: { port: Number(port) } });
    cleanUp(() => proxy.close());
    const ws = await dialled(`ws://127.0.0.1:${proxy.port}/`, { enableStreams: true });
    const first = ws.start();
    ws.close();
    await first;
    const held = new Promise<void>((resolve) => {
      proxy.onLink((link) => {
        link.swallow('down');
        resolve();
      });
    });
    const again = ws.restart();
    await held;
    ws.close();
    await expect(again).rejects.toMatchObject({ code: 'CLOSED' });
    await expect.poll(() => [...proxy.links].length).toBe(0);
  });

  test('nobody there, an abort, and a server that does not answer are told apart', async () => {
    const silent = await listen(() => {});
    const url = `ws://127.0.0.1:${silent.port}/`;
    await expect(dial(url, { timeout: { handshake: 50 } })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const signal = AbortSignal.abort(new Error('not now'));
    await expect(dial(url, { signal })).rejects.toThrow('not now');
    const later = new AbortController();
    const dialling = dial(url, { signal: later.signal });
    later.abort(new Error('no more'));
    await expect(dialling).rejects.toThrow('no more');
    const closed = await serveForTest({});
    await closed.close();
    await expect(dial(closed.url)).rejects.toMatchObject({ code: 'CONNECT_FAILED', name: 'HandshakeError' });
  });

  test.each([
    ['many small messages', 4000, 100, undefined],
    ['one frame', 1, 1_000_000, 2_000_000],
  ])('a server may send more in one turn than it writes at a time: %s', async (_name, count, size, chunkSize) => {
    const options = { enableStreams: true, ...(chunkSize === undefined ? {} : { chunkSize }) };
    const server = await serveForTest(options, (ws) => {
      ws.onMessage(1, () => {
        for (let i = 0; i < count; i++) ws.dispatch(2, new Uint8Array(size).fill(i));
      });
    });
    const ws = await dialled(server.url, { enableStreams: true });
    const got: Uint8Array[] = [];
    ws.onMessage(2, (message) => {
      got.push(message.read());
      if (got.length === count) ws.close(4000);
    });
    const ended = ws.start();
    ws.dispatch(1, 'go');
    expect(await ended).toMatchObject({ code: 4000, wasClean: true });
    expect(got.every((bytes, i) => bytes.length === size && bytes[size - 1] === i % 256)).toBe(true);
  });

  /** A server that knows the inner protocol as a name alone, and plays it by hand. */
  async function forger(...messages: (string | Uint8Array)[]): Promise<{ url: string; heard: Promise<number[]> }> {
    let tell: (bytes: number[]) => void = () => {};
    const heard = new Promise<number[]>((resolve) => {
      tell = resolve;
    });
    const server = await serveForTest({ protocols: 'webson.v1' }, (ws) => {
      ws.onReady((adapter) => {
        adapter.dispatch(2, encodeParameters('max-streams=9; window=65536; connection-window=65536'));
        for (const each of messages) adapter.dispatch(typeof each === 'string' ? 1 : 2, each);
      });
      ws.onMessage(2, (message) => {
        const bytes = message.read();
        if (bytes[0] === 0x88) tell([...bytes]);
      });
    });
    return { url: server.url, heard };
  }

  test.each([
    ['a text message', 'text'],
    ['a message that cuts a frame', Uint8Array.of(0x89)],
    ['an empty message', new Uint8Array(0)],
    ['the parameters once more', encodeParameters('max-streams=9')],
  ])('%s within the inner protocol is 1002 on both sides', async (_name, message) => {
    const { url, heard } = await forger(message);
    const ws = await dialled(url, { enableStreams: true });
    expect(await ws.start()).toMatchObject({ code: 1002, wasClean: false, error: { closeCode: 1002 } });
    expect((await heard).slice(2, 4)).toEqual([0x03, 0xea]);
  });

  test('what breaks the rules of the inner protocol at a server is 1002 there, too', async () => {
    const endings: Promise<CloseInfo>[] = [];
    const server = await serveForTest({ enableStreams: true }, (ws) => void endings.push(endOf(ws)));
    const ws = await dialNode(server.url, { protocols: 'webson.v1' });
    ws.onReady((adapter) => {
      adapter.dispatch(2, encodeParameters('max-streams=9; window=65536; connection-window=65536'));
      adapter.dispatch(1, 'text');
    });
    expect(await ws.start()).toMatchObject({ code: 1002 });
    expect(await endings[0]).toMatchObject({ code: 1002, wasClean: false, error: { closeCode: 1002 } });
  });

  test('a peer that heeds no window cannot fill the memory, whether the connection is started or its handlers are busy', async () => {
    const size = 100_000;
    for (const isStarted of [false, true]) {
      let sent = 0;
      let serverEnded = Promise.resolve<unknown>(undefined);
      const { url } = await serveForTest({ protocols: 'webson.v1' }, (ws) => {
        let isOver = false;
        serverEnded = endOf(ws).then(() => {
          isOver = true;
        });
        const frame = Uint8Array.from([0xa2, 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, ...new Uint8Array(size)]);
        new DataView(frame.buffer).setBigUint64(2, BigInt(size + 2));
        ws.onReady(async (adapter) => {
          adapter.dispatch(2, encodeParameters('max-streams=9; window=65536; connection-window=65536'));
          while (!isOver && adapter.status === Status.Ready) {
            sent += size;
            adapter.dispatch(2, frame);
            await ws.drained().catch(() => {});
          }
        });
      });
      const ws = await dialled(url, {
        enableStreams: true,
        streamWindow: 2 * size,
        connectionWindow: 4 * size,
        maxPendingBytes: 4 * size,
      });
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      ws.onMessage(2, () => released);
      if (!isStarted) await serverEnded;
      expect(await ws.start()).toMatchObject({ code: 1008, error: { code: 'WINDOW_EXCEEDED' } });
      release();
      expect(sent).toBeLessThan(100 * 1024 * 1024);
    }
  });

  test('everything arrives in its order within a type of stream, whatever its size', { timeout: 60_000 }, async () => {
    const url = await echoServer({ enableStreams: true, enableCompress: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (sizes, enableStreams) => {
          const ws = await dial(url, { enableStreams });
          const inbox = new Inbox(ws);
          const ended = ws.start();
          const sent = sizes.map((size) => randomBytes(size));
          for (const bytes of sent) if (!ws.dispatch(2, bytes)) await ws.drained();
          const got = await inbox.until(sent.length);
          const sums = [got, sent].map((list) => list.map((each) => sha256(each as Uint8Array)));
          // Streams may overtake each other: a small message does not wait for a large one.
          if (enableStreams) for (const list of sums) list.sort();
          expect(sums[0]).toEqual(sums[1]);
          ws.close();
          expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('over a stand-in for it', () => {
  /** A WebSocket that does not count what waits in it, as those of React Native and of happy-dom do not. */
  function uncounting(missing: readonly string[]): unknown {
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        for (const name of missing) Object.defineProperty(this, name, { value: undefined });
      }
    };
  }

  test.each([
    [['bufferedAmount'], true],
    [['bufferedAmount'], false],
    [['bufferedAmount', 'readyState'], true],
  ])('without %s, with streams: %s, everything is sent', async (missing, enableStreams) => {
    globals.WebSocket = uncounting(missing);
    const ws = await dial(await echoServer({ enableStreams: true }), { enableStreams, highWaterMark: 100_000 });
    const inbox = new Inbox(ws);
    const ended = ws.start();
    const large = randomBytes(1_000_000);
    const text = 'ä'.repeat(200_000);
    for (const payload of [large, text, large]) {
      const type = typeof payload === 'string' ? 1 : 2;
      if (!ws.dispatch(type, payload)) await ws.drained();
      await inbox.until(inbox.messages.length + 1);
    }
    expect(inbox.messages.map((each) => (typeof each === 'string' ? each : sha256(each)))).toEqual([
      sha256(large),
      text,
      sha256(large),
    ]);
    ws.close(4000);
    expect(await ended).toMatchObject({ code: 4000, wasClean: true });
  });

  test('the one that is there when it is dialled is taken', async () => {
    const urls: string[] = [];
    const url = await echoServer();
    for (const each of ['first', 'second']) {
      globals.WebSocket = class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols);
          urls.push(`${each} ${address}`);
        }
      };
      const ws = await dial(url);
      const ended = ws.start();
      ws.close();
      await ended;
    }
    expect(urls).toEqual([`first ${url}`, `second ${url}`]);
  });

  test.each<[string, unknown, string]>([
    [
      'throws',
      class {
        constructor() {
          throw new DOMException('an insecure WebSocket from a secure page', 'SecurityError');
        }
      },
      'an insecure WebSocket from a secure page',
    ],
    ['is no class', () => {}, 'not a constructor'],
    ['has no events', class {}, 'addEventListener'],
  ])('that %s, it fails, and says why', async (_name, standIn, why) => {
    for (const name of ['WebSocket', 'WebSocketStream'] as const) {
      vi.stubGlobal(name, standIn);
      const error: unknown = await dial('ws://127.0.0.1:1/', { enableStreams: true }).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(HandshakeError);
      expect(error).toMatchObject({ code: 'CONNECT_FAILED', cause: expect.anything() });
      if (name === 'WebSocket') expect((error as Error).message).toContain(why);
      vi.unstubAllGlobals();
    }
  });
});

test.each(['TextEncoder', 'TextDecoder'])('without %s it loads, and says so', async (name) => {
  globals.WebSocket = WebSocket;
  vi.stubGlobal(name, undefined);
  vi.resetModules();
  const { dial: dialThere } = await import('../../../src/web-internal.js');
  await expect(dialThere('ws://127.0.0.1:1/')).rejects.toMatchObject({ code: 'NO_TEXT_ENCODING' });
  vi.unstubAllGlobals();
  const ws = await dialThere(await echoServer());
  const ended = ws.start();
  ws.dispatch(1, 'with them');
  ws.onMessage(1, (message) => ws.close(4000, message.text()));
  expect(await ended).toMatchObject({ code: 4000, reason: 'with them' });
});

/** As in React Native and workerd: it tells neither what is buffered nor that an end was clean, and of no sub-protocol as null. */
class TerseSocket {
  readonly bufferedAmount = undefined;
  readonly #socket: WebSocket;

  constructor(url: string, protocols: string[]) {
    this.#socket = new WebSocket(url, protocols);
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get protocol(): string | null {
    return this.#socket.protocol === '' ? null : this.#socket.protocol;
  }

  set binaryType(type: 'arraybuffer') {
    this.#socket.binaryType = type;
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    this.#socket.addEventListener(type, (event: object) => {
      const { code, reason, data } = event as { code?: number; reason?: string; data?: unknown };
      listener(type === 'close' ? { code, reason, wasClean: false } : { data });
    });
  }

  send(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }
}

test.each([false, true])('a WebSocket that tells little is enough, with streams: %s', async (enableStreams) => {
  globals.WebSocket = TerseSocket;
  const ws = await dial(await echoServer({ enableStreams: true }), { enableStreams });
  const inbox = new Inbox(ws);
  const ended = ws.start();
  const large = randomBytes(2_000_000);
  ws.dispatch(2, large);
  ws.dispatch(1, 'grüße');
  await ws.drained();
  const got = await inbox.until(2);
  expect(got.find((each) => typeof each === 'string')).toBe('grüße');
  expect(sha256(got.find((each) => typeof each !== 'string') as Uint8Array)).toBe(sha256(large));
  ws.close(4001, 'done');
  expect(await ended).toEqual({ code: 4001, reason: 'done', wasClean: true });
});

test('without a WebSocket it says so', async () => {
  globals.WebSocket = undefined;
  await expect(dial('ws://127.0.0.1:1/')).rejects.toMatchObject({ code: 'NO_WEBSOCKET' });
});

test.each(
  Object.entries({
    headerVerify: () => true,
    origins: '*',
    hosts: ['a'],
    magicKey: 'secret',
    privateMask: new Uint8Array(4),
    alwaysMask: true,
    dialect: 'go',
    pacing: false,
    directSockets: false,
  }),
)('%s is refused, because a platform leaves no choice', async (name, value) => {
  const error = await dial('ws://127.0.0.1:1/', { [name]: value }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as Error).message).toContain(`${name}: no choice of a page`);
  expect((error as Error).message).not.toContain('secret');
});

test.each(
  Object.entries({ extraHeaders: { Authorization: 'secret' }, useTLS: true, tls: {}, connect: () => {}, headers: {} }),
)('%s is refused, and it is told why', async (name, value) => {
  const error = await dial('ws://127.0.0.1:1/', { [name]: value } as DialOptions).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as Error).message).toMatch(
    new RegExp(`^${name}: no such option, got .*; the WebSocket of a page makes its`),
  );
  expect((error as Error).message).not.toContain('secret');
});

test('a path where nothing is, is among what may be the matter, and a certificate only where there is one', async () => {
  globals.WebSocket = WebSocket;
  const { url } = await serveForTest({ path: '/there' });
  await expect(dial(new URL('/elsewhere', url))).rejects.toThrow(/nobody listens there, or .* nothing is at this path/);
  await expect(dial('wss://127.0.0.1:1/')).rejects.toThrow('the certificate is not trusted');
});

test('who gets no answer is told where from', async () => {
  globals.WebSocket = WebSocket;
  const { port } = await listen(() => {});
  const silent = dial(`ws://127.0.0.1:${port}/`, { timeout: { handshake: 50 } });
  await expect(silent).rejects.toThrow(/^no connection to ws:.* within 50 ms \(timeout.handshake\)$/);
});
