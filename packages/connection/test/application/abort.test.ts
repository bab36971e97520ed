import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { abortReason, throwIfAborted } from '../../src/application/abort.js';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import { serve } from '../../src/node/server/serve.js';
import { takeOver } from '../../src/node/server/take-over.js';
import { cleanUp, expectNothingLeft, listen, rejection, serveForTest } from '../node/harness.js';
import { ForeignController } from '../support/foreign-signal.js';
import { hostileValues } from '../support/hostile-values.js';

expectNothingLeft();
afterEach(() => {
  vi.unstubAllGlobals();
});

test('the reason of a signal, or an AbortError', () => {
  const controller = new ForeignController();
  expect(() => throwIfAborted(undefined)).not.toThrow();
  expect(() => throwIfAborted(controller.signal)).not.toThrow();
  controller.abort();
  expect(abortReason(controller.signal)).toMatchObject({ name: 'AbortError' });
  expect(() => throwIfAborted(controller.signal)).toThrow(DOMException);
  expect(abortReason(AbortSignal.abort('text'))).toBe('text');
  expect(() => throwIfAborted(AbortSignal.abort('text'))).toThrow('text');
});

test('an AbortError where there is no DOMException', () => {
  const controller = new ForeignController();
  controller.abort();
  vi.stubGlobal('DOMException', undefined);
  const reason = abortReason(controller.signal);
  vi.unstubAllGlobals();
  expect(reason).toBeInstanceOf(Error);
  expect(reason).toMatchObject({ name: 'AbortError', message: 'This operation was aborted' });
});

describe.each([
  ['gives a reason', new Error('enough')],
  ['gives none', undefined],
])('a signal that is not Node’s, and %s', (_name, reason) => {
  const expected = reason === undefined ? { name: 'AbortError' } : { message: 'enough' };

  test('dial: before, and meanwhile', async () => {
    const controller = new ForeignController();
    const server = await listen((socket) => void socket.resume());
    const dialled = rejection(dial(`127.0.0.1:${server.port}`, { signal: controller.signal }));
    controller.abort(reason);
    expect(await dialled).toMatchObject(expected);
    expect(controller.listeners).toBe(0);
    expect(await rejection(dial('127.0.0.1:1', { signal: controller.signal }))).toMatchObject(expected);
  });

  test('serve: it serves until then, and not after', async () => {
    const controller = new ForeignController();
    const { signal } = controller;
    const server = await serve({ host: '127.0.0.1', signal }, () => {});
    const client = await dial(server.url, { signal });
    const ended = client.start();
    controller.abort(reason);
    expect(await ended).toMatchObject({ code: 1001, wasClean: true });
    await server.close();
    expect(controller.listeners).toBe(0);
    expect(await rejection(serve({ signal }, () => {}))).toMatchObject(expected);
  });

  test('takeOver: a client that waits gets 503', async () => {
    const controller = new ForeignController();
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    cleanUp(() => void http.close());
    const refused = new Promise<Error>((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        const headerVerify = (): Promise<boolean> => {
          controller.abort(reason);
          return new Promise(() => {});
        };
        resolve(rejection(takeOver(request, socket, head, { headerVerify, signal: controller.signal })));
      });
    });
    const client = rejection(dial(`127.0.0.1:${(http.address() as AddressInfo).port}`));
    expect(await refused).toMatchObject({ code: 'ABORTED', cause: expected });
    expect(await client).toMatchObject({ status: 503 });
  });

  test('drain: before, and meanwhile', async () => {
    const controller = new ForeignController();
    const { signal } = controller;
    const server = await serveForTest({}, (ws) => void ws.start());
    const clients: Connection[] = [];
    for (let i = 0; i < 2; i++) clients.push(await dial(server.url));
    const ends = clients.map((client) => client.start());
    const drained = rejection(server.drain({ batch: 1, interval: 60_000, signal }));
    await ends[0];
    controller.abort(reason);
    expect(await drained).toMatchObject(expected);
    expect(await rejection(server.drain({ signal }))).toMatchObject(expected);
    expect(server.connections.size).toBe(1);
    expect(controller.listeners).toBe(0);
    clients[1]?.close();
    await ends[1];
  });

  test('dispatchReader: before, and meanwhile', async () => {
    const controller = new ForeignController();
    const { signal } = controller;
    const server = await serveForTest({ enableStreams: true }, (ws) => void ws.start());
    const client = await dial(server.url, { enableStreams: true });
    const ended = client.start();
    const endless: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    const sent = rejection(client.dispatchReader(2, endless, { signal }));
    controller.abort(reason);
    expect(await sent).toMatchObject(expected);
    expect(await rejection(client.dispatchReader(2, endless, { signal }))).toMatchObject(expected);
    expect(controller.listeners).toBe(0);
    client.close();
    expect(await ended).toMatchObject({ wasClean: true });
  });
});

test('a server where AbortController is not Node’s', async () => {
  vi.stubGlobal('AbortController', ForeignController);
  const server = await serveForTest({}, (ws) => void ws.onMessage(1, () => ws.close(4000)));
  const client = await dial(server.url, { signal: new AbortController().signal });
  const ended = client.start();
  client.dispatch(1, 'x');
  expect(await ended).toMatchObject({ code: 4000, wasClean: true });
});

test.each(hostileValues)('aborted with %s: it is the reason', async (_name, create) => {
  const controller = new AbortController();
  const server = await listen((socket) => void socket.resume());
  const dialled = dial(`127.0.0.1:${server.port}`, { signal: controller.signal });
  controller.abort(create());
  const told = await dialled.then(
    () => ['connected'],
    (error: unknown) => [error],
  );
  expect(told[0] === controller.signal.reason).toBe(true);
});
