import type { DeflateDirection, ResolvedCompressOptions } from '../src/index.js';
import { Deflater, resolveCompressOptions } from '../src/index.js';

/** Options by default. */
const DEFAULTS: ResolvedCompressOptions = resolveCompressOptions();

/** A direction without context takeover. */
export const FRESH: DeflateDirection = { contextTakeover: false, windowBits: 15 };

/** More than any message here has. */
export const ROOMY = 1 << 24;

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export function deflater(
  direction: Partial<DeflateDirection> = {},
  options: Partial<ResolvedCompressOptions> = {},
): Deflater {
  return new Deflater({ ...FRESH, ...direction }, { ...DEFAULTS, ...options });
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Text with repetitions near and far. */
export function prose(length: number): Uint8Array {
  let text = '';
  for (let i = 0; text.length < length; i++)
    text += `{"id":${i},"name":"user ${i % 97}","score":${(i * 7919) % 1013}},`;
  return utf8(text.slice(0, length));
}

/** What a call threw. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
