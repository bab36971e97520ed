import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { encodeFrame } from '@webson/frame';
import { afterEach, describe, expect, test } from 'vitest';
import { type Connection, type ConnectionOptions, type Message, MessageType, type Server, serve } from 'webson';
import { CARRIERS, type Carrier, connectEnds, type Ends, within } from './ends.js';

const MIB = 1024 * 1024;
const PLENTY = 20;
/** What no compression makes much smaller. */
const NOISE = randomBytes(MIB);
const disposals: (() => unknown)[] = [];

afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

async function ends(carrier: Carrier, client: ConnectionOptions, server: ConnectionOptions = client): Promise<Ends> {
  const joined = await connectEnds(carrier, { pingInterval: 0, ...client }, { pingInterval: 0, ...server });
  disposals.push(() => joined.dispose());
  return joined;
}

/** A raw client of a server with these options; what the server's connection does is for `onConnection` to say. */
async function raw(options: ConnectionOptions, onConnection: (ws: Connection) => void): Promise<Socket> {
  const server: Server = await serve({ host: '127.0.0.1', pingInterval: 0, ...options }, onConnection);
  const { port } = server.address as { port: number };
  const socket = connect(port, '127.0.0.1');
  disposals.push(
    () => server.close(),
    () => socket.destroy(),
  );
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  return socket;
}

function frame(opcode: number, text = '', fin = true): Uint8Array {
  return encodeFrame({ opcode, fin, payload: Buffer.from(text), mask: true });
}

/** Counts, and lets one wait until it is so many. */
class Count {
  #value = 0;
  #waiting: { count: number; resolve(): void }[] = [];

  get value(): number {
    return this.#value;
  }

  add(): void {
    this.#value++;
    for (const { count, resolve } of this.#waiting) if (this.#value >= count) resolve();
  }

  reached(count: number): Promise<void> {
    if (this.#value >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}

async function echo(message: Message, to: Connection): Promise<void> {
  await message.completed();
  if (!to.dispatch(2, message.read())) await to.drained();
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

describe('one handler at a time, messages read as they arrive', () => {
  test('a message may begin in the segment that ends the one before', async () => {
    const texts: string[] = [];
    const got = new Count();
    const socket = await raw({ synchronize: true, triggerOnStart: true }, (ws) => {
      ws.onMessage(1, async (message) => {
        await message.completed();
        texts.push(message.text());
        got.add();
      });
    });
    const pong = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.write(Buffer.concat([frame(1, 'one'), frame(1, 'two', false)]));
    await within(PLENTY, 'message 1', got.reached(1));
    socket.write(Buffer.concat([frame(0, 'end'), frame(1, 'three'), frame(9)]));
    await within(PLENTY, '3 messages', got.reached(3));
    expect(texts).toEqual(['one', 'twoend', 'three']);
    expect([...(await within(PLENTY, 'a pong', pong))]).toEqual([0x8a, 0]);
  });

  test.each(CARRIERS)('messages that may not start yet do not hold up the one that runs: %s', async (carrier) => {
    const options = { enableStreams: true, synchronize: true, triggerOnStart: true };
    const { client, server } = await ends(carrier, options);
    const got = new Count();
    server.onMessage(2, (message) => echo(message, server));
    client.onMessage(2, async (message) => {
      expect((await message.completed()).read().length).toBe(MIB);
      got.add();
    });
    void server.start();
    void client.start();
    for (let i = 0; i < 8; i++) client.dispatch(2, new Uint8Array(MIB).fill(i));
    await within(PLENTY, '8 echoes', got.reached(8));
  });
});

describe('many messages that have not ended at a time', () => {
  const one = { enableStreams: true, synchronize: true, triggerOnStart: true, timeout: { stall: 2000 } };
  const counted = (to: Connection): Promise<number>[] => {
    const got: Promise<number>[] = [];
    to.onMessage(2, async (message) => {
      let bytes = 0;
      for await (const piece of message.readIter()) bytes += piece.length;
      got.push(Promise.resolve(bytes));
      tell.get(to)?.add();
    });
    return got;
  };
  const tell = new WeakMap<Connection, Count>();

  test.each([
    ['TCP', 24, 1, 262_144],
    ['TLS', 24, 1, 262_144],
    ['TCP', 24, 1, 65_536],
    ['TCP', 64, 1, 4 * MIB],
    ['TLS', 64, 2, undefined],
  ] as const)(
    'over %s, %s of %s MiB, one handled at a time, connectionWindow %s',
    async (carrier, count, size, window) => {
      const options = window === undefined ? one : { ...one, connectionWindow: window };
      const { client, server } = await ends(carrier, options);
      const ready = [client, server].map((end) => new Promise<void>((resolve) => void end.onReady(() => resolve())));
      const all = [client, server].map((end) => {
        const count = new Count();
        tell.set(end, count);
        return { count, got: counted(end) };
      });
      void server.start();
      void client.start();
      await within(PLENTY, 'both ready', Promise.all(ready));
      const piece = new Uint8Array(16_384);
      const source = async function* (): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < size * 64; i++) yield piece;
      };
      const sent = [client, server].flatMap((end) =>
        Array.from({ length: count }, () => end.dispatchReader(2, source())),
      );
      await within(60, 'all that is sent', Promise.all(sent));
      for (const { count: seen, got } of all) {
        await within(PLENTY, 'all messages', seen.reached(count));
        expect(await Promise.all(got)).toEqual(Array.from({ length: count }, () => size * MIB));
      }
    },
  );

  test.each(CARRIERS)('those that pause keep nothing from one that is read: %s', async (carrier) => {
    const options = { enableStreams: true, triggerOnStart: true, streamWindow: 16_384, connectionWindow: 65_536 };
    const { client, server } = await ends(carrier, options);
    const [begun, held, got] = [new Count(), new Count(), new Count()];
    const gates = Array.from({ length: 10 }, () => {
      let open: () => void = () => {};
      return { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() };
    });
    const gated = async function* (gate: number, bytes: number): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      await gates[gate]!.opened;
      yield* pieces(NOISE.subarray(0, bytes));
    };
    server.onMessage(2, async (message) => {
      begun.add();
      for await (const _ of message.readIter());
      got.add();
    });
    // These are not read before all others have come.
    server.onMessage(3, async (message) => {
      held.add();
      await gates[9]!.opened;
      await message.completed();
      got.add();
    });
    void server.start();
    void client.start();
    const sent = gates.map((_, i) => client.dispatchReader(2, gated(i, 200_000)));
    await within(PLENTY, 'the beginnings', begun.reached(10));
    const unread = Array.from({ length: 4 }, () => client.dispatchReader(3, pieces(NOISE.subarray(0, 100_000))));
    await within(PLENTY, 'messages that are not read', held.reached(4));
    for (const [i, { open }] of gates.entries()) {
      open();
      await within(PLENTY, `message ${i}`, sent[i]!);
      await within(PLENTY, `message ${i}, read`, got.reached(i + 1));
    }
    await within(PLENTY, 'the rest', Promise.all(unread));
    await within(PLENTY, 'all', got.reached(14));
  });
});

describe('messages behind one that is unfinished', () => {
  test.each([
    ['1,023 with synchronize', 1023, { synchronize: true }],
    ['1,024 with synchronize', 1024, { synchronize: true }],
    ['3,000 with synchronize', 3000, { synchronize: true }],
    ['3,000 with one handler at a time', 3000, { maxPendingHandlers: 1 }],
  ])('%s', async (_, count, more) => {
    const { client, server } = await ends('TCP', { enableStreams: true, triggerOnStart: true, ...more });
    const begun = new Count();
    const got = new Count();
    server.onMessage(2, async (message) => {
      begun.add();
      await message.completed();
      got.add();
    });
    const pong = new Promise<void>((resolve) => void client.onMessage(MessageType.Pong, () => resolve()));
    void server.start();
    void client.start();
    let finish: () => void = () => {};
    const isFinished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      await isFinished;
      yield new Uint8Array(10);
    };
    const sent = client.dispatchReader(2, source());
    await within(PLENTY, 'the beginning of the first message', begun.reached(1));
    for (let i = 0; i < count; i++) client.dispatch(2, `${i}`);
    client.ping('behind them all');
    await within(PLENTY, 'the pong', pong);
    finish();
    await within(PLENTY, 'the unfinished message', sent);
    await within(PLENTY, `${count} messages`, got.reached(count + 1));
  });
});

describe('what sending waits for', () => {
  test.each(CARRIERS)('a message of 9 MiB comes back, drained() awaited: %s', async (carrier) => {
    const { client, server } = await ends(carrier, { enableStreams: true });
    const got = new Count();
    server.onMessage(2, (message) => echo(message, server));
    client.onMessage(2, (message) => {
      expect(message.read().length).toBe(9 * MIB);
      got.add();
    });
    void server.start();
    void client.start();
    client.dispatch(2, new Uint8Array(9 * MIB));
    await within(PLENTY, 'the echo', got.reached(1));
  });

  test.each([
    ['rfc', true],
    ['go', true],
    ['go', false],
  ] as const)('a reply by dispatchReader, one at a time: %s, streams %s', async (dialect, enableStreams) => {
    const { client, server } = await ends(
      'TCP',
      { dialect, enableStreams },
      { dialect, enableStreams, synchronize: true },
    );
    const got = new Count();
    server.onMessage(2, (message) => server.dispatchReader(2, pieces(message.read())));
    client.onMessage(2, (message) => {
      expect(message.read().length).toBe(2 * MIB);
      got.add();
    });
    void server.start();
    void client.start();
    for (let i = 0; i < 3; i++) client.dispatch(2, new Uint8Array(2 * MIB));
    await within(PLENTY, '3 replies', got.reached(3));
  });

  test.each(['rfc', 'go'] as const)('more than 1,024 handlers wait for drained(): %s', async (dialect) => {
    const both = { dialect, enableStreams: true };
    const { client, server } = await ends(
      'TCP',
      { ...both, connectionWindow: 65_536, pacing: false },
      { ...both, highWaterMark: 0 },
    );
    const got = new Count();
    server.onMessage(2, (message) => echo(message, server));
    client.onMessage(2, () => got.add());
    void server.start();
    void client.start();
    for (let i = 0; i < 3000; i++) client.dispatch(2, new Uint8Array(3000));
    await within(PLENTY, '3,000 echoes', got.reached(3000));
  });
});

describe('while a handler takes its time', () => {
  test.each(CARRIERS)('our own close() is clean: %s', async (carrier) => {
    const { client, server } = await ends(carrier, { synchronize: true, timeout: { close: 8000 } });
    let release: () => void = () => {};
    const got = new Count();
    server.onMessage(2, () => {
      got.add();
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    disposals.push(() => release());
    const closed = [server.start(), client.start()];
    for (let i = 0; i < 5; i++) client.dispatch(2, `${i}`);
    await within(PLENTY, 'the first message', got.reached(1));
    server.close(1001);
    // The client has got the Close, answered it, and seen the end of the transport: all without the handler.
    const { code, wasClean } = await within(PLENTY, 'the end of the client', closed[1]!);
    expect([code, wasClean]).toEqual([1001, true]);
    while (got.value < 5) {
      release();
      await within(PLENTY, 'the next message', got.reached(got.value + 1));
    }
    release();
    expect(await within(PLENTY, 'the end of the server', closed[0]!)).toMatchObject({ code: 1001, wasClean: true });
  });

  test.each(CARRIERS)('a peer that has left is missed, without pings: %s', async (carrier) => {
    const { client, server, socket } = await ends(carrier, { synchronize: true, timeout: { close: 300 } });
    const got = new Count();
    server.onMessage(2, () => {
      got.add();
      return new Promise(() => {});
    });
    const closed = server.start();
    void client.start();
    for (let i = 0; i < 5; i++) client.dispatch(2, `${i}`);
    await within(PLENTY, 'the first message', got.reached(1));
    socket.destroy();
    expect((await within(PLENTY, 'the end', closed)).code).toBe(1006);
  });
});

describe('a handler that does not read its message to the end', () => {
  const untouched = (): void => {};
  const halfRead = async (message: Message): Promise<void> => {
    await message.readIter().next();
  };
  const ways = [
    ['not at all', untouched],
    ['in part', halfRead],
  ] as const;
  const protocols = [
    ['plain', { enableStreams: false }],
    ['streams', { enableStreams: true }],
    ['streams without windows', { enableStreams: true, streamWindow: false as const }],
    ['compressed', { enableCompress: { contextTakeover: true } }],
  ] as const;
  const cases = ways.flatMap(([way, handler]) =>
    protocols.map(([protocol, options]) => ({ way, protocol, handler, options })),
  );

  test.each(cases)('reads it $way: $protocol', async ({ handler, options }) => {
    const { client, server } = await ends('TCP', { ...options, triggerOnStart: true });
    const got = new Count();
    const last = new Count();
    server.onMessage(2, (message) => {
      got.add();
      return handler(message);
    });
    server.onMessage(1, async (message) => {
      await message.completed();
      last.add();
    });
    void server.start();
    void client.start();
    for (let i = 0; i < 12; i++)
      await within(PLENTY, `message ${i}`, client.dispatchReader(2, pieces(NOISE)).catch(untouched));
    client.dispatch(1, 'the last');
    await within(PLENTY, 'the last message', last.reached(1));
    expect(got.value).toBe(12);
  });
});
