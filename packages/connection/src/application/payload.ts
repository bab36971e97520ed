import { MAX_CONTROL_PAYLOAD } from '@webson/frame';
import type { Platform } from '../protocol/contract/platform.js';

/** @throws RangeError for a type that no message can have. */
export function checkType(type: number): void {
  if (!Number.isInteger(type) || type < 1 || type > 15) {
    throw new RangeError(`type: an integer from 1 to 15 expected, got ${String(type)}`);
  }
}

/** @throws RangeError for a type that no message of data can have: a control frame's, or none at all. */
export function checkDataType(type: number): void {
  checkType(type);
  if (type > 7) throw new RangeError(`type: a data type, 1 to 7, expected, got ${type}`);
}

/** @throws RangeError for more than 125 bytes (RFC 6455 §5.5). */
export function checkControlLength(payload: string | Uint8Array, platform: Platform): void {
  const length = typeof payload === 'string' ? platform.utf8Length(payload) : payload.length;
  if (length > MAX_CONTROL_PAYLOAD) {
    throw new RangeError(`payload: at most ${MAX_CONTROL_PAYLOAD} bytes in a control frame expected, got ${length}`);
  }
}

/** The bytes of whatever holds bytes: never its elements taken for bytes. @throws TypeError for anything else. */
export function toPayload(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  if (ArrayBuffer.isView(payload)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  if (isMemory(payload)) return new Uint8Array(payload);
  throw new TypeError(`payload: a string, typed array or ArrayBuffer expected, got ${typeof payload}`);
}

const lengthOf = [ArrayBuffer, SharedArrayBuffer].map(({ prototype }) => {
  return Object.getOwnPropertyDescriptor(prototype, 'byteLength')?.get as () => number;
});

// That of another realm is made by a class of its own, but has a length as ours has: the getter throws for all others.
function isMemory(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return lengthOf.some((length) => {
    try {
      return length.call(value) >= 0;
    } catch {
      return false;
    }
  });
}
