import {
  answer,
  atOnce,
  binary,
  type Case,
  closePayload,
  echo,
  echoBinary,
  fail,
  frame,
  ping,
  type Section,
  send,
  text,
  textStart,
} from '../case.js';
import { randomAscii } from '../wire/random.js';

const RSV = [1, 2, 3, 4, 5, 6, 7] as const;
const RULE = 'RFC 6455 §5.2';

const KINDS: [name: string, opcode: number, payload: Uint8Array][] = [
  ['text', 1, randomAscii(20)],
  ['text-empty', 1, new Uint8Array(0)],
  ['binary', 2, randomAscii(150)],
  ['ping', 9, randomAscii(5)],
  ['pong', 10, randomAscii(5)],
  ['close', 8, closePayload(1000)],
  ['close-empty', 8, new Uint8Array(0)],
];
/** What the Autobahn|Testsuite sends with each value. */
const COVERED: Readonly<Record<number, string>> = {
  1: 'text',
  2: 'text',
  3: 'text',
  4: 'text',
  5: 'binary',
  6: 'ping',
  7: 'close',
};

const bits: Case[] = RSV.flatMap((rsv) => {
  const title = `reserved bits ${rsv.toString(2).padStart(3, '0')}`;
  return [
    ...KINDS.map(([name, opcode, payload]) => ({
      id: `reserved-bits/${rsv}-${name}`,
      title: `${title} on ${name}: nothing is negotiated`,
      rule: RULE,
      steps: [send(frame(opcode, payload, { rsv }), fail(1002, atOnce)), send(ping('never'))],
      covers: COVERED[rsv] === name ? [`3.${rsv}`] : [],
    })),
    {
      id: `reserved-bits/${rsv}-after-message`,
      title: `${title} on a text after one that was right, before a Ping`,
      rule: RULE,
      steps: [
        send(text('right'), echo('right')),
        send(text('wrong', { rsv }), fail(1002, atOnce)),
        send(ping('never')),
        send(text('never')),
      ],
    },
    {
      id: `reserved-bits/${rsv}-start`,
      title: `${title} on a first fragment`,
      rule: RULE,
      steps: [send(textStart('wrong', { rsv }), fail(1002, atOnce)), send(frame(0, 'never'))],
    },
    {
      id: `reserved-bits/${rsv}-last`,
      title: `${title} on a continuation`,
      rule: RULE,
      steps: [send(textStart('x')), send(frame(0, 'y', { rsv }), fail(1002, atOnce))],
    },
    {
      id: `reserved-bits/${rsv}-ping-in-message`,
      title: `${title} on a Ping within a message`,
      rule: RULE,
      steps: [
        send(textStart('x')),
        send(ping('right'), answer('right')),
        send(ping('wrong', { rsv }), fail(1002, atOnce)),
        send(frame(0, 'y')),
      ],
    },
  ];
});

const OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as const;

const opcodes: Case[] = OPCODES.flatMap((opcode, i) => {
  const name = `opcode 0x${opcode.toString(16)}`;
  const row = i < 5 ? `4.1.${i + 1}` : `4.2.${i - 4}`;
  const one = (suffix: string, title: string, steps: Case['steps'], covers: string[] = []): Case => ({
    id: `opcodes/${opcode.toString(16)}-${suffix}`,
    title: `${name} ${title}`,
    rule: RULE,
    steps,
    covers,
  });
  return [
    one('empty', 'without payload', [send(frame(opcode), fail(1002, atOnce))], [row]),
    one('payload', 'with payload', [send(frame(opcode, 'reserved opcode'), fail(1002, atOnce))], [row]),
    one('long', 'with a 16-bit length', [send(frame(opcode, randomAscii(130)), fail(1002, atOnce))]),
    one(
      'after-message',
      'between a text and a Ping',
      [
        send(text('right'), echo('right')),
        send(frame(opcode, 'reserved'), fail(1002, atOnce)),
        send(ping('never')),
        send(text('never')),
      ],
      [row],
    ),
    one('after-binary', 'after a binary message and a Ping', [
      send(binary('right'), echoBinary('right')),
      send(ping('right'), answer('right')),
      send(frame(opcode), fail(1002, atOnce)),
      send(ping('never')),
    ]),
    one('in-message', 'within a fragmented message', [
      send(textStart('x')),
      send(frame(opcode), fail(1002, atOnce)),
      send(frame(0, 'y')),
    ]),
    one('fragment', 'without FIN', [send(frame(opcode, 'x', { fin: false }), fail(1002, atOnce)), send(frame(0, 'y'))]),
    one('rsv', 'with all reserved bits', [send(frame(opcode, 'x', { rsv: 7 }), fail(1002, atOnce))]),
  ];
});

/** Section 3: reserved bits. */
export const reservedBits: Section = { name: 'reserved-bits', title: 'Reserved bits', cases: bits };

/** Section 4: reserved opcodes. */
export const reservedOpcodes: Section = { name: 'opcodes', title: 'Reserved opcodes', cases: opcodes };
