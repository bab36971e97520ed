import type { Socket } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { Status } from '../../src/status.js';
import { deferred } from '../support/connections.js';
import { turns } from '../support/turns.js';
import { expectNothingLeft, serveForTest, socketPath, TLS } from './harness.js';

// `terminate` over real sockets, in every state that a connection can be in.
expectNothingLeft();

/** An end that nothing but `terminate` brings about in time: a test is given up long before these are over. */
const PATIENT = { pingInterval: 0, timeout: { close: 2 ** 31 - 1, stall: 2 ** 31 - 1 } };

const TERMINATED = { code: 1006, reason: '', wasClean: false, error: expect.objectContaining({ code: 'TERMINATED' }) };

interface Both {
  /** Not started. */
  client: Connection;
  server: Connection;
  serverEnded: Promise<CloseInfo>;
}

async function open(options: ServeOptions = {}): Promise<Both> {
  let onServer!: (both: Pick<Both, 'server' | 'serverEnded'>) => void;
  const accepted = new Promise<Pick<Both, 'server' | 'serverEnded'>>((resolve) => {
    onServer = resolve;
  });
  const { url } = await serveForTest({ ...PATIENT, ...options }, (server) => {
    onServer({ server, serverEnded: server.start() });
  });
  // What both sides have to agree on.
  const { directSockets, enableStreams, enableCompress, triggerOnStart, dialect, synchronize } = options;
  const same = { directSockets, enableStreams, enableCompress, triggerOnStart, dialect, synchronize };
  const { maxPendingBytes, highWaterMark } = options;
  const tls = { ca: TLS.cert };
  const client = await dial(url, { ...PATIENT, ...same, maxPendingBytes, highWaterMark, tls } as DialOptions);
  return { client, ...(await accepted) };
}

/** A client whose peer reads nothing more, with much queued. */
async function stuck(options: ServeOptions = {}): Promise<Both & { ended: Promise<CloseInfo> }> {
  const sockets: Socket[] = [];
  const both = await open({
    ...options,
    headerVerify: (_headers, request) => {
      if (request !== undefined) sockets.push((request as { socket: Socket }).socket);
      return true;
    },
  });
  const hanging = deferred();
  const isHandled = new Promise<void>((resolve) => {
    both.server.onMessage(2, () => {
      resolve();
      return hanging.promise;
    });
  });
  const ended = both.client.start();
  both.client.dispatch(2, 'the first');
  await isHandled;
  return { ...both, ended };
}

const KINDS: [string, () => ServeOptions][] = [
  ['TCP', () => ({})],
  ['TCP through the stream', () => ({ directSockets: false })],
  ['TLS', () => ({ tls: TLS })],
  ['a unix socket', () => ({ socketPath: socketPath() })],
  ['streams and compression', () => ({ enableStreams: true, enableCompress: true, triggerOnStart: true })],
  ["dialect: 'go'", () => ({ dialect: 'go' })],
];

describe.each(KINDS)('terminate over %s', (_name, options) => {
  it('ready: 1006 on both sides, and nothing can be sent from then on', async () => {
    const { client, serverEnded } = await open(options());
    const ended = client.start();
    client.terminate();
    expect(() => client.dispatch(1, 'too late')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(await ended).toEqual(TERMINATED);
    expect(client.status).toBe(Status.Closed);
    expect(await serverEnded).toMatchObject({ code: 1006, wasClean: false });
  });

  it('a server’s connection', async () => {
    const { client, server, serverEnded } = await open(options());
    const ended = client.start();
    server.terminate();
    expect(await serverEnded).toEqual(TERMINATED);
    expect(await ended).toMatchObject({ code: 1006, wasClean: false });
  });

  it('closing, when the peer does not answer', async () => {
    const { client, ended } = await stuck({ ...options(), synchronize: true });
    client.close(4000);
    await turns(3);
    client.terminate();
    expect(await ended).toMatchObject({ ...TERMINATED, code: expect.toSatisfy((code) => [1006, 4000].includes(code)) });
  });

  it('not started: `start` resolves with it, each time, and no handler is called for Ready', async () => {
    const { client, serverEnded } = await open(options());
    const seen: Status[] = [];
    client.apply({ name: 'seen', onStatus: (status) => seen.push(status) });
    client.terminate();
    expect(await Promise.all([client.start(), client.start()])).toEqual([TERMINATED, TERMINATED]);
    expect(await client.start()).toEqual(TERMINATED);
    expect(seen).toEqual([Status.Closed]);
    expect(await serverEnded).toMatchObject({ code: 1006 });
  });
});

it('what is queued is dropped and counted, and all who wait are told', async () => {
  const { client, server, ended } = await stuck({ synchronize: true, maxPendingBytes: 1, highWaterMark: 1 });
  const bytes = new Uint8Array(1 << 20);
  // More than the system takes.
  let count = 0;
  while (client.bufferedAmount < 4 << 20) {
    client.dispatch(2, bytes);
    count++;
    await turns(1);
  }
  const drained = client.drained();
  const sent = client.dispatchReader(2, [bytes]);
  client.terminate();
  const closed = expect.objectContaining({ code: 'CLOSED' });
  expect(await Promise.allSettled([drained, sent])).toEqual([
    { status: 'rejected', reason: closed },
    { status: 'rejected', reason: closed },
  ]);
  const { unsent } = await ended;
  expect(unsent?.messages).toBeGreaterThanOrEqual(4);
  expect(unsent?.messages).toBeLessThanOrEqual(count);
  server.terminate();
});

it('what was dispatched in the same turn does not leave', async () => {
  const { client, server, serverEnded } = await open();
  const seen: string[] = [];
  server.onMessage(1, (message) => seen.push(message.text()));
  const ended = client.start();
  client.dispatch(1, 'never sent');
  client.terminate();
  expect(await ended).toMatchObject({ ...TERMINATED, unsent: { messages: 1, mayBeSent: 0 } });
  await serverEnded;
  expect(seen).toEqual([]);
});

it('a message that is read as it arrives: its reader is told', async () => {
  const { client, server } = await open({ triggerOnStart: true });
  const begun = deferred();
  const reading = new Promise<unknown>((resolve) => {
    client.onMessage(2, (message) => {
      begun.resolve();
      return message.completed().then(resolve, resolve);
    });
  });
  const ended = client.start();
  const source = (async function* () {
    yield new Uint8Array(100);
    await new Promise(() => {});
  })();
  const sending = server.dispatchReader(2, source).catch((error: unknown) => error);
  await begun.promise;
  client.terminate();
  expect(await reading).toMatchObject({ code: 'CLOSED' });
  expect(await ended).toEqual(TERMINATED);
  expect(await sending).toMatchObject({ code: 'CLOSED' });
});

describe('handlers', () => {
  it('that hang are not waited for; messages that wait behind them come later', async () => {
    const { client, server } = await open({ synchronize: true });
    const hanging = deferred();
    const seen: string[] = [];
    const begun = new Promise<void>((resolve) => {
      client.onMessage(1, async (message) => {
        seen.push(message.text());
        resolve();
        await hanging.promise;
      });
    });
    const ended = client.start();
    server.dispatch(1, 'one');
    server.dispatch(1, 'two');
    await begun;
    client.terminate();
    expect(await ended).toEqual(TERMINATED);
    expect(seen).toEqual(['one']);
    hanging.resolve();
    await turns(3);
    expect(seen).toEqual(['one', 'two']);
  });

  it('that hang after the transport is gone are not waited for either', async () => {
    const { client, server } = await open({ synchronize: true });
    const begun = new Promise<void>((resolve) => {
      client.onMessage(1, () => {
        resolve();
        return new Promise(() => {});
      });
    });
    const ended = client.start();
    server.dispatch(1, 'one');
    server.dispatch(1, 'two');
    await begun;
    server.terminate();
    while (client.status === Status.Ready && !isGone(client)) await turns(1);
    client.terminate();
    expect(await ended).toMatchObject({ code: 1006, wasClean: false });
  });

  it.each([
    ['for Ready', (each: Connection) => void each.onReady((adapter) => adapter.terminate())],
    ['of a message', (each: Connection) => void each.onMessage(1, (_message, adapter) => adapter.terminate())],
    [
      'of a message, and throws then',
      (each: Connection) =>
        void each.onMessage(1, (_message, adapter) => {
          adapter.terminate();
          throw new Error('afterwards');
        }),
    ],
    ['of a ping', (each: Connection) => void each.onMessage(9, (_message, adapter) => adapter.terminate())],
    ['of Close', (each: Connection) => void each.onMessage(8, (_message, adapter) => adapter.terminate())],
  ])('may call it: the one %s', async (_which, setUp) => {
    const { client, server } = await open();
    setUp(client);
    const ended = client.start();
    server.dispatch(1, 'one');
    server.ping();
    server.close(4001);
    const info = await ended;
    // After the peer's Close its code counts.
    expect([1006, 4001]).toContain(info.code);
    expect(info.error === undefined || (info.error as { code?: string }).code === 'TERMINATED').toBe(true);
    expect(client.status).toBe(Status.Closed);
  });

  it('for Closed and those that come later may call it again, to no effect', async () => {
    const { client } = await open();
    client.onStatus(Status.Closed, (_previous, adapter) => adapter.terminate());
    const ended = client.start();
    client.terminate();
    client.terminate();
    expect(await ended).toEqual(TERMINATED);
    client.terminate();
    client.close();
  });
});

function isGone(connection: Connection): boolean {
  try {
    connection.ping();
    return false;
  } catch {
    return true;
  }
}

describe('restart', () => {
  test('under way: rejects, and what is open later is given up', async () => {
    const { client } = await open();
    const ended = client.start();
    client.terminate();
    await ended;
    const again = client.restart();
    client.terminate();
    await expect(again).rejects.toMatchObject({ code: 'CLOSED' });
    expect(client.status).toBe(Status.Closed);
  });

  test('after it: the application wants the client back', async () => {
    const { client } = await open();
    const first = client.start();
    client.terminate();
    await first;
    const second = client.restart();
    await new Promise((resolve) => client.onStatus(Status.Ready, resolve));
    client.close();
    expect(await second).toMatchObject({ code: 1000, wasClean: true });
  });

  test('of one that was never started: it gets ready for the first time', async () => {
    const { client } = await open();
    client.terminate();
    await client.start();
    const ready = new Promise((resolve) => client.onStatus(Status.Ready, resolve));
    const ended = client.restart();
    await ready;
    client.terminate();
    expect(await ended).toEqual(TERMINATED);
  });
});

it('after a clean end it changes nothing', async () => {
  const { client } = await open();
  const ended = client.start();
  client.close(4000);
  const info = await ended;
  client.terminate();
  expect(info).toEqual({ code: 4000, reason: '', wasClean: true });
});

it('does not throw before the connection is started, closed and started', async () => {
  const { client, serverEnded } = await open();
  client.close(4000);
  client.terminate();
  expect(await client.start()).toMatchObject({ wasClean: false, error: { code: 'TERMINATED' } });
  await serverEnded;
});
