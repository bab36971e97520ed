/** Returns a generator of numbers from 0 to below 1 that yields the same ones for the same seed (xorshift). */
export function random(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  // The first numbers of seeds that are near to each other are near, too.
  for (let i = 0; i < 8; i++) next();
  return next;
}
