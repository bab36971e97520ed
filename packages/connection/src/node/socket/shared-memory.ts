import { isNode, workerThreads } from '../built-ins.js';
import { allocateUnzeroed } from './allocator.js';

const { markAsUntransferable } = workerThreads;

interface TransferableBuffer {
  transfer?(): unknown;
}

function refuse(): never {
  throw new TypeError('this ArrayBuffer is in use elsewhere too: copy the bytes to transfer them');
}

const REFUSING: PropertyDescriptor = { value: refuse };

// Bun and Deno heed the mark in their later versions only: before, it does nothing.
const heedsMark: boolean = isNode || !isTakenBy((buffer) => structuredClone(buffer, { transfer: [buffer] }));

/** True on Node 22 and Bun, where `transfer` and `transferToFixedLength` ignore the mark. */
const ignoresMark: boolean = heedsMark && isTakenBy((buffer) => (buffer as TransferableBuffer).transfer?.());

function isTakenBy(way: (buffer: ArrayBuffer) => unknown): boolean {
  const buffer = new ArrayBuffer(1);
  markAsUntransferable(buffer);
  try {
    way(buffer);
  } catch {}
  return buffer.byteLength === 0;
}

function mark(buffer: ArrayBufferLike): void {
  markAsUntransferable(buffer);
  if (!ignoresMark) return;
  Reflect.defineProperty(buffer, 'transfer', REFUSING);
  Reflect.defineProperty(buffer, 'transferToFixedLength', REFUSING);
}

function allocateMarked(length: number): Uint8Array {
  const memory = allocateUnzeroed(length);
  mark(memory.buffer);
  return memory;
}

/**
 * Allocates memory that several messages share, with arbitrary contents, whose buffer cannot be transferred. An attempt to do so
 * throws DataCloneError in `postMessage` and `structuredClone`, which copy instead on Node 20, and TypeError in `transfer`. Byte
 * streams (`type: 'bytes'`) throw from Node 24 on and on Deno; on older versions and on Bun they do transfer it.
 *
 * Undefined where buffers cannot be marked, as on earlier versions of Bun and Deno.
 */
export const allocateShared: ((length: number) => Uint8Array) | undefined = heedsMark ? allocateMarked : undefined;

/** Makes the buffer of these bytes untransferable in the same way. Undefined where that is not possible. */
export const pin: ((bytes: Uint8Array) => void) | undefined = heedsMark ? ({ buffer }) => mark(buffer) : undefined;
