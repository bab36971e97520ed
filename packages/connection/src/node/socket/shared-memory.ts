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

/** Node 22 has `transfer` and `transferToFixedLength`, and they do not look at the mark. */
const ignoresMark: boolean = isNode && transfersMarked();

function transfersMarked(): boolean {
  const buffer = new ArrayBuffer(1);
  markAsUntransferable(buffer);
  try {
    (buffer as TransferableBuffer).transfer?.();
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
 * Memory that several messages share, as `allocate` gives it. Who transfers its buffer gets DataCloneError from `postMessage`
 * and `structuredClone`, which copy instead on Node 20, and TypeError from `transfer`. Byte streams (`type: 'bytes'`) throw
 * from Node 24 on; before, they take it away.
 *
 * Undefined on Bun and Deno.
 */
export const allocateShared: ((length: number) => Uint8Array) | undefined = isNode ? allocateMarked : undefined;

/** Sees to it that the buffer of these bytes cannot be transferred any more, in the same way. Undefined on Bun and Deno. */
export const pin: ((bytes: Uint8Array) => void) | undefined = isNode ? ({ buffer }) => mark(buffer) : undefined;
