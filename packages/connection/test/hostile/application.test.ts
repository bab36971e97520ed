import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { Server } from '../../src/node/server/server.js';
import { HandshakeError } from '../../src/protocol/contract/errors.js';
import { Status } from '../../src/status.js';
import { expectNothingLeft, portOf, RawClient, rejection, serveForTest, upgradeRequest } from '../node/harness.js';
import { hostileThenables, hostileValues } from '../support/hostile-values.js';
import { turns } from '../support/turns.js';

// Whatever a function of the application throws, rejects with or returns: it concerns the connection that it was called for,
// no other, and never the process.
expectNothingLeft();

type Faulty = () => never;

/** Ways in which a function fails. */
const FAILURES: [name: string, fail: Faulty][] = [
  ...hostileValues.flatMap(([name, create]): [string, Faulty][] => [
    [
      `throws ${name}`,
      () => {
        throw create();
      },
    ],
    [`rejects with ${name}`, () => Promise.reject(create()) as never],
  ]),
  ...hostileThenables.map(([name, create]): [string, Faulty] => [`returns ${name}`, () => create() as never]),
];

async function open(url: string, options: DialOptions = {}): Promise<Connection> {
  return await dial(url, options);
}

/** Sees whether a server still does what it is there for. */
async function echoes(server: Server, options: DialOptions = {}): Promise<void> {
  const connection = await open(server.url, options);
  const echo = new Promise((resolve) => connection.onMessage(2, (message) => resolve(message.read()[0])));
  const ended = connection.start();
  connection.dispatch(2, new Uint8Array([7]));
  expect(await echo).toBe(7);
  connection.close();
  expect(await ended).toMatchObject({ code: 1000, wasClean: true });
}

function echo(connection: Connection): void {
  connection.onMessage(2, (message, adapter) => adapter.dispatch(2, message.read()));
}

describe.each(FAILURES)('%s', (_name, fail) => {
  test.each<[string, (ws: Connection) => unknown]>([
    ['onMessage', (ws) => ws.onMessage(1, fail)],
    ['onMessage of an event handler', (ws) => ws.apply({ name: 'it', onMessage: fail })],
    ['onMessage, and then onError,', (ws) => ws.onMessage(1, fail).onError(fail)],
    ['onReady', (ws) => ws.onReady(fail)],
    ['onStatus', (ws) => ws.onStatus(Status.Ready, fail)],
    ['onStatus of an event handler', (ws) => ws.apply({ name: 'it', onStatus: fail })],
  ])('%s: 1011 for its connection', async (_where, register) => {
    let isFirst = true;
    const ends: Promise<unknown>[] = [];
    const server = await serveForTest({}, (ws) => {
      echo(ws);
      if (isFirst) register(ws);
      isFirst = false;
      ends.push(ws.start());
    });
    const client = await open(server.url);
    const ended = client.start();
    client.dispatch(1, 'x');
    expect(await ended).toMatchObject({ code: 1011 });
    expect(await ends[0]).toMatchObject({ code: 1011, error: expect.anything() });
    await echoes(server);
  });

  test('onConnection, and onError of the server is told', async () => {
    let told = 0;
    const server = await serveForTest({ onError: () => void told++ }, fail);
    const client = await open(server.url);
    expect(await client.start()).toMatchObject({ code: 1011 });
    expect(told).toBe(1);
  });

  test('onConnection, and then onError of the server: 1011', async () => {
    let isFirst = true;
    const server = await serveForTest({ onError: fail }, (ws) => {
      echo(ws);
      const wasFirst = isFirst;
      isFirst = false;
      return wasFirst ? fail() : undefined;
    });
    const client = await open(server.url);
    expect(await client.start()).toMatchObject({ code: 1011 });
    await echoes(server);
  });

  test.each<[string, ServeOptions]>([
    ['origins', { origins: fail }],
    ['headerVerify', { origins: '*', headerVerify: fail }],
    ['authorize', { origins: '*', authorize: fail }],
    ['protocols', { origins: '*', protocols: fail }],
    ['path', { origins: '*', path: fail }],
  ])('%s of a server: 500 at once', async (_option, options) => {
    const errors: unknown[] = [];
    const onError = (error: Error): void => {
      const { code, status } = error as HandshakeError;
      errors.push({ code, status });
    };
    const server = await serveForTest({ ...options, onError });
    const client = RawClient.to(portOf(server), upgradeRequest('Origin: http://elsewhere\r\n'));
    expect(await client.head()).toMatch(/^HTTP\/1\.1 500 /);
    expect(errors).toEqual([{ code: 'FAILED', status: 500 }]);
  });

  test('onRequest: 500', async () => {
    const server = await serveForTest({ onRequest: fail, onError: fail }, echo);
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ port: portOf(server), host: '127.0.0.1', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
    expect(status).toBe(500);
    await echoes(server);
  });

  test('headerVerify and connect of a client: HandshakeError', async () => {
    const server = await serveForTest({}, echo);
    expect(await rejection(open(server.url, { headerVerify: fail }))).toMatchObject({ code: 'FAILED' });
    const error = await rejection(open(server.url, { connect: fail }));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.code).toBe('CONNECT_FAILED');
  });

  test('the source of dispatchReader: the message is given up, and it rejects', async () => {
    const server = await serveForTest({ enableStreams: true }, echo);
    const client = await open(server.url, { enableStreams: true });
    const ended = client.start();
    const source: Iterable<Uint8Array> = { [Symbol.iterator]: () => ({ next: fail }) };
    let hasRejected = false;
    await client.dispatchReader(2, source).catch(() => {
      hasRejected = true;
    });
    expect(hasRejected).toBe(true);
    const back = new Promise((resolve) => client.onMessage(2, (message) => resolve(message.read()[0])));
    client.dispatch(2, new Uint8Array([1]));
    expect(await back).toBe(1);
    client.close();
    await ended;
  });
});

test('an event handler whose methods cannot be read is an error like any other', async () => {
  const server = await serveForTest({}, echo);
  const client = await open(server.url);
  const seen: Error[] = [];
  client.onError((error) => seen.push(error));
  let isHidden = false;
  client.apply({
    name: 'it',
    get onStatus(): () => void {
      if (isHidden) throw new Error('hidden');
      return () => {};
    },
  });
  isHidden = true;
  const ended = client.start();
  await turns(1);
  client.close();
  expect(await ended).toMatchObject({ wasClean: true });
  expect(seen.map(({ message }) => message)).toEqual(['hidden', 'hidden']);
});

describe('origins', () => {
  const from = (server: Server, origin: string): Promise<Connection> => {
    return open(server.url, { extraHeaders: { Origin: origin } });
  };

  test('may promise what it says', async () => {
    const origins = async (origin: string): Promise<boolean> => origin === 'http://friend';
    const server = await serveForTest({ origins }, echo);
    const friend = await from(server, 'http://friend');
    const ended = friend.start();
    friend.close();
    await ended;
    expect(await rejection(from(server, 'http://elsewhere'))).toMatchObject({ status: 403 });
  });

  test.each([
    ['never does', { status: 408, code: 'BAD_STATUS' }],
    ['says something else than true', { status: 403 }],
  ])('a promise of it that %s', async (how, expected) => {
    const origins = (): Promise<boolean> => new Promise((resolve) => how === 'never does' || resolve('yes' as never));
    const server = await serveForTest({ origins, timeout: { handshake: 50 } }, echo);
    expect(await rejection(from(server, 'http://elsewhere'))).toMatchObject(expected);
  });

  test('a client that leaves before it is answered, and a server that goes', async () => {
    const codes: (string | undefined)[] = [];
    let ask = (): void => {};
    const asked = (): Promise<void> => new Promise((resolve) => (ask = resolve));
    const origins = (): Promise<boolean> => {
      ask();
      return new Promise(() => {});
    };
    const onError = (error: Error & { code?: string }): number => codes.push(error.code);
    const server = await serveForTest({ origins, onError }, echo);
    let wasAsked = asked();
    const client = RawClient.to(portOf(server), upgradeRequest('Origin: http://elsewhere\r\n'));
    await wasAsked;
    client.socket.destroy();
    wasAsked = asked();
    const other = rejection(from(server, 'http://elsewhere'));
    await wasAsked;
    await server.close();
    expect(await other).toMatchObject({ status: 503 });
    expect(codes).toEqual(['DISCONNECTED', 'ABORTED']);
  });
});
