import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Connection, dial, type Server, Status, serve } from '@webson/connection';
import { pooled } from '@webson/connection/internal';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Pool } from '../src/index.js';

// What the actions of a pool throw is heard as what handlers throw: by the connection's onError, else its server's, else as a
// warning of the process.
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const action of cleanUps.splice(0).reverse()) await action();
});

async function serveForTest(...[options, onConnection]: Partial<Parameters<typeof serve>>): Promise<Server> {
  const server = await serve({ host: '127.0.0.1', ...options }, onConnection ?? (() => {}));
  cleanUps.push(() => server.close());
  return server;
}

function collectWarnings(): Error[] {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  return warnings;
}

const WAYS: [string, (error: Error) => unknown][] = [
  [
    'throws',
    (error) => {
      throw error;
    },
  ],
  ['rejects', (error) => Promise.reject(error)],
];

/** The next call of the function it returns resolves the promise. */
function next<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe.each(WAYS)('an action that %s', (way, fail) => {
  test.each(['onMessage', 'onStatus'] as const)(
    '%s: onError of the server hears it with the connection',
    async (action) => {
      const pool = new Pool();
      cleanUps.push(() => pool.close());
      const error = new Error('mine');
      const heard = next<unknown>();
      let member: Connection<unknown> | undefined;
      const server = await serveForTest({ onError: (...all) => heard.resolve(all) }, (ws) => {
        member = ws;
        pool.add(ws);
      });
      if (action === 'onMessage') pool.onMessage(() => fail(error));
      else pool.onStatus((status) => (status === Status.Ready ? fail(error) : undefined));
      const client = await dial(server.url);
      client.onReady((adapter) => adapter.dispatch(1, 'hello'));
      expect(await client.start()).toMatchObject({ code: 1011 });
      expect(await heard.promise).toEqual([error, { connection: member }]);
    },
  );

  test('onRedial: onError of the connection hears it, and the client is dialled all the same', async () => {
    let connections = 0;
    const server = await serveForTest({}, (ws) => {
      if (++connections === 1) ws.onReady((adapter) => adapter.close(1012));
    });
    const pool = new Pool({ clientRetry: 1, retryInterval: 0 });
    cleanUps.push(() => pool.close());
    const heard: string[] = [];
    const ready = next<void>();
    pool.onRedial(({ step }) => {
      if (step === 'ready') ready.resolve();
      return fail(new Error(step));
    });
    const client = await dial(server.url);
    client.onError(({ message }) => heard.push(message));
    pool.add(client);
    await ready.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(['wait', 'dial', 'ready']);
    expect(client.status).toBe(Status.Ready);
  });

  test('onUndelivered: a warning where nobody hears it, and the connection stays open', async () => {
    const warnings = collectWarnings();
    // Nobody starts the server's end: it reads no more than a little.
    const server = await serveForTest({}, () => new Promise(() => {}));
    const pool = new Pool({ highWaterMark: 1 });
    cleanUps.push(() => pool.close());
    const told = next<void>();
    pool.onUndelivered(() => {
      setImmediate(() => told.resolve());
      return fail(Object.assign(new Error('mine'), { name: `onUndelivered ${way}` }));
    });
    const client = await dial(server.url);
    pool.add(client);
    while (pool.dispatch(2, new Uint8Array(1_000_000)) > 0);
    await told.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`onUndelivered ${way}: mine`)]);
    expect(client.status).toBe(Status.Ready);
    pooled(client).terminate();
  });
});

test('retryOn that throws: onError of the connection hears it, and the client leaves', async () => {
  const server = await serveForTest({}, (ws) => ws.onReady((adapter) => adapter.close(1012)));
  const error = new Error('mine');
  const pool = new Pool({
    clientRetry: 5,
    retryInterval: 0,
    retryOn: () => {
      throw error;
    },
  });
  const client = await dial(server.url);
  const heard: unknown[] = [];
  client.onError((thrown) => heard.push(thrown));
  client.onStatus(Status.Closed, () => server.close());
  pool.add(client);
  await pool.wait();
  expect(heard).toEqual([error]);
});

test('NODE_DEBUG=webson shows each step of dialling again, with its reason', async () => {
  const program = `
    const { dial, serve } = await import('@webson/connection');
    const { Pool } = await import('@webson/pool');
    const server = await serve({ host: '127.0.0.1' }, (ws) => ws.onReady((adapter) => adapter.close(1012)));
    const pool = new Pool({ clientRetry: 1, retryInterval: 0 });
    const client = await dial(server.url + '?token=s3cret');
    client.onReady(() => server.close());
    pool.add(client);
    await pool.wait();
  `;
  const options = { env: { ...process.env, NODE_DEBUG: 'webson' }, cwd: new URL('.', import.meta.url) };
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], options);
  expect(stderr).toMatch(/ #\d+ redial: wait, attempt 1 in \d+ ms: closed with 1012\n/);
  expect(stderr).toMatch(/ #\d+ redial: dial, attempt 1\n.* #\d+ dial ws:\/\/127\.0\.0\.1:\d+\/\?token=\*\*\*\n/);
  expect(stderr).toMatch(/ redial: giveUp, attempt 1: HandshakeError /);
  expect(stderr).not.toContain('s3cret');
});
