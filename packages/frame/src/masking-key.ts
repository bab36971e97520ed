// Random bytes are fetched for many keys at once, because a call of the random source costs far more than four bytes of
// it.
const POOL_LENGTH = 8192;
const pool = /* @__PURE__ */ new Uint8Array(POOL_LENGTH);
let used = POOL_LENGTH;

/**
 * Writes a fresh masking key, 4 bytes from a cryptographically strong source, to `target[offset, offset + 4)`
 * (RFC 6455 §5.3, §10.3: unpredictable, new for every frame).
 */
export function writeMaskingKey(target: Uint8Array, offset: number): void {
  if (used === POOL_LENGTH) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  target[offset] = pool[used++]!;
  target[offset + 1] = pool[used++]!;
  target[offset + 2] = pool[used++]!;
  target[offset + 3] = pool[used++]!;
}
