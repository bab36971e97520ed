import { constants, deflateRaw, type ZlibOptions } from 'node:zlib';

/** Bytes that zlib puts out between two visits of the thread pool. */
const CHUNK = 256 * 1024;

/**
 * Deflates one piece in another thread, as `deflateStream` does in this one.
 * @param done called after this function has returned, with nothing if zlib failed.
 */
export function deflateInThread(
  input: Uint8Array,
  options: ZlibOptions,
  done: (output: Uint8Array | undefined) => void,
): void {
  const settings = { ...options, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK };
  try {
    deflateRaw(input, settings, (error, output) => done(error === null ? output : undefined));
  } catch {
    // Not now: nobody expects an answer before this call returns.
    void Promise.resolve(undefined).then(done);
  }
}
