import { randomBytes } from 'node:crypto';
import { encode } from '../harness/frame.js';

/** What reads bring at most at a time. */
const CHUNK = 64 * 1024;

/** The frames one measurement goes over. */
export interface CodecInput {
  /** Payload bytes of every frame. */
  readonly size: number;
  readonly masked: boolean;
  /** Random, no two the same. */
  readonly payloads: readonly Buffer[];
  /** The frames back to back, and where in them each payload begins; never written to. */
  readonly wire: Buffer;
  readonly starts: readonly number[];
  /** `wire` in memory of its own, in chunks of 64 KiB; {@link CodecInput.refill} puts it back after it was unmasked in place. */
  readonly chunks: readonly Buffer[];
  refill(): void;
}

/** Lays out `length` bytes of binary frames or somewhat less, at least four, by code that is none of what is measured. */
export function makeInput(size: number, masked: boolean, length: number): CodecInput {
  const head = 2 + (size > 0xffff ? 8 : size > 125 ? 2 : 0) + (masked ? 4 : 0);
  const count = Math.max(4, Math.floor(length / (head + size)));
  const bytes = randomBytes(count * size);
  const payloads = Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  const wire = Buffer.concat(payloads.map((payload) => encode(payload, masked ? randomBytes(4) : undefined)));
  const work = Buffer.allocUnsafeSlow(wire.length);
  const cuts = Array.from({ length: Math.ceil(wire.length / CHUNK) }, (_, i) => i * CHUNK);
  return {
    size,
    masked,
    payloads,
    wire,
    starts: payloads.map((_, i) => i * (head + size) + head),
    chunks: cuts.map((cut) => work.subarray(cut, cut + CHUNK)),
    refill: () => wire.copy(work),
  };
}

/** Takes frames apart as slowly and plainly as can be, to check what an encoder made of `input`. Returns what is wrong. */
export function faultOfFrames({ payloads, masked }: CodecInput, bytes: Buffer): string | undefined {
  let at = 0;
  for (const [i, payload] of payloads.entries()) {
    const expected = encode(payload, masked ? Buffer.alloc(4) : undefined);
    const head = expected.length - payload.length - (masked ? 4 : 0);
    if (bytes.compare(expected, 0, head, at, at + head) !== 0) return `the header of frame ${i} is wrong`;
    at += head;
    const key = bytes.subarray(at, at + (masked ? 4 : 0));
    at += key.length;
    const found = bytes.subarray(at, at + payload.length);
    if (!(masked ? xor(found, key) : found).equals(payload)) return `the payload of frame ${i} is wrong`;
    at += payload.length;
  }
  return at === bytes.length ? undefined : `${bytes.length - at} bytes too many`;
}

/** `bytes` under a masking key, one at a time (RFC 6455 §5.3). */
export function xor(bytes: Buffer, key: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) result[i] = (bytes[i] ?? 0) ^ (key[i & 3] ?? 0);
  return result;
}
