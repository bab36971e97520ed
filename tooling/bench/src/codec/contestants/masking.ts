import type { Contestant } from '../contestant.js';

/** What masks for `ws`: its own loop, or an addon. */
export interface Masking {
  unmask(bytes: Buffer, key: Buffer): void;
}

/** Masks as `ws` does, payload by payload. */
export function maskWith(masking: Masking): NonNullable<Contestant['mask']> {
  return ({ pieces }) => ({
    run() {
      for (const { key, payload } of pieces) masking.unmask(payload, key);
    },
  });
}
