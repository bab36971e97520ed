import { encodeFrame } from '@webson/frame';
import { describe, expect, it } from 'vitest';
import { nodePlatform } from '../../src/node/platform.js';
import { MessageType } from '../../src/status.js';
import { turns } from '../support/turns.js';
import { expectNothingLeft, portOf, RawClient, serveForTest, upgradeRequest } from './harness.js';

expectNothingLeft();

/** What an echo of `count` messages costs, sent in one write, once everything is warm. */
async function workOfEcho(count: number, size: number): Promise<{ writes: number; allocations: number; read: number }> {
  const received: Uint8Array[] = [];
  let writes = 0;
  let handle: { writeBuffer: (...args: unknown[]) => unknown; writev: (...args: unknown[]) => unknown } | undefined;
  const server = await serveForTest({ pingInterval: 0 }, (connection, request) => {
    handle = (request.socket as unknown as { _handle: typeof handle })._handle;
    connection.onMessage(MessageType.Binary, (message, adapter) => {
      received.push(message.read());
      adapter.dispatch(message.type, message.read());
    });
  });
  const client = RawClient.to(portOf(server), upgradeRequest());
  await client.head();
  const frame = encodeFrame({ opcode: 2, payload: new Uint8Array(size), mask: true });
  const reply = frame.length - 4;
  const burst = Buffer.concat(new Array(count).fill(frame));
  const answered = client.bytes.length;
  client.socket.write(frame);
  await client.until(({ bytes }) => bytes.length === answered + reply);
  const { writeBuffer, writev } = handle!;
  handle!.writeBuffer = function (...args): unknown {
    writes++;
    return writeBuffer.apply(this, args);
  };
  handle!.writev = function (...args): unknown {
    writes++;
    return writev.apply(this, args);
  };
  const { allocate, allocateShared } = nodePlatform;
  let allocations = 0;
  nodePlatform.allocate = (length) => {
    allocations++;
    return allocate(length);
  };
  Object.assign(nodePlatform, {
    allocateShared(length: number): Uint8Array {
      allocations++;
      return allocateShared!(length);
    },
  });
  try {
    client.socket.write(burst);
    await client.until(({ bytes }) => bytes.length === answered + reply * (count + 1));
    await turns(1);
  } finally {
    Object.assign(nodePlatform, { allocate, allocateShared });
  }
  return { writes, allocations, read: received.length - 1 };
}

describe('the work of an echo', () => {
  it('is one write for a hundred small messages that came together, and at most one piece of memory', async () => {
    const { writes, allocations, read } = await workOfEcho(100, 20);
    expect(read).toBe(100);
    expect(writes).toBe(1);
    expect(allocations).toBeLessThanOrEqual(1);
  });

  it('is one write and no memory for one small message', async () => {
    const { writes, allocations } = await workOfEcho(1, 20);
    expect(writes).toBe(1);
    expect(allocations).toBeLessThanOrEqual(1);
  });

  it('is one write for sixteen messages of 1 KiB, and one piece of memory for each eight of them', async () => {
    const { writes, allocations } = await workOfEcho(16, 1024);
    expect(writes).toBe(1);
    expect(allocations).toBe(2);
  });

  it('is one piece of memory for a message of 1 MiB, which is put together once and sent from there', async () => {
    const { allocations } = await workOfEcho(1, 1024 * 1024);
    expect(allocations).toBe(1);
  });
});
