import { MAX_CONTROL_PAYLOAD } from '@webson/frame';
import type { Platform } from '../protocol/contract/platform.js';
import { described } from './described.js';

/** A payload of fewer bytes is copied by whoever sends it, so it does not matter whether its memory is shared. */
const SHARED_MATTERS_FROM = 4096;

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

/**
 * The memory of a typed array, DataView or buffer, of any realm, as bytes. Memory that threads share is copied: another thread
 * may write to it while the bytes are on their way.
 *
 * @throws TypeError for anything else.
 */
export function toPayload(payload: unknown): Uint8Array {
  const bytes = memoryOf(payload);
  if (bytes === undefined) {
    throw new TypeError(`payload: a string, typed array or ArrayBuffer expected, got ${described(payload)}`);
  }
  // `slice` makes memory of its own.
  return bytes.length >= SHARED_MATTERS_FROM && isShared(bytes.buffer) ? bytes.slice() : bytes;
}

/** The memory of a typed array, DataView or buffer, of any realm, as bytes; undefined for anything else. */
export function memoryOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isUnshared(value) || isShared(value) ? new Uint8Array(value) : undefined;
}

// A buffer of another realm is no instance of this realm's class. The getter of `byteLength` accepts it all the same, and throws
// for every other value.
type ByteLength = ((this: unknown) => number) | undefined;
const lengthOfUnshared = byteLengthOf(ArrayBuffer.prototype);
// Browsers have no such class in pages that are not isolated from others.
const lengthOfShared = typeof SharedArrayBuffer === 'undefined' ? undefined : byteLengthOf(SharedArrayBuffer.prototype);

function byteLengthOf(prototype: object): ByteLength {
  return Object.getOwnPropertyDescriptor(prototype, 'byteLength')?.get as ByteLength;
}

function isUnshared(value: unknown): value is ArrayBuffer {
  return hasLength(value, lengthOfUnshared);
}

function isShared(value: unknown): value is SharedArrayBuffer {
  // The getter throws for what is not shared, which takes as long as sending some KiB.
  return !(value instanceof ArrayBuffer) && hasLength(value, lengthOfShared);
}

function hasLength(value: unknown, byteLength: ByteLength): boolean {
  try {
    return byteLength !== undefined && byteLength.call(value) >= 0;
  } catch {
    return false;
  }
}
