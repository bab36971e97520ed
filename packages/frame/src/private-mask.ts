import { maskFew, maskWords, setMaskingWord } from './key-table.js';
import { maskRange, UNKNOWN, WORDWISE_FROM, wordsOf } from './mask.js';

/** A shared secret that widens every frame's masking key: checked, and a copy of its own that never changes. */
export class PrivateMask {
  readonly bytes: Uint8Array;

  /** @throws RangeError unless `secret` has a length that is a positive multiple of 4. */
  constructor(secret: Uint8Array) {
    checkPrivateMask(secret);
    this.bytes = new Uint8Array(secret);
  }
}

/** The largest integer of 31 bits: sums of two of them are quick, and so are shifts. */
const SMALL = 0x7fff_ffff;

let lastMask: PrivateMask | undefined;

/**
 * The private mask for `secret`: the one made last, if that is the same. Most processes know one secret, and what is
 * prepared for it then serves all connections, both ways.
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
  k0: number,
  k1: number,
  k2: number,
  k3: number,
  key: Uint8Array,
  position: number,
): number {
  let seen = 0;
  let i = from;
  let at = position;
  // Four bytes from a multiple of 4 on never reach beyond the end of the key.
  while (i < to && (at & 3) !== 0) {
    const a = bytes[i]! ^ key[at++]! ^ k0;
    bytes[i++] = a;
    seen |= a;
    const turned = k0;
    k0 = k1;
    k1 = k2;
    k2 = k3;
    k3 = turned;
  }
  if (at === key.length) at = 0;
  for (const unrolled = to - 3; i < unrolled; i += 4) {
    const a = bytes[i]! ^ key[at]! ^ k0;
    const b = bytes[i + 1]! ^ key[at + 1]! ^ k1;
    const c = bytes[i + 2]! ^ key[at + 2]! ^ k2;
    const d = bytes[i + 3]! ^ key[at + 3]! ^ k3;
    bytes[i] = a;
    bytes[i + 1] = b;
    bytes[i + 2] = c;
    bytes[i + 3] = d;
    seen |= a | b | c | d;
    at += 4;
    if (at === key.length) at = 0;
  }
  if (i < to) {
    const a = bytes[i]! ^ key[at]! ^ k0;
    bytes[i] = a;
    seen |= a;
    if (++i < to) {
      const b = bytes[i]! ^ key[at + 1]! ^ k1;
      bytes[i] = b;
      seen |= b;
      if (++i < to) {
        const c = bytes[i]! ^ key[at + 2]! ^ k2;
        bytes[i] = c;
        seen |= c;
      }
    }
  }
  return seen & 0x80;
}

function maskRangeBy(
  bytes: Uint8Array,
  from: number,
  to: number,
  k0: number,
  k1: number,
  k2: number,
  k3: number,
  key: Uint8Array,
  position: number,
  mask: PrivateMask | undefined,
): number {
  if (to - from < WORDWISE_FROM) return xorBytes(bytes, from, to, k0, k1, k2, k3, key, position);
  // A piece of 2 GiB: beyond what small integers count.
  if (to - from > SMALL) return xorBytes(bytes, from, to, k0, k1, k2, k3, key, position);
  const offset = bytes.byteOffset + from;
  // Bytes up to the first 64-bit boundary of the underlying buffer, then words, then the rest.
  const head = -offset & 7;
  const count = (to - from - head) >>> 3;
  let at = position;
  if (head > 0) {
    setMaskingWord(k0, k1, k2, k3);
    maskFew(bytes, from, head, key, at);
    at += head;
    if (at >= key.length) at -= key.length;
  }
  const turn = head & 3;
  const r0 = turn === 0 ? k0 : turn === 1 ? k1 : turn === 2 ? k2 : k3;
  const r1 = turn === 0 ? k1 : turn === 1 ? k2 : turn === 2 ? k3 : k0;
  const r2 = turn === 0 ? k2 : turn === 1 ? k3 : turn === 2 ? k0 : k1;
  const r3 = turn === 0 ? k3 : turn === 1 ? k0 : turn === 2 ? k1 : k2;
  setMaskingWord(r0, r1, r2, r3);
  const { buffer } = bytes;
  if (offset > SMALL) {
    maskWords(new BigUint64Array(buffer, offset + head, count), 0, count, key, at, mask);
  } else {
    const first = (offset + head) >>> 3;
    maskWords(wordsOf(buffer, first + count), first, count, key, at, mask);
  }
  const end = from + head + count * 8;
  if (end < to) maskFew(bytes, end, to - end, key, (at + count * 8) % key.length);
  return UNKNOWN;
}

/**
 * As `maskRange`, under a private mask: `k0`, of the frame's masking key, and byte `position` of `mask`, less than its
 * length, apply to `bytes[from]`. The masking key is not widened for that: that would take longer than masking a small
 * frame, for any but the shortest secret.
 */
export function maskRangePrivately(
  bytes: Uint8Array,
  from: number,
  to: number,
  k0: number,
  k1: number,
  k2: number,
  k3: number,
  mask: PrivateMask,
  position: number,
): number {
  const key = mask.bytes;
  if (key.length > 4) return maskRangeBy(bytes, from, to, k0, k1, k2, k3, key, position, mask);
  const a = k0 ^ key[position]!;
  const b = k1 ^ key[(position + 1) & 3]!;
  const c = k2 ^ key[(position + 2) & 3]!;
  const d = k3 ^ key[(position + 3) & 3]!;
  return maskRange(bytes, from, to, a, b, c, d);
}

/**
 * Masks, or unmasks, `bytes` in place (RFC 6455 §5.3).
 *
 * @param key 4 bytes, or a longer multiple of 4 made by {@link widenMaskingKey}.
 * @param position how many payload bytes went before, so that a payload can be masked slice by slice; 0 by default.
 * @returns the position for the slice that follows, in `[0, key.length)`.
 * @throws RangeError when the key's length is not a positive multiple of 4, or the position is negative or not an integer.
 */
export function applyMask(bytes: Uint8Array, key: Uint8Array, position = 0): number {
  const { length } = key;
  if (length === 0 || length % 4 !== 0) {
    throw new RangeError(`masking key: a positive multiple of 4 bytes expected, got ${length}`);
  }
  if (!Number.isInteger(position) || position < 0) {
    throw new RangeError(`mask position: an integer of at least 0 expected, got ${position}`);
  }
  const at = position % length;
  if (length > 4) maskRangeBy(bytes, 0, bytes.length, 0, 0, 0, 0, key, at, undefined);
  else maskRange(bytes, 0, bytes.length, key[at]!, key[(at + 1) & 3]!, key[(at + 2) & 3]!, key[(at + 3) & 3]!);
  return (at + bytes.length) % length;
}

/**
 * The masking key widened by a private mask: as long as `privateMask`, `key` repeated and XORed with it.
 *
 * @throws RangeError when `key` is not 4 bytes or `privateMask` not a positive multiple of 4.
 */
export function widenMaskingKey(key: Uint8Array, privateMask: Uint8Array): Uint8Array {
  if (key.length !== 4) throw new RangeError(`masking key: 4 bytes expected, got ${key.length}`);
  checkPrivateMask(privateMask);
  const wide = new Uint8Array(privateMask);
  maskRange(wide, 0, wide.length, key[0]!, key[1]!, key[2]!, key[3]!);
  return wide;
}

/** @throws RangeError unless `privateMask` has a length that is a positive multiple of 4. */
export function checkPrivateMask(privateMask: Uint8Array): void {
  if (privateMask.length === 0 || privateMask.length % 4 !== 0) {
    throw new RangeError(`private mask: a positive multiple of 4 bytes expected, got ${privateMask.length}`);
  }
}
