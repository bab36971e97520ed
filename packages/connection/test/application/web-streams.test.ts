import * as own from 'node:stream/web';
import { afterEach, expect, test, vi } from 'vitest';
import { webStreams } from '../../src/application/web-streams.js';
import { Message } from '../../src/message.js';
import { toStreams } from '../../src/to-streams.js';
import { cleanUpConnections, connectBoth } from '../support/connections.js';

cleanUpConnections();
afterEach(() => void vi.unstubAllGlobals());

test('they are the global ones', () => {
  const standIn = class {
    getReader(): void {}
    getWriter(): void {}
  };
  vi.stubGlobal('ReadableStream', standIn);
  vi.stubGlobal('WritableStream', standIn);
  expect(webStreams().ReadableStream).toBe(standIn);
});

test.each<[string, string, unknown]>([
  ['no ReadableStream', 'ReadableStream', undefined],
  ['no WritableStream', 'WritableStream', undefined],
  ['a WritableStream that can do nothing', 'WritableStream', class {}],
])('where a test environment has %s, they are those of Node', async (_title, name, value) => {
  vi.stubGlobal(name, value);
  const { ReadableStream, WritableStream } = webStreams();
  expect([ReadableStream, WritableStream]).toEqual([own.ReadableStream, own.WritableStream]);
  const { client, server } = connectBoth();
  const got = new Promise<string>((resolve) => server.onMessage(2, (message) => resolve(message.text())));
  void server.start();
  const { readable, writable } = toStreams(client);
  await writable.getWriter().write('abc');
  expect(await got).toBe('abc');
  server.dispatch(1, 'back');
  const { value: piece } = await readable.getReader().read();
  expect(Buffer.from(piece!).toString()).toBe('back');
});

test('where there are none, it says so', () => {
  vi.stubGlobal('ReadableStream', undefined);
  vi.stubGlobal('process', undefined);
  expect(() => webStreams()).toThrow(expect.objectContaining({ code: 'NO_WEB_STREAMS', name: 'WebsonError' }));
  expect(Message.prototype.stream).toThrow(expect.objectContaining({ code: 'NO_WEB_STREAMS' }));
});
