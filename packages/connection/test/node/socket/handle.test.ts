import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as HandleModule from '../../../src/node/socket/handle.js';

// What was observed holds for the whole process, so each test loads the code anew.
let SocketHandle: typeof HandleModule.SocketHandle;
beforeEach(async () => {
  vi.resetModules();
  ({ SocketHandle } = await import('../../../src/node/socket/handle.js'));
});

const opened: { destroy(): unknown }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});

async function openSocket(): Promise<Socket> {
  const server = createServer((socket) => opened.push(socket)).listen(0, '127.0.0.1');
  opened.push({ destroy: () => server.close() });
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  opened.push(socket);
  await once(socket, 'connect');
  return socket;
}

// Node 26 first tries to write without a request.
it('writes through the stream for good where Node writes in another way than is known', async () => {
  const socket = await openSocket();
  const handle = SocketHandle.of(socket, () => {})!;
  expect(handle.canWrite).toBe(false);
  const raw = (socket as unknown as { _handle: { writeBuffer: (request: unknown, bytes: Uint8Array) => number } })
    ._handle;
  const written: unknown[] = [];
  raw.writeBuffer = (request) => {
    written.push(request);
    return 0;
  };
  handle.observeWrite(() => raw.writeBuffer(null, new Uint8Array(1)));
  expect(written).toEqual([null]);
  expect(handle.canWrite).toBe(false);
  let calls = 0;
  handle.observeWrite(() => calls++);
  expect(calls).toBe(1);
  expect(handle.canWrite).toBe(false);
});

it('writes through the stream for good where requests do not tell whether they are pending', async () => {
  const socket = await openSocket();
  const handle = SocketHandle.of(socket, () => {})!;
  const raw = (socket as unknown as { _handle: { writeBuffer: (request: unknown, bytes: Uint8Array) => number } })
    ._handle;
  class SilentRequest {
    getAsyncId(): number {
      throw new TypeError('expected AsyncWrap');
    }
  }
  raw.writeBuffer = () => 0;
  handle.observeWrite(() => raw.writeBuffer(new SilentRequest(), new Uint8Array(1)));
  expect(handle.canWrite).toBe(false);
});

it('reads through the stream where the handle cannot read into a buffer', async () => {
  const socket = await openSocket();
  const raw = (socket as unknown as { _handle: { useUserBuffer: () => void } })._handle;
  raw.useUserBuffer = () => {
    throw new Error('Not implemented: LibuvStreamWrap.prototype.useUserBuffer');
  };
  const read: Uint8Array[] = [];
  expect(SocketHandle.of(socket, () => {})!.readInto((bytes) => read.push(bytes))).toBe(false);
  const came = once(socket, 'data');
  (opened.find((one) => 'write' in one && one !== socket) as Socket).write('abc');
  expect(String((await came)[0])).toBe('abc');
  expect(read).toEqual([]);
});
