import {
  answer,
  atOnce,
  binary,
  binaryStart,
  type Case,
  close,
  closeBack,
  closePayload,
  concat,
  echo,
  echoBinary,
  fail,
  frame,
  last,
  part,
  ping,
  pong,
  type Section,
  type Step,
  send,
  settle,
  text,
  textStart,
} from '../case.js';
import { randomAscii, randomBytes, randomText } from '../wire/random.js';

const RULE = 'RFC 6455 §5.4';
const CONTROL = 'RFC 6455 §5.5';

function one(name: string, title: string, steps: readonly Step[], covers: readonly string[] = [], rule = RULE): Case {
  return { id: `fragmentation/${name}`, title, rule, steps, covers };
}

/** A message cut into frames of `size` bytes. */
export function inFragments(type: 1 | 2, payload: Uint8Array, size: number): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    const fin = at + size >= payload.length;
    const sent = frame(at === 0 ? type : 0, payload.subarray(at, at + size), { fin });
    steps.push(fin ? send(sent, { kind: 'echo', type, payload }) : send(sent));
  }
  return steps;
}

const sizes: Case[] = [2, 3, 4, 5, 8, 13, 64, 200].flatMap((count) => {
  const length = count * 3;
  const utf8 = randomText(length, count);
  const bytes = randomBytes(length, count);
  return [
    one(`text-${count}`, `a text in ${count} fragments, cut within its characters too`, inFragments(1, utf8, 3)),
    one(`binary-${count}`, `a binary message in ${count} fragments`, inFragments(2, bytes, 3)),
  ];
});

const uneven: Case[] = [125, 126, 127, 65_535, 65_536].flatMap((size) => {
  const payload = randomBytes(size * 2 + 7, size);
  return [
    one(`frames-of-${size}`, `three fragments, two of them of ${size} bytes`, inFragments(2, payload, size)),
    one(`text-frames-of-${size}`, `a text, two of its fragments of ${size} bytes`, [
      ...inFragments(1, randomText(size * 2 + 7, size), size),
    ]),
  ];
});

const fragmentedControl: Case[] = (
  [
    ['ping', 9, 'payload', ['5.1']],
    ['ping-empty', 9, '', []],
    ['pong', 10, 'payload', ['5.2']],
    ['pong-empty', 10, '', []],
    ['close', 8, closePayload(1000), []],
    ['close-empty', 8, '', []],
  ] as const
).flatMap(([name, opcode, payload, covers]) => [
  one(
    `control-${name}`,
    `a ${name} without FIN, then a continuation`,
    [send(frame(opcode, payload, { fin: false }), fail(1002, atOnce)), send(last('never'))],
    covers,
    CONTROL,
  ),
  one(
    `control-${name}-in-message`,
    `a ${name} without FIN within a message`,
    [send(textStart('x')), send(frame(opcode, payload, { fin: false }), fail(1002, atOnce)), send(last('never'))],
    [],
    CONTROL,
  ),
]);

// What is wrong because of what came before it is told when the header is complete.
const strays: Case[] = (
  [
    ['last', last('stray'), ['5.9', '5.10', '5.11']],
    ['last-empty', last(''), []],
    ['middle', part('stray'), ['5.12', '5.13', '5.14']],
    ['middle-empty', part(''), []],
    ['last-long', last(randomAscii(130)), []],
  ] as const
).flatMap(([name, stray, covers]) => [
  one(
    `stray-${name}`,
    `a continuation without a message (${name}), then a text`,
    [send(stray, fail(1002, 'header')), send(text('never'))],
    covers,
  ),
  one(
    `stray-${name}-after-text`,
    `a continuation (${name}) after a whole text`,
    [send(text('right'), echo('right')), send(stray, fail(1002, 'header')), send(text('never'))],
    [],
  ),
  one(
    `stray-${name}-after-fragments`,
    `a continuation (${name}) after a fragmented message that is complete`,
    [
      send(textStart('fragment1')),
      send(last('fragment2'), echo('fragment1fragment2')),
      send(stray, fail(1002, 'header')),
      send(textStart('never')),
      send(last('never')),
    ],
    name === 'middle' ? ['5.15', '5.16', '5.17'] : [],
  ),
  one(
    `stray-${name}-after-ping`,
    `a continuation (${name}) after a Ping`,
    [send(ping('x'), answer('x')), send(stray, fail(1002, 'header'))],
    [],
  ),
]);

const interruptions: Case[] = (
  [
    ['text', text('second')],
    ['text-empty', text('')],
    ['text-start', textStart('second')],
    ['binary', binary('second')],
    ['binary-start', binaryStart('second')],
    ['binary-long', binary(randomBytes(140))],
  ] as const
).flatMap(([name, second]) => [
  one(
    `interrupted-by-${name}`,
    `a ${name} within a fragmented text`,
    [send(textStart('first')), send(second, fail(1002, 'header')), send(last('never'))],
    name === 'text' ? ['5.18'] : [],
  ),
  one(`binary-interrupted-by-${name}`, `a ${name} within a fragmented binary message, after two fragments`, [
    send(binaryStart('first')),
    send(part('more')),
    send(second, fail(1002, 'header')),
    send(last('never')),
  ]),
  one(`empty-interrupted-by-${name}`, `a ${name} after an empty first fragment`, [
    send(textStart('')),
    send(second, fail(1002, 'header')),
    send(last('never')),
  ]),
]);

const five = ['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5'];
const whole = five.join('');

function fiveWithPings(between: readonly Step[]): Step[] {
  return [
    send(textStart(five[0])),
    send(part(five[1])),
    send(ping('ping1'), answer('ping1')),
    ...between,
    send(part(five[2])),
    send(part(five[3])),
    send(ping('ping2'), answer('ping2')),
    send(last(five[4]), echo(whole)),
  ];
}

const control: Case[] = [
  one(
    'ping-between',
    'a Ping between two fragments is answered before the message is complete',
    [
      send(textStart('fragment1')),
      send(ping('ping'), answer('ping')),
      send(last('fragment2'), echo('fragment1fragment2')),
    ],
    ['5.6', '5.8'],
  ),
  one(
    'ping-between-wait',
    'a Ping between two fragments; the rest is sent when the Pong has come',
    [
      send(textStart('fragment1')),
      send(ping('ping'), answer('ping')),
      settle,
      send(last('fragment2'), echo('fragment1fragment2')),
    ],
    ['5.7'],
  ),
  one('pong-between', 'a Pong between two fragments', [
    send(binaryStart('fragment1')),
    send(pong('pong')),
    send(last('fragment2'), echoBinary('fragment1fragment2')),
  ]),
  one('pings-everywhere', 'a Ping before and after each of four fragments, empty ones too', [
    send(ping('1'), answer('1')),
    send(textStart('a')),
    send(ping('2'), answer('2')),
    send(part('')),
    send(ping('3'), answer('3')),
    send(part('b')),
    send(ping(''), answer('')),
    send(last(''), echo('ab')),
    send(ping('5'), answer('5')),
  ]),
  one('ping-within-character', 'a Ping where a fragment ends within a character', [
    send(textStart(Uint8Array.of(0xf0, 0x9f))),
    send(ping(Uint8Array.of(0xff)), answer(Uint8Array.of(0xff))),
    send(part(Uint8Array.of(0x98))),
    send(pong('')),
    send(last(Uint8Array.of(0x80)), echo('😀')),
  ]),
  one('ping-125-between', 'a Ping of 125 bytes between two fragments', [
    send(binaryStart('x')),
    send(ping(randomBytes(125)), answer(randomBytes(125))),
    send(last('y'), echoBinary('xy')),
  ]),
  one('close-between', 'a Close between two fragments ends everything', [
    send(textStart('fragment1')),
    send(close(1000, 'bye'), closeBack(1000, 'bye')),
    send(last('never')),
  ]),
  one('five-with-pings', 'five fragments with two Pings between', fiveWithPings([]), ['5.19']),
  one('five-with-pings-wait', 'five fragments with two Pings between, waiting for the Pong', fiveWithPings([settle]), [
    '5.20',
  ]),
];

/** Section 5: fragments. */
export const fragmentation: Section = {
  name: 'fragmentation',
  title: 'Fragmentation',
  cases: [
    one(
      'two',
      'a text in two fragments',
      [send(textStart('fragment1')), send(last('fragment2'), echo('fragment1fragment2'))],
      ['5.3', '5.4', '5.5'],
    ),
    one('two-binary', 'a binary message in two fragments', [
      send(binaryStart(Uint8Array.of(0, 255))),
      send(last(Uint8Array.of(254, 1)), echoBinary(Uint8Array.of(0, 255, 254, 1))),
    ]),
    one('empty-first', 'an empty first fragment', [send(textStart('')), send(last('x'), echo('x'))]),
    one('empty-last', 'an empty last fragment', [send(textStart('x')), send(last(''), echo('x'))]),
    one('empty-middle', 'empty fragments in the middle', [
      send(binaryStart('x')),
      ...Array.from({ length: 20 }, () => send(part(''))),
      send(last('y'), echoBinary('xy')),
    ]),
    one('all-empty', 'nothing but empty fragments', [send(textStart('')), send(part('')), send(last(''), echo(''))]),
    one('all-empty-binary', 'nothing but empty fragments, binary', [
      send(binaryStart('')),
      send(part('')),
      send(last(''), echoBinary('')),
    ]),
    one('several', 'fragmented and whole messages in a row', [
      send(textStart('a')),
      send(last('b'), echo('ab')),
      send(text('c'), echo('c')),
      send(binaryStart('d')),
      send(last('e'), echoBinary('de')),
      send(textStart('f')),
      send(part('g')),
      send(last('h'), echo('fgh')),
    ]),
    one('ascii-then-not', 'fragments of ASCII, then others', [
      send(textStart('plain ')),
      send(part('ünïcödé ')),
      send(last('plain'), echo(concat('plain ünïcödé plain'))),
    ]),
    ...sizes,
    ...uneven,
    ...control,
    ...fragmentedControl,
    ...strays,
    ...interruptions,
  ],
};
