import { buffer } from '../built-ins.js';

const { Buffer } = buffer;

/** Smaller pieces are allocated zeroed: that is faster although they are overwritten, as zeroing brings them into the cache. */
const ZEROED_BELOW = 32 * 1024;
/** Bytes from which on glibc serves each allocation by `mmap`, until its threshold is raised. */
const MMAP_THRESHOLD = 128 * 1024;
/** The size of the largest allocation whose release raises that threshold, less the overhead that glibc adds. */
const LARGEST_RAISE = 32 * 1024 * 1024 - 64 * 1024;

// Other systems and C libraries have no such threshold.
let isThresholdRaised = process.platform !== 'linux';

/** Allocates `length` bytes with arbitrary contents. */
export function allocate(length: number): Uint8Array {
  if (length < ZEROED_BELOW) return new Uint8Array(new ArrayBuffer(length));
  if (length >= MMAP_THRESHOLD && !isThresholdRaised) raiseThreshold();
  return allocateUnzeroed(length);
}

/** As `allocate`, but never zeroed: for memory filled little by little, which would have left the cache by then. */
export function allocateUnzeroed(length: number): Uint8Array {
  // The result is no Buffer: the engine optimises code better that only ever sees plain arrays of bytes.
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/**
 * Makes glibc keep up to 64 MiB of freed memory (M_TRIM_THRESHOLD in mallopt(3), which a program can also set). Otherwise glibc
 * returns it to the system, and getting it back page by page takes longer than handling a message. glibc raises the threshold
 * when a large piece is freed: so one is allocated here and dropped. It is never written to, so it takes address space but no
 * memory.
 */
function raiseThreshold(): void {
  isThresholdRaised = true;
  try {
    Buffer.allocUnsafeSlow(LARGEST_RAISE);
  } catch {
    // Without enough address space the threshold stays as it is.
  }
}
