import type { FrameScanner } from '@webson/frame';
import { buffer } from '../../built-ins.js';
import { SCANNER_CODE } from './code.js';

/**
 * Bytes at the start of the memory of {@link nodeScanner}, into which chunks of sockets are read. The scanner's results, its
 * output and the room for other chunks follow.
 */
export const CHUNK_LENGTH: number = 512 * 1024;
const FOUND_WORDS = 2 * 1024;
const OUTPUT_LENGTH = 8 * 1024;
/** The largest chunk that a stream of Node reads at once. */
const INPUT_LENGTH = 64 * 1024;

type ScannerExports = Pick<FrameScanner, 'scan' | 'stop' | 'mask'> & {
  readonly memory: { readonly buffer: ArrayBuffer };
};

/** The part of WebAssembly that is used here, which the types of Node lack. */
interface WebAssemblyLike {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: ScannerExports };
}

let scanner: FrameScanner | null | undefined;

/** The scanner of this thread, in WebAssembly with SIMD; undefined where that is not supported, as with `--jitless`. */
export function nodeScanner(): FrameScanner | undefined {
  if (scanner === undefined) scanner = createScanner() ?? null;
  return scanner ?? undefined;
}

function createScanner(): FrameScanner | undefined {
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyLike };
  if (WebAssembly === undefined) return undefined;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(buffer.Buffer.from(SCANNER_CODE, 'base64')));
    const memory = exports.memory.buffer;
    const { scan, stop, mask } = exports;
    const found = new Int32Array(memory, CHUNK_LENGTH, FOUND_WORDS);
    const output = new Uint8Array(memory, CHUNK_LENGTH + found.byteLength, OUTPUT_LENGTH);
    const inputStart = output.byteOffset + OUTPUT_LENGTH;
    const inputEnd = inputStart + INPUT_LENGTH;
    return { memory, inputStart, inputEnd, isInUse: false, found, output, scan, stop, mask };
  } catch {
    // SIMD or address space for the memory is missing, or WebAssembly is not allowed: the decoder works without a scanner.
    return undefined;
  }
}
