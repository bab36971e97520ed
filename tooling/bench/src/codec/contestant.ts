import type { CodecInput } from './input.js';

/** Where what comes out goes: a payload or a piece of it of a decoder, bytes to write of an encoder, masked bytes. Looked at before the call ends. */
export type Take = (bytes: Uint8Array) => void;

/** One way through the frames of an input, again and again. */
export interface Pass {
  /** Puts things back; the clock stands still. */
  begin?(): void;
  /** Once through all frames. */
  run(take: Take): void;
}

/** One that takes part: what it has for each operation; undefined where it has nothing. */
export interface Contestant {
  readonly name: string;
  /** Frames in {@link CodecInput.chunks} to payloads. */
  decode?(input: CodecInput): Pass;
  /** {@link CodecInput.payloads} to frames. */
  encode?(input: CodecInput): Pass;
  /** Masks each payload of `input.work`, where the key stands in the 4 bytes before it. */
  mask?(input: MaskInput): Pass;
}

/** Payloads to be masked in place, every one behind its key. */
export interface MaskInput {
  readonly size: number;
  readonly work: Buffer;
  /** The same memory as views: key and payload. */
  readonly pieces: readonly { readonly start: number; readonly key: Buffer; readonly payload: Buffer }[];
}

/** The operations, in the order they are shown. */
export const operations = ['decode', 'encode', 'mask'] as const;
export type Operation = (typeof operations)[number];
