import { constants, deflateRaw } from 'node:zlib';
import type { ZlibSettings } from './zlib-settings.js';

/** Bytes of output after which zlib leaves the thread pool and queues for it again. */
const CHUNK = 256 * 1024;

/**
 * Deflates one piece in another thread, as `deflateStream` does in this one. The thread reads a copy, because the owner
 * of the piece could change or transfer its memory meanwhile.
 * @param done called in a later turn of the event loop with the copy, and with the output unless zlib failed.
 */
export function deflateInThread(
  input: Uint8Array,
  options: ZlibSettings,
  done: (copy: Uint8Array, output?: Uint8Array) => void,
): void {
  const settings = { ...options, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK };
  try {
    const copy = new Uint8Array(input);
    deflateRaw(copy, settings, (error, output) => (error === null ? done(copy, output) : done(copy)));
  } catch {
    // Deferred, because callers do not expect `done` to be called before this function returns.
    void Promise.resolve(input).then(done);
  }
}
