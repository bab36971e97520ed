import { constants, deflateRaw, type ZlibOptions } from 'node:zlib';

/** Bytes that zlib puts out between two visits of the thread pool. */
const CHUNK = 256 * 1024;

/**
 * Deflates a copy of one piece in another thread, as `deflateStream` does in this one: what that reads must not go away,
 * whatever the piece's owner does with it.
 * @param done called in a later turn with the copy, and with nothing more if zlib failed.
 */
export function deflateInThread(
  input: Uint8Array,
  options: ZlibOptions,
  done: (copy: Uint8Array, output?: Uint8Array) => void,
): void {
  const settings = { ...options, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK };
  try {
    const copy = new Uint8Array(input);
    deflateRaw(copy, settings, (error, output) => (error === null ? done(copy, output) : done(copy)));
  } catch {
    // Not now: nobody expects an answer before this call returns.
    void Promise.resolve(input).then(done);
  }
}
