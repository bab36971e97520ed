import { type Connection, dial, type Server, serve } from '@webson/connection';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Pool, type PoolOptions } from '../src/index.js';

// What a pool says when nobody listens to `onRedial`.
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const action of cleanUps.splice(0).reverse()) await action();
});

function collectWarnings(): (Error & { code?: string })[] {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  return warnings;
}

/** A server that goes away for good when `leave` is called. */
async function serveForTest(): Promise<Server> {
  const server = await serve({ host: '127.0.0.1' }, () => {});
  cleanUps.push(() => server.close());
  return server;
}

function makePool(options: PoolOptions = {}): Pool {
  const pool = new Pool({ clientRetry: 2, retryInterval: 0, maxRetryInterval: 0, ...options });
  cleanUps.push(() => pool.close());
  return pool;
}

/** Takes in clients of a server, which then leaves, and resolves when the pool has given them up. */
async function loseAll(pool: Pool, names: readonly string[]): Promise<Connection[]> {
  const server = await serveForTest();
  const clients = await Promise.all(names.map(() => dial(server.url)));
  clients.forEach((client, i) => pool.add(client, { name: names[i] as string }));
  await server.close();
  await pool.wait();
  await new Promise((resolve) => setImmediate(resolve));
  return clients;
}

describe('a pool that gives up its clients', () => {
  test('says so once for each cause, with name, attempts, cause and options', async () => {
    const warnings = collectWarnings();
    await loseAll(makePool({ name: 'feeds' }), ['one', 'two']);
    expect(warnings.map(({ code }) => code)).toEqual(['WEBSON_POOL_GAVE_UP']);
    const { message } = warnings[0] as Error;
    expect(message).toMatch(
      /^feeds has given up its client "(one|two)" after 2 attempts, and dials it no more: HandshakeError CONNECT_FAILED: /,
    );
    for (const option of ['clientRetry', 'retryOn', 'onRedial']) expect(message).toContain(option);
    // Another pool of that name is another.
    await loseAll(makePool({ name: 'feeds', clientRetry: 1 }), ['three']);
    expect(warnings).toHaveLength(2);
    expect(warnings[1]?.message).toContain('"three" after 1 attempt,');
  });

  test('says nothing beside onRedial', async () => {
    const warnings = collectWarnings();
    const pool = makePool();
    const steps: string[] = [];
    pool.onRedial(({ step }) => steps.push(step));
    await loseAll(pool, ['one']);
    expect(steps.at(-1)).toBe('giveUp');
    expect(warnings).toEqual([]);
  });

  test('says nothing without attempts, which was asked for', async () => {
    const warnings = collectWarnings();
    await loseAll(makePool({ clientRetry: 0 }), ['one']);
    expect(warnings).toEqual([]);
  });

  test('says nothing of a client that this side closes while it waits', async () => {
    const warnings = collectWarnings();
    const server = await serveForTest();
    const pool = makePool({ retryInterval: 60_000, maxRetryInterval: 60_000 });
    const client = await dial(server.url);
    pool.add(client);
    const ended = new Promise((resolve) => client.apply({ name: 'mine', onStatus: resolve }));
    await server.close();
    await ended;
    client.close();
    await pool.wait();
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  test('says nothing of a first attempt, whose promise rejects', async () => {
    const warnings = collectWarnings();
    const server = await serveForTest();
    await server.close();
    await expect(makePool().dial(server.url)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });
});
