import type { Contestant } from '../contestant.js';

/** No codec at all: `Buffer.copy` of every payload, what memory allows. */
export const copy: Contestant = {
  name: 'copy',
  decode: ({ wire, starts, size }) => {
    const target = Buffer.allocUnsafeSlow(starts.length * size);
    return {
      run(take) {
        for (let i = 0, at = 0; i < starts.length; i++, at += size) {
          const start = starts[i] as number;
          wire.copy(target, at, start, start + size);
        }
        take(target);
      },
    };
  },
  encode: ({ payloads, size }) => {
    const target = Buffer.allocUnsafeSlow(payloads.length * size);
    return {
      run(take) {
        for (let i = 0, at = 0; i < payloads.length; i++, at += size) (payloads[i] as Buffer).copy(target, at);
        take(target);
      },
    };
  },
  mask: ({ pieces, size }) => {
    // Half a page off: memory that starts alike in its pages is copied several times slower.
    const target = Buffer.allocUnsafeSlow(pieces.length * size + 2048).subarray(2048);
    return {
      run() {
        for (let i = 0, at = 0; i < pieces.length; i++, at += size) pieces[i]?.payload.copy(target, at);
      },
    };
  },
};
