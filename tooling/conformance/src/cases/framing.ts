import {
  atOnce,
  binary,
  binaryStart,
  type Case,
  close,
  closeBack,
  concat,
  echo,
  echoBinary,
  end,
  fail,
  frame,
  last,
  part,
  ping,
  type Section,
  send,
  text,
  textStart,
} from '../case.js';
import type { Frame } from '../wire/frame.js';
import { randomAscii, randomBytes, randomText } from '../wire/random.js';

const RULE = 'RFC 6455 §5.2';

const COVERED = new Map([
  [0, 1],
  [125, 2],
  [126, 3],
  [127, 4],
  [128, 5],
  [65_535, 6],
  [65_536, 7],
]);
const SIZES = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 66, 100, 124, 125, 126, 127, 128, 129, 255, 256,
  257, 1000, 1023, 1024, 1025, 4095, 4096, 4097, 8192, 16_384, 32_767, 32_768, 65_534, 65_535, 65_536, 65_537, 100_000,
  131_071, 131_072, 131_073, 262_144,
];

const sizes: Case[] = SIZES.flatMap((size) => {
  const row = COVERED.get(size);
  const covers = (group: string): string[] => [
    ...(row === undefined ? [] : [`1.${group}.${row}`]),
    ...(size === 65_536 ? [`1.${group}.8`] : []),
  ];
  const chop = size === 65_536 ? { chop: 997 } : {};
  const ascii = randomAscii(size, size + 1);
  const utf8 = randomText(size, size + 2);
  const bytes = randomBytes(size, size + 3);
  return [
    {
      id: `framing/text-${size}`,
      title: `a text of ${size} bytes of ASCII`,
      rule: RULE,
      steps: [send(text(ascii), echo(ascii))],
      covers: covers('1'),
      ...chop,
    },
    {
      id: `framing/utf8-${size}`,
      title: `a text of ${size} bytes, characters of one to four`,
      rule: RULE,
      steps: [send(text(utf8), echo(utf8))],
      ...chop,
    },
    {
      id: `framing/binary-${size}`,
      title: `a binary message of ${size} bytes`,
      rule: RULE,
      steps: [send(binary(bytes), echoBinary(bytes))],
      covers: covers('2'),
      ...chop,
    },
  ];
});

const KEYS: [string, number[]][] = [
  ['of zeros', [0, 0, 0, 0]],
  ['of ones', [255, 255, 255, 255]],
  ['of one bit', [0, 0, 0, 1]],
  ['that turns ASCII to other bytes', [0x80, 0x80, 0x80, 0x80]],
  ['that looks like a frame', [0x81, 0x80, 0x88, 0x00]],
];

const keys: Case[] = KEYS.map(([name, key], i) => {
  const payload = randomText(77, i + 5);
  const options = { key: Uint8Array.from(key) };
  return {
    id: `framing/key-${i}`,
    title: `a masking key ${name}`,
    rule: 'RFC 6455 §5.3',
    steps: [
      send(text(payload, options), echo(payload)),
      send(ping('?', options), { kind: 'pong', payload: Buffer.from('?') }),
      send(binary(payload.subarray(0, 13), options), echoBinary(payload.subarray(0, 13))),
    ],
  };
});

const LONGER_FORMS: [length: number, bits: 16 | 64][] = [
  [0, 16],
  [1, 16],
  [125, 16],
  [0, 64],
  [125, 64],
  [126, 64],
  [65_535, 64],
];

const longerForms: Case[] = LONGER_FORMS.flatMap(([length, lengthBits]) => {
  const payload = randomAscii(length, 9);
  const at = { header: 2 + lengthBits / 8 };
  const one = (name: string, opening: readonly Frame[], sent: Frame): Case => ({
    id: `framing/longer-form-${name}-${length}-in-${lengthBits}`,
    title: `${name}: a length of ${length} in ${lengthBits} bits, not the shortest form`,
    rule: RULE,
    steps: [...opening.map((frame) => send(frame)), send(sent, fail(1002, at))],
  });
  return [
    one('text', [], text(payload, { lengthBits })),
    one('binary', [], binary(payload, { lengthBits })),
    one('continuation', [textStart('x')], last(payload, { lengthBits })),
  ];
});

const lengths: Case[] = [
  ...([2n ** 63n, 2n ** 63n + 5n, 2n ** 64n - 1n] as const).map((announced) => ({
    id: `framing/top-bit-${announced.toString(16)}`,
    title: `a 64-bit length with its top bit set: 0x${announced.toString(16)}`,
    rule: RULE,
    steps: [send(binary('x', { announced }), fail(1002, { header: 3 }))],
  })),
  ...([2n ** 53n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n] as const).map((announced) => ({
    id: `framing/beyond-integers-${announced.toString(16)}`,
    title: `a length that no double holds exactly: 0x${announced.toString(16)}`,
    rule: 'RFC 6455 §7.4.1',
    steps: [send(binary('x', { announced }), fail(1009, { header: 10 }))],
  })),
  ...([2n ** 53n - 1n, 2n ** 40n, 2n ** 32n, 2n ** 32n + 5n, 2n ** 31n] as const).map((announced) => ({
    id: `framing/over-limit-${announced.toString(16)}`,
    title: `a length above the limit: 0x${announced.toString(16)}, refused from the header`,
    rule: 'RFC 6455 §10.4',
    steps: [send(text('x', { announced }), fail(1009, { header: 10 }))],
  })),
];

const many = Array.from({ length: 60 }, (_, i) => randomAscii(i % 7, i + 1));
const misc: Case[] = [
  {
    id: 'framing/several',
    title: 'texts and binary messages back to back',
    rule: RULE,
    steps: [
      send(text('one'), echo('one')),
      send(binary('two'), echoBinary('two')),
      send(text(''), echo('')),
      send(binary(''), echoBinary('')),
      send(text('three'), echo('three')),
    ],
  },
  {
    id: 'framing/many',
    title: '60 tiny messages in a row',
    rule: RULE,
    steps: many.map((payload) => send(text(payload), echo(payload))),
  },
  {
    id: 'framing/looks-like-frames',
    title: 'a payload that looks like frames is a payload',
    rule: RULE,
    steps: [
      send(
        binary(concat(Uint8Array.of(0x88, 0x02, 0x03, 0xe8, 0xff, 0x80), 'x')),
        echoBinary(concat(Uint8Array.of(0x88, 0x02, 0x03, 0xe8, 0xff, 0x80), 'x')),
      ),
    ],
  },
  {
    id: 'framing/nothing',
    title: 'no bytes at all, then Ping and Close',
    rule: 'RFC 6455 §7.1.2',
    steps: [],
  },
  ...[1, 2, 3, 5, 6, 7, 9].map((cut) => ({
    id: `framing/cut-off-after-${cut}`,
    title: `the peer ends after ${cut} bytes of a frame`,
    rule: 'RFC 6455 §7.1.5',
    steps: [send(text('hello'), echo('hello')), send(text('hello again', { cut })), end],
  })),
  {
    id: 'framing/cut-off-in-length',
    title: 'the peer ends within a 64-bit length',
    rule: 'RFC 6455 §7.1.5',
    steps: [send(binary(new Uint8Array(70_000), { cut: 6 })), end],
  },
  {
    id: 'framing/cut-off-message',
    title: 'the peer ends within a fragmented message: nothing of it is delivered',
    rule: 'RFC 6455 §7.1.5',
    steps: [send(textStart('hel')), send(part('l')), end],
  },
  {
    id: 'framing/end-at-once',
    title: 'the peer ends without a word',
    rule: 'RFC 6455 §7.1.5',
    steps: [end],
  },
];

const HELLO = 'unmasked';

function wrongMask(name: string, title: string, steps: Case['steps']): Case {
  return { id: `masking/${name}`, title: `${title}, masked wrongly for its sender`, rule: 'RFC 6455 §5.1', steps };
}

const wrong = { wrongMasking: true };
const at = { header: 2 };

/** Section 1: sizes, lengths and keys. */
export const framing: Section = {
  name: 'framing',
  title: 'Framing',
  cases: [...sizes, ...keys, ...longerForms, ...lengths, ...misc],
};

/** Whom masks are for: a server takes masked frames only, a client unmasked ones only. */
export const masking: Section = {
  name: 'masking',
  title: 'Masking',
  cases: [
    wrongMask('text', 'a text', [send(text(HELLO, wrong), fail(1002, at))]),
    wrongMask('text-empty', 'an empty text', [send(text('', wrong), fail(1002, at))]),
    wrongMask('binary', 'a binary message', [send(binary(HELLO, wrong), fail(1002, at))]),
    wrongMask('binary-long', 'a binary message of 200 bytes', [send(binary(randomBytes(200), wrong), fail(1002, at))]),
    wrongMask('start', 'a first fragment', [send(textStart(HELLO, wrong), fail(1002, at))]),
    wrongMask('middle', 'a fragment in the middle', [send(textStart('x')), send(part(HELLO, wrong), fail(1002, at))]),
    wrongMask('last', 'a last fragment', [send(binaryStart('x')), send(last(HELLO, wrong), fail(1002, at))]),
    wrongMask('ping', 'a Ping', [send(ping(HELLO, wrong), fail(1002, at))]),
    wrongMask('ping-empty', 'an empty Ping', [send(ping('', wrong), fail(1002, at))]),
    wrongMask('pong', 'a Pong', [send(frame(10, HELLO, wrong), fail(1002, at))]),
    wrongMask('close', 'a Close', [send(close(1000, '', wrong), fail(1002, at))]),
    wrongMask('close-empty', 'an empty Close', [send(close(undefined, '', wrong), fail(1002, at))]),
    wrongMask('after-message', 'a text after one that was right', [
      send(text('right'), echo('right')),
      send(text(HELLO, wrong), fail(1002, at)),
      send(text('never')),
    ]),
    wrongMask('ping-in-message', 'a Ping within a message', [
      send(textStart('x')),
      send(ping('', wrong), fail(1002, at)),
      send(last('y')),
    ]),
    wrongMask('reserved-opcode', 'a reserved opcode: its first byte is enough', [
      send(frame(3, '', wrong), fail(1002, atOnce)),
    ]),
    wrongMask('after-close', 'a text after Close: not even looked at', [
      send(close(1000), closeBack(1000)),
      send(text(HELLO, wrong)),
    ]),
  ],
};
