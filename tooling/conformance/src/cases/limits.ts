import {
  answer,
  binary,
  binaryStart,
  type Case,
  echo,
  echoBinary,
  fail,
  last,
  part,
  ping,
  type Section,
  type Step,
  send,
  settle,
  text,
  textStart,
} from '../case.js';
import { randomAscii, randomBytes, randomText } from '../wire/random.js';
import { inFragments } from './fragmentation.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK = 64 * KIB - 20;
const LIMIT = 'RFC 6455 §10.4';

function sizeName(bytes: number): string {
  return bytes >= MIB ? `${bytes / MIB}-MiB` : bytes >= KIB ? `${bytes / KIB}-KiB` : `${bytes}-B`;
}

interface Row {
  readonly size: number;
  readonly covers: string;
}

function rows(group: string, sizes: readonly number[]): Row[] {
  return sizes.map((size, i) => ({ size, covers: `9.${group}.${i + 1}` }));
}

/** One text or binary message of that size: what `Content` makes of it is random. */
function contentOf(type: 1 | 2, size: number): Uint8Array {
  const content = new Uint8Array(size);
  const block = type === 1 ? randomText(BLOCK, size) : randomBytes(BLOCK, size);
  for (let at = 0; at < size; at += BLOCK + 8) {
    // Numbered: a part that is missing, or in the wrong place, shows.
    const number = new TextEncoder().encode(`${at}`.padStart(8, '.'));
    content.set(number.subarray(0, size - at), at);
    const room = size - at - 8;
    if (room > 0)
      content.set(room >= BLOCK ? block : type === 1 ? randomText(room, at + 1) : block.subarray(0, room), at + 8);
  }
  return content;
}

const KINDS = [
  ['text', 1],
  ['binary', 2],
] as const;

const WHOLE = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB];
const CHOPS = [64, 128, 256, 512, KIB, 2 * KIB];
const BURSTS = [0, 16, 64, 256, KIB, 4 * KIB];

const large: Case[] = KINDS.flatMap(([name, type]) => [
  ...rows(type === 1 ? '1' : '2', WHOLE).map(({ size, covers }) =>
    one(name, type, size, size, size === 4 * MIB ? [covers, type === 1 ? '9.3.9' : '9.4.9'] : [covers]),
  ),
  ...rows(type === 1 ? '3' : '4', FRAGMENTS).map(({ size, covers }) => one(name, type, 4 * MIB, size, [covers])),
  ...rows(type === 1 ? '5' : '6', CHOPS).map(({ size, covers }) => ({
    ...one(name, type, MIB, MIB, [covers]),
    id: `limits/${name}-1-MiB-in-chunks-of-${sizeName(size)}`,
    title: `a ${name} of 1 MiB in one frame, sent in chunks of ${size} bytes`,
    chop: size,
  })),
]);

const largest: Case[] = [
  one('text', 1, 64 * MIB, 64 * MIB),
  one('binary', 2, 64 * MIB, 64 * MIB),
  one('text', 1, 64 * MIB, 64 * KIB),
  one('binary', 2, 64 * MIB, 64 * KIB),
  // As many fragments as are allowed by default.
  one('binary', 2, 8 * MIB, 64),
];

function one(name: string, type: 1 | 2, size: number, fragment: number, covers: readonly string[] = []): Case {
  const inOne = size === fragment;
  return {
    id: `limits/${name}-${sizeName(size)}${inOne ? '' : `-in-${sizeName(fragment)}`}`,
    title: `a ${name} of ${sizeName(size)} in ${inOne ? 'one frame' : `frames of ${fragment} bytes`}`,
    rule: 'RFC 6455 §5.2',
    steps: () => inFragments(type, contentOf(type, size), fragment),
    covers,
  };
}

const burst: Case[] = [
  ...KINDS.flatMap(([name, type]) => {
    return rows(type === 1 ? '7' : '8', BURSTS).map(({ size, covers }) => ({
      id: `limits/${name}-1000-of-${size}`,
      title: `1000 ${name} messages of ${size} bytes, each after the echo of the one before`,
      rule: 'RFC 6455 §6.1',
      steps: () => messages(type, size, 1000).flatMap((step) => [step, settle]),
      covers: [covers],
    }));
  }),
  ...(
    [
      ['text', 1, 16],
      ['text', 1, 126],
      ['binary', 2, 0],
      ['binary', 2, 125],
    ] as const
  ).map(([name, type, size]) => ({
    id: `limits/${name}-burst-of-${size}`,
    title: `100,000 ${name} messages of ${size} bytes in one go`,
    rule: 'RFC 6455 §6.1',
    steps: () => [...messages(type, size, 100_000), settle],
  })),
  {
    id: 'limits/burst-of-fragments',
    title: '20,000 texts of two fragments, in one go',
    rule: 'RFC 6455 §5.4',
    steps: () =>
      Array.from({ length: 20_000 }, (_, i) => [
        send(textStart(`${i}`)),
        send(last(' ok'), echo(`${i} ok`)),
        ...(i === 19_999 ? [settle] : []),
      ]).flat(),
  },
];

function messages(type: 1 | 2, size: number, count: number): Step[] {
  const content = contentOf(type, size + 97);
  return Array.from({ length: count }, (_, i) => {
    // Each begins at another place: a message that is lost or repeated shows.
    const payload = type === 1 ? randomAscii(size, i + 1) : content.subarray(i % 97, (i % 97) + size);
    return type === 1 ? send(text(payload), echo(payload)) : send(binary(payload), echoBinary(payload));
  });
}

const SMALL = { maxPayloadSize: 1000, maxMessageSize: 2000, maxFragments: 5 };

function limited(name: string, title: string, steps: readonly Step[]): Case {
  return { id: `limits/${name}`, title, rule: LIMIT, steps, options: SMALL };
}

const thousand = randomBytes(1000, 7);
const own: Case[] = [
  limited('frame-at-limit', 'a frame of just maxPayloadSize', [send(binary(thousand), echoBinary(thousand))]),
  limited('frame-over-limit', 'a frame of one byte more than maxPayloadSize', [
    send(binary(randomBytes(1001)), fail(1009, { header: 4 })),
  ]),
  limited('message-at-limit', 'a message of just maxMessageSize', [
    send(binaryStart(thousand)),
    send(last(thousand), echoBinary(Buffer.concat([thousand, thousand]))),
  ]),
  limited('message-over-limit', 'a message of one byte more than maxMessageSize, refused from a header', [
    send(textStart('x')),
    send(part('x'.repeat(1000))),
    send(last('x'.repeat(1000)), fail(1009, 'header')),
    send(text('never')),
  ]),
  limited('fragments-at-limit', 'a message of just maxFragments, and another one', [
    ...[1, 2].flatMap(() => [
      send(textStart('a')),
      send(part('b')),
      send(part('')),
      send(ping('p'), answer('p')),
      send(part('c')),
      send(last('d'), echo('abcd')),
    ]),
  ]),
  limited('fragments-over-limit', 'one fragment more than maxFragments, all empty', [
    send(textStart()),
    send(part()),
    send(part()),
    send(part()),
    send(part()),
    send(last(), fail(1008, 'header')),
    send(text('never')),
  ]),
];

/** Section 9: much and many. */
export const limits: Section = {
  name: 'limits',
  title: 'Limits and bursts',
  cases: [...own, ...large, ...burst, ...largest],
};

/** Section 10: fragments as senders make them. */
export const mixed: Section = {
  name: 'mixed',
  title: 'Fragments of odd size',
  cases: [
    [64 * KIB, 1300, ['10.1.1']],
    [64 * KIB, 1021, []],
    [200_000, 8191, []],
    [10_000, 127, []],
  ].map(([length, size, covers]) => ({
    id: `mixed/text-${length}-in-${size}`,
    title: `a text of ${length} bytes in frames of ${size}`,
    rule: 'RFC 6455 §5.4',
    steps: () => inFragments(1, randomText(length as number, 12), size as number),
    covers: covers as string[],
  })),
};
