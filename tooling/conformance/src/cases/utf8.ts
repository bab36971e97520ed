import {
  type Case,
  closePayload,
  concat,
  echo,
  fail,
  frame,
  hex,
  last,
  part,
  ping,
  type Reaction,
  type Section,
  type Step,
  send,
  settle,
  text,
  textStart,
} from '../case.js';
import { randomAscii, randomText } from '../wire/random.js';
import { type Sample, samples } from './utf8-texts.js';

const RULE = 'RFC 6455 §8.1';
const LARGE = 100_000n;
const HUGE = 64n * 1024n * 1024n;

type Fault = Sample['fault'];

/** A text in frames that end at `cuts`; it fails with the byte at index `fault` of the whole. */
function inFrames(bytes: Uint8Array, cuts: readonly number[], fault: Fault): Step[] {
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : ends[i - 1]!;
    const fin = i === ends.length - 1;
    const reactions: Reaction[] = [];
    if (typeof fault === 'number' && fault >= start && fault < end) {
      reactions.push(fail(1007, { payload: fault - start }));
    } else if (fin && fault === 'end') {
      reactions.push(fail(1007, 'end'));
    } else if (fin && fault === undefined) {
      reactions.push(echo(bytes));
    }
    return send(frame(i === 0 ? 1 : 0, bytes.subarray(start, end), { fin }), ...reactions);
  });
}

function octets(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.max(bytes.length - 1, 0) }, (_, i) => i + 1);
}

/** The sample within a longer text: what it broke off in, it is broken with the first byte that follows. */
function embed(before: Uint8Array, { bytes, fault }: Sample, after: string): { bytes: Uint8Array; fault: Fault } {
  const at = fault === 'end' ? bytes.length : fault;
  return { bytes: concat(before, bytes, after), fault: at === undefined ? undefined : before.length + at };
}

function casesOf(sample: Sample): Case[] {
  const { name, bytes, fault, covers = [] } = sample;
  const kind = fault === undefined ? 'valid' : 'not UTF-8';
  const one = (place: string, title: string, steps: Case['steps'], more: Partial<Case> = {}): Case => ({
    id: `utf8/${name}/${place}`,
    title: `${name} (${kind}) ${title}`,
    rule: RULE,
    steps,
    ...more,
  });
  const inText = embed(randomText(66, bytes.length + 1), sample, ' and on');
  const inAscii = embed(randomAscii(37, bytes.length + 2), sample, 'x'.repeat(35));
  const second = embed(concat('ok '), sample, '!');
  const cases = [
    one('whole', 'as a text', inFrames(bytes, [], fault), { covers }),
    one('in-text', 'in the middle of a text', inFrames(inText.bytes, [], inText.fault)),
    one('in-ascii', 'in the middle of ASCII', inFrames(inAscii.bytes, [], inAscii.fault)),
    one(
      'second-fragment',
      'in the second of three fragments',
      inFrames(second.bytes, [3, 3 + bytes.length], second.fault),
    ),
    one('close-reason', 'as the reason of a Close', closeSteps(sample), { rule: 'RFC 6455 §5.5.1' }),
  ];
  if (bytes.length > 1) cases.push(one('octets', 'in fragments of one byte', inFrames(bytes, octets(bytes), fault)));
  if (bytes.length <= 6) {
    for (const cut of octets(bytes)) {
      cases.push(one(`cut-${cut}`, `in two fragments, cut after ${cut}`, inFrames(bytes, [cut], fault)));
    }
  }
  if (typeof fault === 'number') {
    const large = unfinished(LARGE, concat(randomAscii(70, 3), bytes), 70 + fault);
    cases.push(one('large-frame', `in a frame of ${LARGE} bytes of which no more comes`, large));
  }
  return cases;
}

function closeSteps({ bytes, fault }: Sample): Step[] {
  const payload = closePayload(1000, bytes);
  if (fault === undefined) return [send(frame(8, payload), { kind: 'close', payload })];
  return [send(frame(8, payload), fail(1007, 'end'))];
}

/** A frame that announces more than it ever holds. */
function unfinished(announced: bigint, bytes: Uint8Array, fault: number): Step[] {
  return [send(text(bytes, { announced }), fail(1007, { payload: fault }))];
}

/** The fault far into a huge frame: every distance from a block of 64 bytes, or of 64 KiB. */
const deep: Case[] = [64, 1000, 65_535, 65_536, 65_537, 1_000_003].flatMap((distance) =>
  (
    [
      ['lonely', 'ff', 0],
      ['cut-off', 'e28241', 2],
      ['surrogate', 'eda080', 1],
    ] as const
  ).map(([name, digits, index]) => ({
    id: `utf8/deep-${distance}-${name}`,
    title: `${name} after ${distance} bytes of a frame of 64 MiB that never ends`,
    rule: RULE,
    steps: () =>
      unfinished(HUGE, concat(randomText(distance, distance), hex(digits), randomText(40, 5)), distance + index),
  })),
);

const GREEK = hex('cebae1bdb9cf83cebcceb5');

/** Section 6: text is UTF-8, and known not to be with the first byte that cannot be. */
export const utf8: Section = {
  name: 'utf8',
  title: 'UTF-8',
  cases: [
    {
      id: 'utf8/empty',
      title: 'an empty text',
      rule: RULE,
      steps: [send(text(''), echo(''))],
      covers: ['6.1.1'],
    },
    {
      id: 'utf8/empty-fragments',
      title: 'three empty fragments',
      rule: RULE,
      steps: [send(textStart('')), send(part('')), send(last(''), echo(''))],
      covers: ['6.1.2'],
    },
    {
      id: 'utf8/empty-around',
      title: 'a text between two empty fragments',
      rule: RULE,
      steps: [send(textStart('')), send(part('middle frame payload')), send(last(''), echo('middle frame payload'))],
      covers: ['6.1.3'],
    },
    {
      id: 'utf8/fail-fast-in-fragment',
      title: 'an impossible second byte in a fragment; the text would go on',
      rule: RULE,
      steps: [
        send(textStart(GREEK)),
        settle,
        send(part(hex('f4908080')), fail(1007, { payload: 1 })),
        settle,
        send(last('edited')),
      ],
      covers: ['6.4.1'],
    },
    {
      id: 'utf8/fail-fast-between-fragments',
      title: 'a character cut by a fragment, its second byte impossible',
      rule: RULE,
      steps: [
        send(textStart(concat(GREEK, hex('f4')))),
        settle,
        send(part(hex('90')), fail(1007, { payload: 0 })),
        settle,
        send(last(hex('8080656469746564'))),
      ],
      covers: ['6.4.2', '6.4.4'],
    },
    {
      id: 'utf8/unfinished-then-empty',
      title: 'a character is not finished when an empty last fragment ends the text',
      rule: RULE,
      steps: [
        send(textStart(hex('e282'))),
        send(ping('p'), { kind: 'pong', payload: concat('p') }),
        send(last(), fail(1007, 'end')),
      ],
    },
    {
      id: 'utf8/unfinished-then-ping',
      title: 'an unfinished character is no fault while the message goes on',
      rule: RULE,
      steps: [
        send(textStart(hex('f09f'))),
        send(part('')),
        send(ping('p'), { kind: 'pong', payload: concat('p') }),
        send(part(hex('98'))),
        send(part('')),
        send(last(hex('80')), echo('😀')),
      ],
    },
    {
      id: 'utf8/next-message-starts-anew',
      title: 'a character does not go on in the next message',
      rule: RULE,
      steps: [
        send(text('€'), echo('€')),
        send(text(hex('41')), echo('A')),
        send(text(hex('82ac')), fail(1007, { payload: 0 })),
      ],
    },
    {
      id: 'utf8/first-of-two-wrong',
      title: 'a text that is wrong, and one that is not in the same breath',
      rule: 'RFC 6455 §7.1.7',
      steps: [send(text(hex('c3')), fail(1007, 'end')), send(text('never')), send(ping('never'))],
    },
    {
      id: 'utf8/binary-is-free',
      title: 'binary messages may hold anything, in fragments too',
      rule: RULE,
      steps: [
        send(frame(2, hex('ff c0 80 eda080')), { kind: 'echo', type: 2, payload: hex('ff c0 80 eda080') }),
        send(frame(2, hex('ff'), { fin: false })),
        send(last(hex('f4908080')), { kind: 'echo', type: 2, payload: hex('fff4908080') }),
      ],
    },
    ...samples.flatMap(casesOf),
    ...deep,
  ],
};
