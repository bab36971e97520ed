import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { ErrorContext } from '../../src/node/server/server.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { ClosedError } from '../../src/protocol/contract/errors.js';
import { Status } from '../../src/status.js';
import { concat, frame } from '../support/frames.js';
import { turns } from '../support/turns.js';
import { collectWarnings } from '../support/warnings.js';
import { expectNothingLeft, portOf, RawClient, rejection, serveForTest, TLS, upgradeRequest } from './harness.js';

// Who hears what the application's code throws: the connection's onError, else the server's, else a warning of the process.
expectNothingLeft();

type Place = [name: string, register: (connection: Connection, fail: () => unknown) => void];

const PLACES: Place[] = [
  ['onMessage', (connection, fail) => connection.onMessage(1, fail)],
  ['onReady', (connection, fail) => connection.onReady(fail)],
  ['onStatus', (connection, fail) => connection.onStatus(Status.Ready, fail)],
  ['onStatus of an applied handler', (connection, fail) => apply(connection, { onStatus: onceReady(fail) })],
  ['onMessage of an applied handler', (connection, fail) => apply(connection, { onMessage: fail })],
];

const WAYS: [name: string, fail: (error: Error) => unknown][] = [
  [
    'throws',
    (error) => {
      throw error;
    },
  ],
  ['rejects', (error) => Promise.reject(error)],
];

const KINDS: [string, () => ServeOptions, DialOptions][] = [
  ['TCP', () => ({}), {}],
  ['TLS', () => ({ tls: TLS }), { tls: { ca: TLS.cert } }],
];

const CASES = KINDS.flatMap(([kind, serverOptions, clientOptions]) =>
  PLACES.flatMap(([place, register]) =>
    WAYS.map(
      ([way, fail]) => [`${place} ${way}, over ${kind}`, { serverOptions, clientOptions, register, fail }] as const,
    ),
  ),
);

function apply(
  connection: Connection,
  handler: { onStatus?: (status: Status) => unknown; onMessage?: () => unknown },
): void {
  connection.apply({ name: 'mine', ...handler });
}

function onceReady(fail: () => unknown): (status: Status) => unknown {
  return (status) => (status === Status.Ready ? fail() : undefined);
}

/** A client that sends a text, and how it ended. */
async function talk(url: string, options: DialOptions): Promise<CloseInfo> {
  const connection = await dial(url, options);
  connection.onReady((adapter) => adapter.dispatch(1, 'hello'));
  return connection.start();
}

describe('an error of a handler', () => {
  it.each(CASES)('%s: onError of the connection hears it alone, and keeps it open', async (_name, given) => {
    const warnings = collectWarnings();
    const error = new Error('mine');
    const heard: unknown[] = [];
    const server = await serveForTest({ ...given.serverOptions(), onError: () => heard.push('server') }, (ws) => {
      given.register(ws, () => given.fail(error));
      ws.onError((thrown, adapter) => {
        heard.push(thrown);
        adapter.close(4000);
      });
    });
    expect(await talk(server.url, given.clientOptions)).toMatchObject({ code: 4000 });
    expect(heard).toEqual([error]);
    expect(warnings).toEqual([]);
  });

  it.each(CASES)('%s: else onError of the server, and it is closed with 1011', async (_name, given) => {
    const warnings = collectWarnings();
    const error = new Error('mine');
    const heard: [Error, ErrorContext | undefined][] = [];
    let connection: Connection | undefined;
    const server = await serveForTest(
      { ...given.serverOptions(), onError: (thrown, about) => heard.push([thrown, about]) },
      (ws) => {
        connection = ws as Connection;
        given.register(connection, () => given.fail(error));
      },
    );
    expect(await talk(server.url, given.clientOptions)).toMatchObject({ code: 1011 });
    expect(heard).toEqual([[error, { connection }]]);
    expect(heard[0]?.[1]?.connection).toBe(connection);
    expect(warnings).toEqual([]);
  });

  it.each(CASES)('%s: else a warning with its stack, and it is closed with 1011', async (name, given) => {
    const warnings = collectWarnings();
    const error = Object.assign(new Error('mine'), { name });
    const server = await serveForTest(given.serverOptions(), (ws) =>
      given.register(ws as Connection, () => given.fail(error)),
    );
    for (let i = 0; i < 3; i++) expect(await talk(server.url, given.clientOptions)).toMatchObject({ code: 1011 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ name: 'WebsonWarning', code: 'WEBSON_UNHEARD_ERROR' });
    expect(warnings[0]?.detail).toContain('errors.test.ts:');
  });
});

describe('what is no error of the application', () => {
  it('a handler whose peer has left meanwhile warns nobody; onError of the server hears it', async () => {
    for (const onError of [undefined, true]) {
      const warnings = collectWarnings();
      const heard: Error[] = [];
      let settled = (): void => {};
      const done = new Promise<void>((resolve) => {
        settled = resolve;
      });
      const server = await serveForTest(
        onError === undefined ? {} : { onError: (error) => heard.push(error) },
        (ws) => {
          const closed = new Promise<void>((resolve) => void ws.onStatus(Status.Closed, () => resolve()));
          ws.onMessage(1, async (_message, adapter) => {
            await closed;
            setImmediate(settled);
            adapter.dispatch(1, 'too late');
          });
        },
      );
      const connection = await dial(server.url);
      connection.onReady((adapter) => {
        adapter.dispatch(1, 'hello');
        adapter.close();
      });
      await connection.start();
      await done;
      await turns(2);
      expect(warnings).toEqual([]);
      expect(heard.map((error) => error instanceof ClosedError)).toEqual(onError === undefined ? [] : [true]);
    }
  });

  it('a handler that reads on in a message for which the connection was failed warns nobody', async () => {
    const warnings = collectWarnings();
    const settled: unknown[] = [];
    const server = await serveForTest({ triggerOnStart: true }, (ws) => {
      ws.onMessage(1, async (message) => {
        await message.completed().catch((error: unknown) => {
          settled.push(error);
          throw error;
        });
      });
    });
    const client = RawClient.to(portOf(server), upgradeRequest());
    await client.head();
    // A text that begins, and goes on with what is not UTF-8.
    client.socket.write(
      concat([frame(1, Uint8Array.of(65), { fin: false, mask: true }), frame(0, Uint8Array.of(0xff), { mask: true })]),
    );
    await client.until(({ hasEnded }) => hasEnded);
    await turns(2);
    expect(settled).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('but one that sends to another connection which is closed is warned about: this one is closed with 1011', async () => {
    const warnings = collectWarnings();
    const others: Connection[] = [];
    const server = await serveForTest({}, (ws) => {
      others.push(ws as Connection);
      ws.onMessage(1, () => others[0]?.dispatch(1, 'to all'));
    });
    const first = await dial(server.url);
    first.onReady((adapter) => adapter.close());
    await first.start();
    expect(await talk(server.url, {})).toMatchObject({ code: 1011 });
    await turns(2);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('ClosedError CLOSED')]);
  });
});

describe('onError that fails itself', () => {
  it.each(WAYS)(
    'of a connection, %s: onError of the server hears that, and it is closed with 1011',
    async (_way, fail) => {
      const heard: string[] = [];
      const server = await serveForTest({ onError: ({ message }) => heard.push(message) }, (ws) => {
        ws.onMessage(1, () => fail(new Error('first')));
        ws.onError(() => fail(new Error('second')));
      });
      expect(await talk(server.url, {})).toMatchObject({ code: 1011 });
      expect(heard).toEqual(['second']);
    },
  );

  it.each(WAYS)('of a server, %s: a warning, once, and it is not called for that again', async (way, fail) => {
    const warnings = collectWarnings();
    let calls = 0;
    const onError = (): unknown => {
      calls++;
      return fail(Object.assign(new Error('second'), { name: way }));
    };
    const server = await serveForTest({ onError }, (ws) => ws.onMessage(1, () => fail(new Error('first'))));
    for (let i = 0; i < 2; i++) expect(await talk(server.url, {})).toMatchObject({ code: 1011 });
    await turns(2);
    expect(calls).toBe(2);
    expect(warnings.map(({ message }) => message)).toEqual([
      `no onError has heard what was thrown in onError of a server: ${way}: second`,
    ]);
  });

  it.each(WAYS)('of a client, %s: a warning', async (way, fail) => {
    const warnings = collectWarnings();
    const server = await serveForTest({}, (ws) => ws.onReady((adapter) => adapter.dispatch(1, 'hello')));
    const connection = await dial(server.url);
    connection.onMessage(1, () => fail(new Error('first')));
    connection.onError(() => fail(Object.assign(new Error('second'), { name: `client ${way}` })));
    expect(await connection.start()).toMatchObject({ code: 1011 });
    await turns(1);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`client ${way}: second`)]);
  });
});

describe('functions of a server', () => {
  it.each(WAYS)('onConnection %s: a warning without onError', async (way, fail) => {
    const warnings = collectWarnings();
    const server = await serveForTest({}, () => fail(Object.assign(new Error('mine'), { name: `connection ${way}` })));
    expect(await talk(server.url, {})).toMatchObject({ code: 1011 });
    await turns(1);
    expect(warnings.map(({ message }) => message)).toEqual([
      `no onError has heard what was thrown in onConnection: connection ${way}: mine`,
    ]);
  });

  it.each(['origins', 'headerVerify'])('%s that throws: a warning with what it threw', async (option) => {
    const warnings = collectWarnings();
    const fail = (): never => {
      throw Object.assign(new Error('mine'), { name: option });
    };
    const server = await serveForTest({ [option]: fail });
    const error = await rejection(
      dial(server.url, option === 'origins' ? { extraHeaders: { Origin: 'http://here' } } : {}),
    );
    expect(error).toMatchObject({ status: 500 });
    expect(error.message).not.toContain('mine');
    await turns(1);
    expect(warnings.map(({ message }) => message)).toEqual([
      `no onError has heard what was thrown for a request: ${option}: mine`,
    ]);
  });

  it('an upgrade that is refused for what the client did warns nobody', async () => {
    const warnings = collectWarnings();
    const server = await serveForTest({ path: '/here', headerVerify: () => false });
    expect(await rejection(dial(server.url))).toMatchObject({ status: 401 });
    expect(await rejection(dial(server.url.replace('/here', '/there')))).toMatchObject({ status: 404 });
    await turns(2);
    expect(warnings).toEqual([]);
  });
});

describe('a function that never answers a handshake', () => {
  const never = (): Promise<never> => new Promise(() => {});

  it.each<[string, ServeOptions]>([
    ['origins', { origins: never as never }],
    ['headerVerify', { origins: '*', headerVerify: never }],
    ['authorize', { origins: '*', authorize: never }],
  ])('%s: 408 for the client, and one warning that names it', async (name, options) => {
    const warnings = collectWarnings();
    const server = await serveForTest({ ...options, timeout: { handshake: 20 } });
    for (let i = 0; i < 2; i++) {
      expect(await rejection(dial(server.url, { extraHeaders: { Origin: 'http://a.test' } }))).toMatchObject({
        status: 408,
      });
    }
    await turns(2);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      [
        'WEBSON_UNHEARD_ERROR',
        `no onError has heard what was thrown for a request: WebsonError TIMEOUT: what ${name} returned has not settled within 20 ms (timeout.handshake)`,
      ],
    ]);
  });

  it('onError of the server hears of it instead', async () => {
    const warnings = collectWarnings();
    const heard: Error[] = [];
    const server = await serveForTest({
      authorize: never,
      timeout: { handshake: 20 },
      onError: (error) => heard.push(error),
    });
    expect(await rejection(dial(server.url))).toMatchObject({ status: 408 });
    await turns(2);
    expect(heard).toMatchObject([{ code: 'TIMEOUT', cause: { code: 'TIMEOUT' } }]);
    expect(warnings).toEqual([]);
  });
});
