import { buffer } from '../built-ins.js';

const { Buffer } = buffer;

/** Below so many bytes memory that is zeroed costs less, although it is written over: it is in the cache then. */
const ZEROED_BELOW = 32 * 1024;
/** From so many bytes on glibc maps each piece of memory by itself, until it is taught otherwise. */
const MAPPED_FROM = 128 * 1024;
/** The largest piece that teaches it, less than what it adds to that. */
const LESSON = 32 * 1024 * 1024 - 64 * 1024;

// Other systems and C libraries have no such threshold.
let isTaught = process.platform !== 'linux';

/** Memory of `length` bytes, its contents arbitrary. */
export function allocate(length: number): Uint8Array {
  if (length < ZEROED_BELOW) return new Uint8Array(new ArrayBuffer(length));
  if (length >= MAPPED_FROM && !isTaught) teach();
  return allocateUnzeroed(length);
}

/** The same for what is written to bit by bit: by then nothing of it would be in the cache. */
export function allocateUnzeroed(length: number): Uint8Array {
  // Not a Buffer: code that meets one kind of array alone is compiled for that.
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/**
 * glibc hands freed memory back to the system, which takes longer to give it again, page by page, than a message takes
 * to pass through. The larger the piece that was freed, the more it keeps: up to 64 MiB after this one (M_TRIM_THRESHOLD in
 * mallopt(3), which a program can also set). It is never written to: so it takes addresses, and no memory.
 */
function teach(): void {
  isTaught = true;
  try {
    Buffer.allocUnsafeSlow(LESSON);
  } catch {
    // Without the addresses to spare all goes on as it was.
  }
}
