import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { DeflateError, InflateError } from './errors.js';

/** How to inflate one DEFLATE stream; see `inflateStream`. */
export interface InflateStreamOptions {
  readonly windowBits: number;
  /** Bytes of output allowed, 0 or more. */
  readonly limit: number;
  /** What may be referred back to; empty for nothing. */
  readonly dictionary: Uint8Array;
}

/** One DEFLATE stream inflated. */
export interface InflatedStream {
  readonly output: Uint8Array;
  /** Bytes of input up to the end of the final block, the byte that it ends in included. */
  readonly consumed: number;
}

const MIN_CHUNK = 64;
const MAX_CHUNK = 65_536;
/** The largest output asked of zlib: every supported Node allows a buffer of this size. */
const MAX_OUTPUT = 0x7fff_ffff;
const INPUT_FAULTS: ReadonlySet<unknown> = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT']);

/**
 * Deflates one piece into blocks without BFINAL that end with an empty stored block, `00 00 ff ff` (RFC 7692 §7.2.1).
 * @throws {DeflateError}
 */
export function deflateStream(input: Uint8Array, options: ZlibOptions): Uint8Array {
  try {
    return deflateRawSync(input, {
      ...options,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: clamp(input.length, MIN_CHUNK, MAX_CHUNK),
    });
  } catch (error) {
    throw new DeflateError(error);
  }
}

/**
 * Inflates one DEFLATE stream, which has to be complete; bytes after its final block are left alone.
 * @throws {InflateError} whatever the input is, nothing else.
 */
export function inflateStream(input: Uint8Array, options: InflateStreamOptions): InflatedStream {
  const limit = Math.min(options.limit, MAX_OUTPUT);
  const zlibOptions: ZlibOptions = {
    windowBits: options.windowBits,
    // zlib wants at least 1, and what is one byte over 0 is found below.
    maxOutputLength: Math.max(limit, 1),
    // Chunks are what the output can overshoot by before it is stopped.
    chunkSize: clamp(Math.min(input.length * 4, limit + 1), MIN_CHUNK, MAX_CHUNK),
    // The result then tells how much of the input was used.
    info: true,
    ...(options.dictionary.length > 0 ? { dictionary: options.dictionary } : undefined),
  };
  let result: { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };
  try {
    result = inflateRawSync(input, zlibOptions) as unknown as typeof result;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new InflateError('INFLATE_LIMIT');
    throw isInputFault(code) ? new InflateError('INFLATE_CORRUPT') : new InflateError('INFLATE_FAILED', error);
  }
  if (result.buffer.length > limit) throw new InflateError('INFLATE_LIMIT');
  return { output: result.buffer, consumed: result.engine.bytesWritten };
}

/** Bytes that zlib's output may keep alive beside itself. */
const KEPT_BESIDE = 4 * 1024;

/**
 * zlib's output as a plain array of its own, at the start of its buffer: copied where it would keep much more memory alive
 * than it holds, or where it may lie in a pool that other data lies in too.
 */
export function ownBytes(output: Uint8Array): Uint8Array {
  const { length, buffer, byteOffset } = output;
  const isWide = length * 1.25 < buffer.byteLength || buffer.byteLength - length >= KEPT_BESIDE;
  if (isWide || byteOffset > 0) return new Uint8Array(output);
  return new Uint8Array(output.buffer, output.byteOffset, output.length);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** Whether zlib's code means that the input is at fault; anything else is the machine's. */
export function isInputFault(code: unknown): boolean {
  return INPUT_FAULTS.has(code);
}

/** Whether bytes end with `00 00 ff ff`, the length fields of an empty stored block (RFC 7692 §7.2.1). */
export function endsWithTail(bytes: Uint8Array): boolean {
  const { length } = bytes;
  return bytes[length - 1] === 0xff && bytes[length - 2] === 0xff && bytes[length - 3] === 0 && bytes[length - 4] === 0;
}

/** The parts in one array of `length` bytes. */
export function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
