import workerThreads, { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type * as SharedMemory from '../../../src/node/socket/shared-memory.js';
import { allocateShared, pin } from '../../../src/node/socket/shared-memory.js';
import { takeAway } from '../../support/take-away.js';

interface Transferable {
  transfer(): ArrayBuffer;
  transferToFixedLength(): ArrayBuffer;
}

const { port1, port2 } = new MessageChannel();
port1.close();
port2.close();

const ways: [string, (bytes: Uint8Array) => unknown][] = [
  ['postMessage', (bytes) => port1.postMessage(bytes, [bytes.buffer as ArrayBuffer])],
  ['structuredClone', takeAway],
];

const bufferWays: typeof ways = [
  ['transfer', (bytes) => (bytes.buffer as unknown as Transferable).transfer()],
  ['transferToFixedLength', (bytes) => (bytes.buffer as unknown as Transferable).transferToFixedLength()],
];

/** Whether it threw. */
function attempt(way: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    way(bytes);
    return false;
  } catch {
    return true;
  }
}

// Node 20 copies what it may not transfer.
const throws = !process.version.startsWith('v20.');

describe('allocateShared', () => {
  test.each([...ways, ...bufferWays])('%s takes nothing away', (name, way) => {
    const memory = allocateShared!(100);
    const bytes = memory.subarray(8, 28).fill(7);
    expect(attempt(way, bytes)).toBe(throws || name.startsWith('transfer'));
    expect([memory.length, bytes.length]).toEqual([100, 20]);
    expect(bytes.every((byte) => byte === 7)).toBe(true);
  });

  test('what lies in it can be cloned', () => {
    const bytes = allocateShared!(100).subarray(8, 28).fill(7);
    expect(structuredClone(bytes)).toEqual(new Uint8Array(20).fill(7));
  });
});

describe('pin', () => {
  test.each(ways)('%s takes nothing away', (_name, way) => {
    const bytes = new Uint8Array(100).fill(7);
    pin!(bytes);
    expect(attempt(way, bytes)).toBe(throws);
    expect(bytes.every((byte) => byte === 7) && bytes.length === 100).toBe(true);
  });

  test('takes any memory, more than once', () => {
    const pooled = Buffer.from('abc');
    for (const memory of [new SharedArrayBuffer(8), pooled.buffer, Object.freeze(new ArrayBuffer(8))]) {
      pin!(new Uint8Array(memory));
      pin!(new Uint8Array(memory));
    }
    expect(pooled.toString()).toBe('abc');
  });
});

describe('on Bun and Deno', () => {
  afterEach(() => {
    Reflect.deleteProperty(process.versions, 'bun');
    vi.restoreAllMocks();
    vi.resetModules();
  });

  async function loadOnBun(): Promise<typeof SharedMemory> {
    Object.defineProperty(process.versions, 'bun', { value: '1.4.5', configurable: true });
    vi.resetModules();
    return await import('../../../src/node/socket/shared-memory.js');
  }

  test('memory is shared where the mark is heeded', async () => {
    const memory = (await loadOnBun()).allocateShared!(100);
    expect(attempt(takeAway, memory.subarray(8, 28))).toBe(throws);
    expect(memory.length).toBe(100);
  });

  test('memory is not shared where the mark does nothing', async () => {
    vi.spyOn(workerThreads, 'markAsUntransferable').mockImplementation(() => {});
    expect(await loadOnBun()).toMatchObject({ allocateShared: undefined, pin: undefined });
  });
});
