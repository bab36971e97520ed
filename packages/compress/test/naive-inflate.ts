/** What the twin found out about a DEFLATE stream (RFC 1951). */
export interface NaiveResult {
  readonly output: Uint8Array;
  /** The furthest that any match refers back. */
  readonly maxDistance: number;
  /** Whether the bits ended between two blocks. */
  readonly complete: boolean;
}

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A slow inflate written from RFC 1951 alone: the twin that zlib's streams are checked with. Blocks without BFINAL. */
export function naiveInflate(bytes: Uint8Array, history: Uint8Array = new Uint8Array(0)): NaiveResult {
  const out: number[] = [...history];
  let position = 0;
  let maxDistance = 0;
  const bit = (): number => {
    const byte = bytes[position >> 3];
    if (byte === undefined) throw new RangeError('out of input');
    return (byte >> (position++ & 7)) & 1;
  };
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value |= bit() << i;
    return value;
  };
  const symbol = (table: Map<string, number>): number => {
    let code = '';
    for (let i = 0; i < 15; i++) {
      code += bit();
      const found = table.get(code);
      if (found !== undefined) return found;
    }
    throw new Error('no such code');
  };
  while (position < bytes.length * 8) {
    if (bit() === 1) throw new Error('the twin knows no BFINAL');
    const type = bits(2);
    if (type === 3) throw new Error('no such block type');
    if (type === 0) {
      position = (position + 7) & ~7;
      const length = bits(16);
      if (bits(16) !== (length ^ 0xffff)) throw new Error('stored lengths differ');
      for (let i = 0; i < length; i++) out.push(bits(8));
      continue;
    }
    const [literals, distances] = type === 1 ? fixedTables() : dynamicTables(bits, symbol);
    for (;;) {
      const value = symbol(literals);
      if (value === 256) break;
      if (value < 256) {
        out.push(value);
        continue;
      }
      const length = at(LENGTH_BASE, value - 257) + bits(at(LENGTH_EXTRA, value - 257));
      const code = symbol(distances);
      const distance = at(DISTANCE_BASE, code) + bits(code < 4 ? 0 : (code >> 1) - 1);
      if (distance > out.length) throw new Error('too far back');
      maxDistance = Math.max(maxDistance, distance);
      for (let i = 0; i < length; i++) out.push(at(out, out.length - distance));
    }
  }
  return { output: Uint8Array.from(out.slice(history.length)), maxDistance, complete: position === bytes.length * 8 };
}

function dynamicTables(
  bits: (count: number) => number,
  symbol: (table: Map<string, number>) => number,
): [Map<string, number>, Map<string, number>] {
  const literals = bits(5) + 257;
  const distances = bits(5) + 1;
  const codes = bits(4) + 4;
  const codeLengths = new Array<number>(19).fill(0);
  for (let i = 0; i < codes; i++) codeLengths[at(CODE_ORDER, i)] = bits(3);
  const table = tableOf(codeLengths);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const value = symbol(table);
    if (value < 16) lengths.push(value);
    else if (value === 16) {
      const previous = at(lengths, lengths.length - 1);
      for (let i = bits(2) + 3; i > 0; i--) lengths.push(previous);
    } else for (let i = value === 17 ? bits(3) + 3 : bits(7) + 11; i > 0; i--) lengths.push(0);
  }
  return [tableOf(lengths.slice(0, literals)), tableOf(lengths.slice(literals))];
}

function fixedTables(): [Map<string, number>, Map<string, number>] {
  const lengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
  return [tableOf(lengths), tableOf(new Array<number>(30).fill(5))];
}

function tableOf(lengths: readonly number[]): Map<string, number> {
  const table = new Map<string, number>();
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    for (const [value, own] of lengths.entries()) {
      if (own === length) table.set((code++).toString(2).padStart(length, '0'), value);
    }
    code <<= 1;
  }
  return table;
}

function at(list: readonly number[], index: number): number {
  const value = list[index];
  if (value === undefined) throw new RangeError('no such entry');
  return value;
}
