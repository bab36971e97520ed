import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { DeflateError, InflateError } from './errors.js';
import type { ZlibSettings } from './zlib-settings.js';

/** Options of `inflateStream`. */
export interface InflateStreamOptions {
  readonly windowBits: number;
  /** Bytes of output allowed, 0 or more. */
  readonly limit: number;
  /** The bytes that the input may refer back to; may be empty. */
  readonly dictionary: Uint8Array;
}

/** The result of `inflateStream`. */
export interface InflatedStream {
  readonly output: Uint8Array;
  /** Bytes of input up to the end of the final block, including the byte that it ends in. */
  readonly consumed: number;
}

const MIN_CHUNK = 64;
const MAX_CHUNK = 65_536;
/** The largest output that zlib is asked for; every supported version of Node allows a buffer of this size. */
const MAX_OUTPUT = 0x7fff_ffff;
const NOTHING = new Uint8Array(0);
const INPUT_FAULTS: ReadonlySet<unknown> = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT']);

/**
 * Deflates one piece into blocks without BFINAL that end with an empty stored block, `00 00 ff ff` (RFC 7692 §7.2.1).
 * @throws {DeflateError}
 */
export function deflateStream(input: Uint8Array, options: ZlibSettings): Uint8Array {
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
 * Inflates one DEFLATE stream, which has to be complete. Bytes behind its final block are not read.
 * @throws {InflateError} and no other error, whatever the input is.
 */
export function inflateStream(input: Uint8Array, options: InflateStreamOptions): InflatedStream {
  const { windowBits, dictionary } = options;
  if (dictionary.length === 0 || takesDictionary()) return inflateBehind(input, options.limit, windowBits, dictionary);
  // The dictionary goes in front of the input, and its output is left out.
  const block = storedBlock(dictionary, input);
  const { output, consumed } = inflateBehind(block, options.limit + dictionary.length, windowBits, NOTHING);
  return { output: output.subarray(dictionary.length), consumed: consumed - (block.length - input.length) };
}

function inflateBehind(input: Uint8Array, most: number, windowBits: number, dictionary: Uint8Array): InflatedStream {
  const limit = Math.min(most, MAX_OUTPUT);
  const zlibOptions: ZlibSettings = {
    windowBits,
    // zlib requires at least 1. With a limit of 0 the check below finds an output that is too large.
    maxOutputLength: Math.max(limit, 1),
    // The output can exceed the limit by at most one chunk before zlib is stopped.
    chunkSize: clamp(Math.min(input.length * 4, limit + 1), MIN_CHUNK, MAX_CHUNK),
    // Makes the result tell how much of the input was read.
    info: true,
    ...(dictionary.length > 0 ? { dictionary } : undefined),
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

/** `webson`, deflated to a reference to a dictionary of the same bytes. */
const REFERENCE: Uint8Array = Uint8Array.of(0x2b, 0x07, 0x93, 0x00);
const REFERRED: Uint8Array = Uint8Array.of(0x77, 0x65, 0x62, 0x73, 0x6f, 0x6e);

let wasFoundToTake: boolean | undefined;

/** Whether zlib takes a dictionary for a raw stream, which that of Deno ignores. It is found out once, by trying. */
function takesDictionary(): boolean {
  if (wasFoundToTake === undefined) {
    try {
      wasFoundToTake = inflateRawSync(REFERENCE, { dictionary: REFERRED }).length === REFERRED.length;
    } catch {
      wasFoundToTake = false;
    }
  }
  return wasFoundToTake;
}

/** For tests: overrides what was found out; `undefined` makes it be found out again. */
export function setTakesDictionary(isTaken: boolean | undefined): void {
  wasFoundToTake = isTaken;
}

/** Bytes as a stored block without BFINAL (RFC 1951 §3.2.4), and what follows it. A window fits into one block. */
function storedBlock(bytes: Uint8Array, next: Uint8Array): Uint8Array {
  const { length } = bytes;
  const block = new Uint8Array(5 + length + next.length);
  block.set([0, length, length >> 8, ~length, ~length >> 8]);
  block.set(bytes, 5);
  block.set(next, 5 + length);
  return block;
}

/** The most unused bytes of its buffer that an output of zlib may keep alive. */
const MAX_UNUSED = 4 * 1024;

/**
 * An output of zlib as a plain Uint8Array that starts at the beginning of its buffer. It is copied if its buffer has
 * many unused bytes, or may be a pool that holds other data too.
 */
export function ownBytes(output: Uint8Array): Uint8Array {
  const { length, buffer, byteOffset } = output;
  const isWide = length * 1.25 < buffer.byteLength || buffer.byteLength - length >= MAX_UNUSED;
  if (isWide || byteOffset > 0) return new Uint8Array(output);
  return new Uint8Array(output.buffer, output.byteOffset, output.length);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** Whether an error code of zlib means that the input is wrong; any other code means that zlib itself failed. */
export function isInputFault(code: unknown): boolean {
  return INPUT_FAULTS.has(code);
}

/** Whether bytes end with `00 00 ff ff`, the length fields of an empty stored block (RFC 7692 §7.2.1). */
export function endsWithTail(bytes: Uint8Array): boolean {
  const { length } = bytes;
  return bytes[length - 1] === 0xff && bytes[length - 2] === 0xff && bytes[length - 3] === 0 && bytes[length - 4] === 0;
}

/** Joins parts of `length` bytes in all into one array. */
export function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
