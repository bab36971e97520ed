import { once } from 'node:events';
import { connect } from 'node:net';
import { resourceUsage } from 'node:process';
import { encodeFrame } from '@webson/frame';
import { describe, expect, it } from 'vitest';
import { allocate } from '../../../src/node/socket/allocator.js';
import { expectNothingLeft, portOf, serveForTest, upgradeRequest } from '../harness.js';

expectNothingLeft();

const SIZE = 1024 * 1024;
const PAGES = SIZE / 4096;

describe('allocate', () => {
  it('gives memory that belongs to nobody else', () => {
    const [a, b] = [allocate(10), allocate(10)];
    expect(a.buffer.byteLength).toBe(10);
    expect(a.buffer).not.toBe(b.buffer);
  });

  it('lets large messages come into memory that the process has already', async () => {
    const server = await serveForTest({ pingInterval: 0 }, (connection) => {
      connection.onMessage(2, (message, adapter) => adapter.dispatch(2, message.read()));
    });
    const frame = encodeFrame({ opcode: 2, payload: new Uint8Array(SIZE), mask: true });
    let awaited = 0;
    let arrived = (): void => {};
    const onData = (length: number): boolean => {
      awaited -= length;
      if (awaited <= 0) arrived();
      return true;
    };
    const port = Number(portOf(server));
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(256 * 1024), callback: onData } });
    const echo = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        awaited = frame.length - 4;
        const done = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        socket.write(frame);
        await done;
      }
    };
    await once(socket, 'connect');
    awaited = 1;
    socket.write(upgradeRequest());
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await echo(300);
    const before = resourceUsage().minorPageFault;
    await echo(300);
    const faults = (resourceUsage().minorPageFault - before) / 300;
    expect(faults).toBeLessThan(isGlibc() ? PAGES / 4 : 3 * PAGES);
    socket.destroy();
  });
});

/** Elsewhere there is nothing to teach, and no more is known than that a page comes in a few times at most. */
function isGlibc(): boolean {
  return 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;
}
