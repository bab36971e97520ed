import { MAX_CONTROL_PAYLOAD } from '@webson/frame';
import type { Platform } from './protocol/platform.js';

/** @throws RangeError for a type that no message can have. */
export function checkType(type: number): void {
  if (!Number.isInteger(type) || type < 1 || type > 15) {
    throw new RangeError(`type: an integer from 1 to 15 expected, got ${String(type)}`);
  }
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
  if (payload instanceof ArrayBuffer || payload instanceof SharedArrayBuffer) return new Uint8Array(payload);
  throw new TypeError(`payload: a string, typed array or ArrayBuffer expected, got ${typeof payload}`);
}
