import type { FrameScanner } from '@webson/frame';
import fc from 'fast-check';

/** Where chunks lie when they are handed over, and whose they are. */
export interface Lending {
  /**
   * 'owned': the receiver's from then on. 'start', 'end', 'inside': lent, at that place of the memory that a scanner reads,
   * the first being what sockets do. 'elsewhere': lent, in other memory.
   */
  readonly place: 'owned' | 'start' | 'end' | 'inside' | 'elsewhere';
  /** Moves chunks that lie inside. */
  readonly shift: number;
}

/** All of them; what sockets do is most frequent. */
export const lendings: fc.Arbitrary<Lending> = fc.record({
  place: fc.constantFrom('owned', 'owned', 'start', 'start', 'end', 'inside', 'elsewhere'),
  shift: fc.nat(5000),
});

/** Told of one chunk, which is of use only for the time of the call when it is lent. */
export type Take = (chunk: Uint8Array, isLent: boolean) => void;

const OWNED: Lending = { place: 'owned', shift: 0 };
/** Bytes on both sides of a chunk that must be neither read nor written: before it those that came, behind it those to come. */
const MARGIN = 64;
const SCRIBBLE = 0x5a;
const elsewhere = new Uint8Array(256 * 1024);

/** Hands a byte stream over in chunks, as its {@link Lending} says, and spoils what was lent when it is given back. */
export class Lender {
  readonly #bytes: Uint8Array;
  readonly #owned: Uint8Array;
  readonly #lending: Lending;
  readonly #memory: Uint8Array;

  /** @param scanner whose memory chunks are lent in; elsewhere where there is none. */
  constructor(bytes: Uint8Array, lending: Lending, scanner: FrameScanner | undefined) {
    this.#bytes = bytes;
    // Chunks that are owned are views side by side, as a socket's may be: writing past one damages the next.
    this.#owned = new Uint8Array(bytes);
    this.#lending = lending;
    const inScanner = scanner !== undefined && lending.place !== 'elsewhere';
    this.#memory = inScanner ? new Uint8Array(scanner.memory, 0, scanner.found.byteOffset) : elsewhere;
  }

  /** Hands over one chunk. Returns what was done to memory around it, undefined when nothing was. */
  hand(from: number, to: number, take: Take): string | undefined {
    const length = to - from;
    const memory = this.#memory;
    const { place } = length + 2 * MARGIN > memory.length ? OWNED : this.#lending;
    if (place === 'owned') {
      take(this.#owned.subarray(from, to), false);
      return undefined;
    }
    const start = this.#startOf(place, from, length);
    const end = start + length;
    const first = Math.max(0, start - Math.min(MARGIN, from));
    const around = this.#bytes.subarray(from - (start - first), Math.min(to + MARGIN, to + memory.length - end));
    memory.set(around, first);
    try {
      take(new Uint8Array(memory.buffer, memory.byteOffset + start, length), true);
    } finally {
      // What the chunk itself has become is nobody's business.
      memory.set(this.#bytes.subarray(from, to), start);
    }
    const isUntouched = Buffer.compare(memory.subarray(first, first + around.length), around) === 0;
    memory.fill(SCRIBBLE, first, first + around.length);
    return isUntouched ? undefined : `wrote outside of the chunk from ${from} to ${to}`;
  }

  #startOf(place: Lending['place'], from: number, length: number): number {
    const room = this.#memory.length - length;
    if (place === 'start') return 0;
    if (place === 'end') return room;
    return (this.#lending.shift * 97 + from * 31) % (room + 1);
  }
}
