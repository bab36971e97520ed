/**
 * Memory that a decoder copies payloads to, so that their receiver holds no part of the chunk that they arrived in.
 * Every copy begins at a multiple of 8 bytes of its buffer. A run is a sequence of payloads that are copied together.
 */
export interface PayloadMemory {
  /** Bytes of the largest run that fits behind the last one; 0 when the current block of memory is used up. */
  readonly room: number;
  /** Bytes of the largest payload that may be part of a run. */
  readonly mostInRun: number;
  /** Copies bytes[from, to), which is one payload. */
  keep(bytes: Uint8Array, from: number, to: number): Uint8Array;
  /** Copies bytes[from, to), which is a run: at most as many bytes as a scanner writes to its output. */
  keepRun(bytes: Uint8Array, from: number, to: number): Uint8Array;
}
