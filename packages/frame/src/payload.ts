const EMPTY = new Uint8Array(0);

/**
 * The memory of a typed array, DataView or buffer, of any realm, as bytes; none for undefined.
 *
 * @throws TypeError for anything else.
 */
export function payloadOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  if (payload === undefined) return EMPTY;
  if (ArrayBuffer.isView(payload)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  // A buffer of another realm is no instance of this realm's class, but has its name.
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(payload))) {
    return new Uint8Array(payload as ArrayBufferLike);
  }
  throw new TypeError(
    `payload: a typed array or ArrayBuffer expected, got ${payload === null ? 'null' : typeof payload}`,
  );
}
