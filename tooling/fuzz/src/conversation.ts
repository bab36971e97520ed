import fc from 'fast-check';
import type { WireFrame } from './wire.js';

/** Pieces of text that are hard on a decoder: every length of character, the ends of every range, a byte order mark. */
const CHARACTERS = [
  'a',
  'hello ',
  '\0',
  '\x7f',
  '\x80',
  'é',
  '\u07ff',
  '\u0800',
  '€',
  '\ud7ff',
  '\ue000',
  '\ufeff',
].concat(['\ufffd', '\uffff', '\u{10000}', '😀', '\u{10ffff}', 'x'.repeat(61)]);
const TEXTS = CHARACTERS.map((text) => Buffer.from(text, 'utf8'));

/** Bytes that are no UTF-8, or the beginning of some. */
const BROKEN_TEXTS = [
  'c0af',
  'ff',
  'eda080',
  'f4908080',
  'e282',
  'f09f98',
  '80',
  'c1bf',
  'e08080',
  'f0808080',
  'fe',
].map((hex) => Buffer.from(hex, 'hex'));

/** Every border of the length field, and of the code that is chosen by size. */
const LENGTHS = [0, 1, 2, 63, 64, 95, 96, 124, 125, 126, 127, 128, 255, 256, 1000, 4096];
const LONG_LENGTHS = [65535, 65536, 65537, 70000];

const CLOSES = [
  '',
  '03e8',
  '03e9',
  '03ea',
  '03eb',
  '03ef',
  '03f0',
  '03f1',
  '0bb8',
  '1387',
  '03e8c3a9',
  `03e8${'61'.repeat(123)}`,
].map((hex) => Buffer.from(hex, 'hex'));
const WRONG_CLOSES = [
  '03',
  '0000',
  '03e7',
  '03ec',
  '03ed',
  '03ee',
  '03f7',
  '07d0',
  '1388',
  'ffff',
  '03e8ff',
  '03e8e282',
  '03e8eda080',
].map((hex) => Buffer.from(hex, 'hex'));

/** So many control frames may be more than a connection reads in one turn of the event loop: its share is not always whole. */
export const SWARM = 380;
/** So many are. */
const SWARM_LENGTH = 1100;

const PLAIN = { rsv: 0, streamId: 0, cancel: false, wrongMask: false, lie: 0 } as const;

const text = fc.array(fc.constantFrom(...TEXTS), { maxLength: 5 }).map((parts): Uint8Array => Buffer.concat(parts));
const brokenText = fc
  .tuple(text, fc.constantFrom(...BROKEN_TEXTS), text)
  .map((parts): Uint8Array => Buffer.concat(parts));
const length = fc.oneof({ weight: 12, arbitrary: fc.nat(20) }, { weight: 6, arbitrary: fc.constantFrom(...LENGTHS) });
const longLength = fc.constantFrom(...LONG_LENGTHS);

const POOL = Uint8Array.from({ length: 80_000 }, (_, i) => (i * 31 + (i >>> 8) * 7) & 0xff);

/** `count` bytes without a pattern that a masking key could hide in; up to 70,000. */
export function filler(count: number, seed: number): Uint8Array {
  return POOL.slice(seed, seed + count);
}

const binary = fc.tuple(length, fc.nat(255)).map(([count, seed]) => filler(count, seed));
const ascii = length.map((count): Uint8Array => Buffer.alloc(count, 'lorem ipsum '));

const control = fc
  .tuple(
    fc.constantFrom(9, 9, 9, 10),
    fc.oneof(
      text,
      fc.constantFrom(0, 1, 124, 125).map((count) => filler(count, 5)),
    ),
  )
  .map(([opcode, payload]): WireFrame => ({ ...PLAIN, fin: true, opcode, payload: payload.subarray(0, 125) }));

const close = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...CLOSES) },
    { weight: 1, arbitrary: fc.constantFrom(...WRONG_CLOSES) },
  )
  .map((payload): WireFrame => ({ ...PLAIN, fin: true, opcode: 8, payload }));

const content = fc.oneof(
  { weight: 30, arbitrary: fc.tuple(fc.constant(1), text) },
  { weight: 20, arbitrary: fc.tuple(fc.constant(1), ascii) },
  { weight: 6, arbitrary: fc.tuple(fc.constant(1), brokenText) },
  { weight: 40, arbitrary: fc.tuple(fc.constant(2), binary) },
);
const longContent = fc
  .tuple(fc.constantFrom(1, 2), longLength)
  .map(([opcode, count]): [number, Uint8Array] => [
    opcode,
    opcode === 1 ? Buffer.alloc(count, 'déjà vu ') : filler(count, count),
  ]);

/** A message cut into fragments where `cuts` say, in percent, with control frames in between (RFC 6455 §5.4). */
function fragment([opcode, payload]: readonly [number, Uint8Array], cuts: number[], between: WireFrame[]): WireFrame[] {
  const places = cuts.map((cut) => Math.floor((payload.length * cut) / 100)).sort((a, b) => a - b);
  const frames: WireFrame[] = [];
  let from = 0;
  for (const [index, to] of [...places, payload.length].entries()) {
    const fin = index === places.length;
    frames.push({ ...PLAIN, fin, opcode: index === 0 ? opcode : 0, payload: payload.subarray(from, to) });
    const extra = between[index];
    if (extra !== undefined && !fin) frames.push(extra);
    from = to;
  }
  return frames;
}

const whole = content.map((one) => fragment(one, [], []));
const fragmented = fc
  .tuple(content, fc.array(fc.nat(100), { minLength: 1, maxLength: 5 }), fc.array(control, { maxLength: 3 }))
  .map(([one, cuts, between]) => fragment(one, cuts, between));
const large = fc
  .tuple(longContent, fc.array(fc.nat(100), { maxLength: 2 }))
  .map(([one, cuts]) => fragment(one, cuts, []));
const flood = fc
  .tuple(control, fc.integer({ min: 2, max: 40 }))
  .map(([frame, count]) => Array(count).fill(frame) as WireFrame[]);

const items = [
  { weight: 800, arbitrary: whole },
  { weight: 800, arbitrary: fragmented },
  { weight: 400, arbitrary: control.map((frame) => [frame]) },
  { weight: 40, arbitrary: flood },
  { weight: 1, arbitrary: large },
];
// Short frames, over and over: control frames, in a message too, whole messages in between, or nothing but messages.
const swarm = fc
  .tuple(
    fc.array(fc.constantFrom(0, 0, 1, 5, 40), { minLength: 1, maxLength: 7 }),
    fc.constantFrom(0, 0, 1, 3),
    fc.integer({ min: SWARM_LENGTH, max: 2 * SWARM_LENGTH }),
  )
  .map(([lengths, messages, count]): WireFrame[] => {
    const cycle = lengths.flatMap((bytes, index): WireFrame[] => [
      { ...PLAIN, fin: true, opcode: index % 2 === 0 ? 9 : 10, payload: filler(bytes, index) },
      ...Array.from({ length: messages }, (_, seed) => ({
        ...PLAIN,
        fin: true,
        opcode: 2,
        payload: filler(bytes, seed),
      })),
    ]);
    return Array.from({ length: count * (1 + messages) }, (_, index) => cycle[index % cycle.length] as WireFrame);
  });

function conversationOf(...all: fc.WeightedArbitrary<WireFrame[]>[]): fc.Arbitrary<WireFrame[]> {
  return fc
    .tuple(fc.array(fc.oneof(...all), { minLength: 1, maxLength: 4 }), fc.option(close, { freq: 2 }))
    .map(([parts, last]) => (last === null ? parts.flat() : [...parts.flat(), last]));
}

/** A conversation's one side as a well-behaved peer would send it, but for its bad text and bad close payloads. */
export const conversation: fc.Arbitrary<WireFrame[]> = conversationOf(...items);

/** The same, and now and then more frames than a connection reads in one turn of the event loop. */
export const longConversation: fc.Arbitrary<WireFrame[]> = conversationOf(...items, { weight: 3, arbitrary: swarm });
