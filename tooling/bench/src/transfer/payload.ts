import { randomBytes } from 'node:crypto';

/** Bytes of one piece. */
const PIECE = 64 * 1024;
const POOL = 1024 * 1024;
/** A prime: the pieces of a GiB begin at places that do not repeat soon, so none can be missing or out of order unseen. */
const STEP = 65_521;

/**
 * Random bytes, `size` in all, piece by piece. Every piece is memory of its own, as those of a file are: whoever keeps
 * them grows.
 */
export function* payload(size: number): Generator<Uint8Array, void, undefined> {
  const pool = new Uint8Array(randomBytes(POOL + PIECE));
  let at = 0;
  for (let left = size; left > 0; left -= PIECE) {
    yield pool.slice(at, at + Math.min(PIECE, left));
    at = (at + STEP) % POOL;
  }
}
