import fc from 'fast-check';

/** One message to send, and what is done after it. */
export interface ScriptItem {
  /** 1-7 data, 11-14 control. */
  readonly type: number;
  /** Bytes, about; of a control frame at most 125. */
  readonly length: number;
  /** Decides the content. */
  readonly seed: number;
  /** 'pool' reaches all connections of a side by one call. */
  readonly how: 'dispatch' | 'buffer' | 'generator' | 'iterable' | 'web stream' | 'pool';
  /** Bytes of each piece, used over and over, of what is sent piece by piece. */
  readonly pieces: readonly number[];
  readonly after: 'go on' | 'turn' | 'drained' | 'sent';
}

/** What one side says, in this order. */
export type Script = readonly ScriptItem[];

/** A message as it has to arrive. */
export interface Content {
  readonly type: number;
  readonly payload: Uint8Array;
}

const LENGTHS = [0, 1, 125, 126, 127, 1000, 4095, 4096, 4097, 8192, 32_767, 32_768, 65_535, 65_536];

const lengths = fc.oneof(
  { weight: 120, arbitrary: fc.nat(40) },
  { weight: 40, arbitrary: fc.constantFrom(...LENGTHS) },
  { weight: 10, arbitrary: fc.nat(200_000) },
  { weight: 1, arbitrary: fc.constantFrom(300_000, 1_200_000) },
);

const item: fc.Arbitrary<ScriptItem> = fc
  .record({
    type: fc.constantFrom(1, 1, 1, 2, 2, 2, 3, 7, 11, 14),
    length: lengths,
    seed: fc.nat(0xffff),
    how: fc.constantFrom('dispatch', 'dispatch', 'dispatch', 'buffer', 'generator', 'iterable', 'web stream', 'pool'),
    pieces: fc.array(fc.oneof(fc.nat(50), fc.constantFrom(0, 4096, 16_384, 40_000)), { minLength: 1, maxLength: 4 }),
    after: fc.constantFrom('go on', 'go on', 'go on', 'turn', 'drained', 'sent'),
  })
  .map((one) => (one.type < 8 ? one : { ...one, length: one.length % 126, how: 'dispatch' }));

const burst = fc.tuple(item, fc.integer({ min: 20, max: 300 })).map(([one, count]): ScriptItem[] =>
  Array.from({ length: count }, (_, index) => ({
    ...one,
    length: one.length % 500,
    seed: one.seed + index,
    after: 'go on',
  })),
);

/** All of them. */
export const scripts: fc.Arbitrary<ScriptItem[]> = fc
  .array(fc.oneof({ weight: 12, arbitrary: item.map((one) => [one]) }, { weight: 1, arbitrary: burst }), {
    maxLength: 12,
  })
  .map((items) => items.flat());

const WORDS = ['a', 'hello ', 'é', '€', '😀', '\ufeff', '\0', '{"n":1}', 'lorem ipsum dolor sit amet '];

/** What an item puts on the wire: the same for the same item. */
export function contentOf({ type, length, seed }: ScriptItem): Content {
  const bytes = new Uint8Array(length);
  let state = (seed * 2 + 1) >>> 0;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  if (type === 1) {
    // Some texts are ASCII, some are not; the length is made up with ASCII.
    const count = seed % 3 === 0 ? 2 : WORDS.length;
    const words: string[] = [];
    for (let rest = length; ; ) {
      const word = WORDS[next() % count] as string;
      rest -= Buffer.byteLength(word);
      if (rest < 0) break;
      words.push(word);
    }
    const text = Buffer.from(words.join(''));
    bytes.set(text);
    bytes.fill(0x2e, text.length);
    return { type, payload: bytes };
  }
  // Every third can be compressed.
  const isRegular = seed % 3 === 0;
  for (let i = 0; i < length; i++) bytes[i] = isRegular ? (i >>> 4) + seed : next();
  return { type, payload: bytes };
}
