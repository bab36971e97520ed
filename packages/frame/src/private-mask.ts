import { checkType } from './check-options.js';
import { maskWords } from './key-table.js';
import {
  keyAt,
  MAY_NOT_BE_ASCII,
  maskRange,
  repeatedKey,
  rotateKey,
  WORDWISE_FROM,
  WORDWISE_TO,
  wordsOf,
} from './mask.js';
import { WORD_LENGTH, WORD_SHIFT } from './word.js';

/** A checked, private copy of the shared secret that widens the masking key of every frame. It never changes. */
export class PrivateMask {
  readonly bytes: Uint8Array;

  /** @throws RangeError unless `secret` has a length that is a positive multiple of 4. */
  constructor(secret: Uint8Array) {
    checkPrivateMask(secret);
    this.bytes = new Uint8Array(secret);
  }
}

let lastMask: PrivateMask | undefined;

/**
 * The private mask for `secret`. The last one is reused if its bytes are the same: most processes use a single secret,
 * so the key table that is prepared for it serves all connections in both directions.
 *
 * @throws RangeError unless `secret` has a length that is a positive multiple of 4.
 */
export function privateMaskOf(secret: Uint8Array): PrivateMask {
  if (lastMask === undefined || !isEqual(lastMask.bytes, secret)) lastMask = new PrivateMask(secret);
  return lastMask;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function xorBytes(
  bytes: Uint8Array,
  from: number,
  to: number,
  key: number,
  secret: Uint8Array,
  position: number,
): number {
  let seen = 0;
  let i = from;
  let at = position;
  let rotated = key;
  // Single bytes up to a multiple of 4 of the secret: four bytes from there on never reach beyond its end.
  for (; i < to && (at & 3) !== 0; rotated = rotateKey(rotated, 1)) {
    const a = bytes[i]! ^ secret[at++]! ^ (rotated & 0xff);
    bytes[i++] = a;
    seen |= a;
  }
  if (at === secret.length) at = 0;
  const k0 = rotated & 0xff;
  const k1 = (rotated >>> 8) & 0xff;
  const k2 = (rotated >>> 16) & 0xff;
  const k3 = rotated >>> 24;
  for (const unrolled = to - 3; i < unrolled; i += 4) {
    const a = bytes[i]! ^ secret[at]! ^ k0;
    const b = bytes[i + 1]! ^ secret[at + 1]! ^ k1;
    const c = bytes[i + 2]! ^ secret[at + 2]! ^ k2;
    const d = bytes[i + 3]! ^ secret[at + 3]! ^ k3;
    bytes[i] = a;
    bytes[i + 1] = b;
    bytes[i + 2] = c;
    bytes[i + 3] = d;
    seen |= a | b | c | d;
    at += 4;
    if (at === secret.length) at = 0;
  }
  for (let left = k0 | (k1 << 8) | (k2 << 16); i < to; left >>>= 8) {
    const a = bytes[i]! ^ secret[at++]! ^ (left & 0xff);
    bytes[i++] = a;
    seen |= a;
  }
  return seen & 0x80;
}

function maskRangeBy(
  bytes: Uint8Array,
  from: number,
  to: number,
  key: number,
  secret: Uint8Array,
  position: number,
  mask: PrivateMask | undefined,
): number {
  const length = to - from;
  if (length < WORDWISE_FROM) return xorBytes(bytes, from, to, key, secret, position);
  const offset = bytes.byteOffset + from;
  if (offset + length > WORDWISE_TO) return xorBytes(bytes, from, to, key, secret, position);
  // First the bytes up to the boundary of a word in the buffer, then words, then the remaining bytes.
  const head = -offset & (WORD_LENGTH - 1);
  const first = (offset + head) >>> WORD_SHIFT;
  const count = (length - head) >>> WORD_SHIFT;
  const start = from + head;
  const end = start + count * WORD_LENGTH;
  const rotated = rotateKey(key, head);
  let at = position;
  if (head > 0) {
    xorBytes(bytes, from, start, key, secret, at);
    at += head;
    if (at >= secret.length) at -= secret.length;
  }
  maskWords(wordsOf(bytes.buffer, first + count), first, count, secret, at, mask, repeatedKey(rotated));
  if (end < to) xorBytes(bytes, end, to, rotated, secret, (at + count * WORD_LENGTH) % secret.length);
  return MAY_NOT_BE_ASCII;
}

/**
 * Masks bytes[from, to) as `maskRange` does, and with a private mask too, whose byte `position` (less than its length)
 * applies to `bytes[from]`. The masking key is not widened beforehand: except for the shortest secrets, that would take
 * longer than masking a small frame.
 */
export function maskRangePrivately(
  bytes: Uint8Array,
  from: number,
  to: number,
  key: number,
  mask: PrivateMask,
  position: number,
): number {
  const secret = mask.bytes;
  if (secret.length > 4) return maskRangeBy(bytes, from, to, key, secret, position, mask);
  return maskRange(bytes, from, to, key ^ rotateKey(keyAt(secret, 0), position));
}

/**
 * Masks or unmasks `bytes` in place; both are the same operation (RFC 6455 §5.3).
 *
 * @param key 4 bytes, or a longer multiple of 4 made by {@link widenMaskingKey}.
 * @param position how many bytes of payload precede `bytes`, so that a payload can be masked slice by slice; 0 by
 *   default.
 * @returns the position of the slice that follows, in `[0, key.length)`.
 * @throws RangeError when the key's length is not a positive multiple of 4, or the position is negative or not an
 *   integer.
 */
export function applyMask(bytes: Uint8Array, key: Uint8Array, position = 0): number {
  const { length } = key;
  checkQuads('masking key', length);
  if (!Number.isInteger(position) || position < 0) {
    throw new RangeError(`mask position: an integer of at least 0 expected, got ${position}`);
  }
  const at = position % length;
  if (length > 4) maskRangeBy(bytes, 0, bytes.length, 0, key, at, undefined);
  else maskRange(bytes, 0, bytes.length, rotateKey(keyAt(key, 0), at));
  return (at + bytes.length) % length;
}

/**
 * Widens a masking key by a private mask: `key` repeated to the length of `privateMask`, and XORed with it.
 *
 * @throws RangeError when `key` is not 4 bytes or `privateMask` not a positive multiple of 4.
 */
export function widenMaskingKey(key: Uint8Array, privateMask: Uint8Array): Uint8Array {
  if (key.length !== 4) throw new RangeError(`masking key: 4 bytes expected, got ${key.length}`);
  checkPrivateMask(privateMask);
  const wide = new Uint8Array(privateMask);
  maskRange(wide, 0, wide.length, keyAt(key, 0));
  return wide;
}

/** @throws RangeError unless `privateMask` has a length that is a positive multiple of 4, TypeError if it is no bytes. */
export function checkPrivateMask(privateMask: Uint8Array): void {
  checkType('private mask', privateMask, 'Uint8Array');
  checkQuads('private mask', privateMask.length);
}

function checkQuads(name: string, length: number): void {
  if (length === 0 || length % 4 !== 0) {
    throw new RangeError(`${name}: a positive multiple of 4 bytes expected, got ${length}`);
  }
}
