/** The message schedule. It is reused, because hashing is synchronous: no two calls ever overlap. */
const schedule: Int32Array = /* @__PURE__ */ new Int32Array(80);
/** The last one or two blocks with their padding; reused for the same reason. */
const tail: Uint8Array = /* @__PURE__ */ new Uint8Array(128);
const state: Int32Array = /* @__PURE__ */ new Int32Array(5);

/**
 * The SHA-1 digest of `bytes`, 20 bytes (RFC 3174). It serves `Sec-WebSocket-Accept` alone (RFC 6455 §4.2.2), which
 * shows that a server speaks WebSocket and is not a means of security.
 */
export function sha1(bytes: Uint8Array): Uint8Array {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;

  const { length } = bytes;
  const whole = length - (length % 64);
  for (let offset = 0; offset < whole; offset += 64) compress(bytes, offset);

  const left = length - whole;
  const padded = left < 56 ? 64 : 128;
  tail.fill(0);
  tail.set(bytes.subarray(whole));
  tail[left] = 0x80;
  // The length in bits is 64 bits wide. Its two halves are written separately, because `length * 8` may exceed 32 bits.
  writeInt32(tail, padded - 8, Math.floor(length / 0x20000000));
  writeInt32(tail, padded - 4, length << 3);
  for (let offset = 0; offset < padded; offset += 64) compress(tail, offset);

  const digest = new Uint8Array(20);
  for (let i = 0; i < 5; i++) writeInt32(digest, i * 4, state[i] as number);
  return digest;
}

/** Hashes one block of 64 bytes into the state (RFC 3174 §6.1). */
function compress(bytes: Uint8Array, offset: number): void {
  const w = schedule;
  for (let t = 0; t < 16; t++) {
    const at = offset + t * 4;
    w[t] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let t = 16; t < 80; t++) {
    const x = (w[t - 3] as number) ^ (w[t - 8] as number) ^ (w[t - 14] as number) ^ (w[t - 16] as number);
    w[t] = (x << 1) | (x >>> 31);
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  for (let t = 0; t < 80; t++) {
    let mix: number;
    if (t < 20) mix = ((b & c) | (~b & d)) + 0x5a827999;
    else if (t < 40) mix = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) mix = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mix = (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + mix + e + (w[t] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  // An Int32Array wraps the stored values, which gives the addition modulo 2^32 that SHA-1 prescribes.
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
}

function writeInt32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}
