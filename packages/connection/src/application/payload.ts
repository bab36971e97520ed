import { MAX_CONTROL_PAYLOAD } from '@webson/frame';
import type { Platform } from '../protocol/contract/platform.js';

/** @throws RangeError for a type that no message can have. */
export function checkType(type: number): void {
  if (!Number.isInteger(type) || type < 1 || type > 15) {
    throw new RangeError(`type: an integer from 1 to 15 expected, got ${String(type)}`);
  }
}

/** @throws RangeError for a type that is not the type of a data message, 1 to 7 (RFC 6455 §5.6). */
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

/** The memory of a typed array, DataView or buffer, as bytes. @throws TypeError for anything else. */
export function toPayload(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  if (ArrayBuffer.isView(payload)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  if (isMemory(payload)) return new Uint8Array(payload);
  throw new TypeError(`payload: a string, typed array or ArrayBuffer expected, got ${typeof payload}`);
}

// A page that is not isolated from other origins has no SharedArrayBuffer.
const buffers = typeof SharedArrayBuffer === 'undefined' ? [ArrayBuffer] : [ArrayBuffer, SharedArrayBuffer];
const byteLengthGetters = buffers.map(({ prototype }) => {
  return Object.getOwnPropertyDescriptor(prototype, 'byteLength')?.get as () => number;
});

// A buffer of another realm is no instance of this realm's class. The getter of `byteLength` accepts it all the same, and throws
// for every other value.
function isMemory(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return byteLengthGetters.some((byteLength) => {
    try {
      return byteLength.call(value) >= 0;
    } catch {
      return false;
    }
  });
}
