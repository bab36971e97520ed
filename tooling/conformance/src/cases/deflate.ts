import { type DeflateData, deflateData } from './deflate-data.js';

/** What one side asks for in a negotiation: of the other side's messages. */
export interface DeflateWish {
  readonly noTakeover: boolean;
  /** 9 to 15, or nothing. */
  readonly windowBits?: number;
}

/** Compressed messages there and back, after a negotiation. */
export interface DeflateCase {
  readonly id: string;
  readonly title: string;
  readonly rule: string;
  readonly data: DeflateData;
  /** Bytes of a message before compression. */
  readonly size: number;
  readonly count: number;
  /** Bytes of a fragment of what the peer sends; undefined: one frame each. */
  readonly fragment: number | undefined;
  /** What the peer wants, the most wanted first. */
  readonly wishes: readonly DeflateWish[];
  readonly covers: readonly string[];
}

/** Cases that belong together. */
export interface DeflateSection {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly DeflateCase[];
}

/** Bytes of a message, and of a fragment, as in the Autobahn|Testsuite; every eighth message is empty besides. */
const SIZES: readonly (readonly [size: number, fragment?: number])[] = [
  [16],
  [64],
  [256],
  [1024],
  [4096],
  [8192],
  [16_384],
  [32_768],
  [65_536],
  [131_072],
  [8192, 256],
  [16_384, 256],
  [32_768, 256],
  [65_536, 256],
  [131_072, 256],
  [131_072, 1024],
  [131_072, 4096],
  [131_072, 32_768],
];

/** The Testsuite sends 1,000 of each; here as many as make a MiB, and no more than that. */
const TOTAL = 1 << 20;
const MOST = 1000;

const NO_WISH: DeflateWish = { noTakeover: false };

const WISHES: readonly (readonly [title: string, wishes: readonly DeflateWish[]])[] = [
  ['nothing is asked for', [NO_WISH]],
  ['no takeover', [{ noTakeover: true }]],
  ['windows of 2^9', [{ noTakeover: false, windowBits: 9 }]],
  ['windows of 2^15', [{ noTakeover: false, windowBits: 15 }]],
  ['no takeover and windows of 2^9', [{ noTakeover: true, windowBits: 9 }]],
  ['no takeover and windows of 2^15', [{ noTakeover: true, windowBits: 15 }]],
  ['three offers, the strictest first', [{ noTakeover: true, windowBits: 9 }, { noTakeover: true }, NO_WISH]],
];

function casesOf(
  group: string,
  name: string,
  title: string,
  data: DeflateData,
  wishes: readonly DeflateWish[],
): DeflateCase[] {
  return SIZES.map(([size, fragment], i) => {
    const count = Math.min(MOST, TOTAL / size);
    const pieces = fragment === undefined ? '' : `, in fragments of ${fragment}`;
    return {
      id: `deflate/${name}-${size}${fragment === undefined ? '' : `-in-${fragment}`}`,
      title: `${count} messages of ${size} bytes, ${title}${pieces}`,
      rule: fragment === undefined ? 'RFC 7692 §7.2' : 'RFC 7692 §6.1',
      data,
      size,
      count,
      fragment,
      wishes,
      covers: [`${group}.${i + 1}`],
    };
  });
}

const [json] = deflateData;

/** Sections 12 and 13 of the Autobahn|Testsuite. */
export const deflateSections: readonly DeflateSection[] = [
  {
    name: 'deflate',
    title: 'Compression',
    cases: deflateData.flatMap((data, i) => {
      return casesOf(`12.${i + 1}`, data.title.replaceAll(/\W+/g, '-').toLowerCase(), data.title, data, [NO_WISH]);
    }),
  },
  {
    name: 'deflate-parameters',
    title: 'Compression, its parameters',
    cases: WISHES.flatMap(([title, wishes], i) => {
      return casesOf(`13.${i + 1}`, `parameters-${i + 1}`, title, json as DeflateData, wishes);
    }),
  },
];
