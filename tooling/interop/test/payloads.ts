/** Text as a string, binary as bytes: what is sent, and what comes out at the other end. */
export type Payload = string | Uint8Array;

/** Sizes around every border of the three length encodings (RFC 6455 §5.2), and one of many reads. */
export const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 1_048_576];

/** Texts that a codec gets wrong. */
export const TEXTS: Readonly<Record<string, string>> = {
  'two bytes': 'äöüß',
  'three bytes': '日本語テキスト',
  'four bytes': '😀🚀𝄞',
  'the last of each length': '\u007f\u07ff\uffff\u{10ffff}',
  'a byte order mark': '\ufeffnot to be cut off',
  'a replacement character': '\ufffd',
  'a null character': 'a\0b',
  'combining characters': 'e\u0301 👩‍👩‍👧 \u202eright to left',
  '125 bytes': `${'é'.repeat(62)}e`,
  '126 bytes': 'é'.repeat(63),
  'more than 64 KiB': '語'.repeat(30_000),
  '1 MiB': '😀'.repeat(262_144),
};

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = random(1);
const NOISE = Uint8Array.from({ length: 2 ** 21 }, () => next() * 256);

/** Bytes that do not compress: others for every length, at most 1 MiB. */
export function bytesOf(length: number): Uint8Array {
  return NOISE.slice(length, 2 * length);
}

/** Printable ASCII of which every stretch is different enough to notice when one is missing. */
export function textOf(length: number): string {
  let text = '';
  for (let line = 0; text.length < length; line++) text += `${line}: the quick brown fox\n`;
  return text.slice(0, length);
}

/** Cuts bytes into `count` or more pieces of random sizes, empty ones too. */
export function cut(bytes: Uint8Array, count: number, seed: number): Uint8Array[] {
  const next = random(seed);
  const places = Array.from({ length: count - 1 }, () => Math.floor(next() * (bytes.length + 1))).sort((a, b) => a - b);
  // Twice the same place: an empty piece.
  const borders = [0, ...places, ...places.slice(-1), bytes.length];
  return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
}

/** Says what differs, without a megabyte of diff. @throws Error when the two are not the same. */
export function expectSame(actual: Payload | undefined, expected: Payload): void {
  if (actual === undefined || typeof actual !== typeof expected) {
    throw new Error(`${describe(expected)} expected, got ${describe(actual)}`);
  }
  const [got, wanted] = [Buffer.from(actual as string), Buffer.from(expected as string)];
  if (got.equals(wanted) && (typeof actual !== 'string' || actual === expected.toString())) return;
  const at = got.findIndex((byte, index) => byte !== wanted[index]);
  throw new Error(`${describe(expected)} expected, got ${describe(actual)}, different from byte ${at} on`);
}

function describe(payload: Payload | undefined): string {
  if (payload === undefined) return 'nothing';
  const kind = typeof payload === 'string' ? 'text' : 'binary';
  return `${kind} of ${Buffer.byteLength(payload)} bytes`;
}
