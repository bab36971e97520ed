import {
  answer,
  binary,
  type Case,
  close,
  closeBack,
  echo,
  echoBinary,
  end,
  fail,
  hex,
  ping,
  pong,
  type Section,
  send,
  settle,
  text,
} from '../case.js';
import { randomBytes } from '../wire/random.js';

const PING = 'RFC 6455 §5.5.2';
const PONG = 'RFC 6455 §5.5.3';
const CONTROL = 'RFC 6455 §5.5';
const BINARY = hex('00ff fefd fcfb 00ff');

const ten = Array.from({ length: 10 }, (_, i) => `payload-${i}`);

const sizes: Case[] = [...Array(126).keys()]
  .filter((size) => size % 9 === 0 || size > 120 || size < 6)
  .map((size) => {
    const payload = randomBytes(size, size + 11);
    return {
      id: `control/ping-${size}`,
      title: `a Ping of ${size} bytes comes back as Pong`,
      rule: PING,
      steps: [send(ping(payload), answer(payload))],
      covers: size === 0 ? ['2.1'] : size === 125 ? ['2.4', '2.6'] : [],
    };
  });

const tooLong: Case[] = [126, 127, 200, 65_535, 65_536].flatMap((size) => {
  const payload = randomBytes(size, size);
  const at = { header: 2 };
  return [
    {
      id: `control/ping-${size}`,
      title: `a Ping of ${size} bytes`,
      rule: CONTROL,
      steps: [send(ping(payload), fail(1002, at)), send(text('never'))],
      covers: size === 126 ? ['2.5'] : [],
    },
    {
      id: `control/pong-${size}`,
      title: `a Pong of ${size} bytes`,
      rule: CONTROL,
      steps: [send(pong(payload), fail(1002, at)), send(text('never'))],
    },
  ];
});

const longForms: Case[] = ([16, 64] as const).flatMap((lengthBits) => [
  {
    id: `control/ping-length-in-${lengthBits}`,
    title: `a Ping of 3 bytes with its length in ${lengthBits} bits`,
    rule: CONTROL,
    steps: [send(ping('abc', { lengthBits }), fail(1002, { header: 2 }))],
  },
  {
    id: `control/pong-length-in-${lengthBits}`,
    title: `a Pong of 3 bytes with its length in ${lengthBits} bits`,
    rule: CONTROL,
    steps: [send(pong('abc', { lengthBits }), fail(1002, { header: 2 }))],
  },
]);

/** Section 2: pings and pongs. */
export const control: Section = {
  name: 'control',
  title: 'Pings and pongs',
  cases: [
    ...sizes,
    ...tooLong,
    ...longForms,
    {
      id: 'control/ping-text',
      title: 'a Ping with text',
      rule: PING,
      steps: [send(ping('Hello, world!'), answer('Hello, world!'))],
      covers: ['2.2'],
    },
    {
      id: 'control/ping-not-utf8',
      title: 'a Ping with bytes that are no text',
      rule: PING,
      steps: [send(ping(BINARY), answer(BINARY))],
      covers: ['2.3'],
    },
    {
      id: 'control/pong-empty',
      title: 'a Pong nobody asked for, empty',
      rule: PONG,
      steps: [send(pong())],
      covers: ['2.7'],
    },
    {
      id: 'control/pong-payload',
      title: 'a Pong nobody asked for, with payload',
      rule: PONG,
      steps: [send(pong('unsolicited')), send(pong(BINARY)), send(pong(randomBytes(125, 3)))],
      covers: ['2.8'],
    },
    {
      id: 'control/pong-then-ping',
      title: 'a Pong nobody asked for, then a Ping',
      rule: PONG,
      steps: [send(pong('unsolicited')), send(ping('ping'), answer('ping'))],
      covers: ['2.9'],
    },
    {
      id: 'control/pings-10',
      title: '10 Pings: 10 Pongs in the same order',
      rule: PING,
      steps: ten.map((payload) => send(ping(payload), answer(payload))),
      covers: ['2.10', '2.11'],
    },
    {
      id: 'control/pings-10-one-by-one',
      title: '10 Pings, each after the Pong to the one before',
      rule: PING,
      steps: ten.flatMap((payload) => [send(ping(payload), answer(payload)), settle]),
    },
    {
      id: 'control/pings-10-equal',
      title: '10 equal Pings: 10 Pongs',
      rule: PING,
      steps: ten.map(() => send(ping('same'), answer('same'))),
    },
    {
      id: 'control/pings-between-messages',
      title: 'Pings and Pongs between messages',
      rule: PING,
      steps: [
        send(text('one'), echo('one')),
        send(ping('p1'), answer('p1')),
        send(binary('two'), echoBinary('two')),
        send(pong('p1')),
        send(ping('p2'), answer('p2')),
        send(ping(''), answer('')),
        send(text('three'), echo('three')),
      ],
    },
    {
      id: 'control/ping-then-end',
      title: 'a Ping, then the peer ends: it is answered all the same',
      rule: PING,
      steps: [send(ping('last words'), answer('last words')), settle, end],
    },
    {
      id: 'control/ping-behind-echo',
      title: 'a Ping and a Close while an echo of 4 MiB is on its way: the newest Ping is answered before the Close',
      rule: PING,
      steps: () => {
        const payload = randomBytes(4 * 1024 * 1024, 8);
        return [
          send(binary(payload), echoBinary(payload)),
          send(ping('last words'), answer('last words')),
          send(close(1000), closeBack(1000)),
        ];
      },
    },
    {
      id: 'control/ping-cut-off',
      title: 'a Ping that is cut off is not answered',
      rule: PING,
      steps: [send(ping('last words', { cut: 9 })), end],
    },
  ],
};
