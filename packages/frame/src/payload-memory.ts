/**
 * Where a decoder copies payloads that are handed on, so that who gets them has no part of the chunk they came in. Every
 * copy begins at a multiple of 8 bytes of its buffer.
 */
export interface PayloadMemory {
  /** Bytes that the next run may have and still lie where the one before it ended; 0 when that is used up. */
  readonly room: number;
  /** Bytes of the largest payload that may be part of a run. */
  readonly mostInRun: number;
  /** A copy of bytes[from, to): one payload. */
  keep(bytes: Uint8Array, from: number, to: number): Uint8Array;
  /** A copy of bytes[from, to), in which payloads lie one behind the other: at most as many as a scanner writes. */
  keepRun(bytes: Uint8Array, from: number, to: number): Uint8Array;
}
