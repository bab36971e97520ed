import {
  answer,
  atOnce,
  binary,
  binaryStart,
  type Case,
  close,
  closeBack,
  closed,
  closeHere,
  concat,
  deliver,
  echo,
  echoBinary,
  end,
  fail,
  failSilently,
  frame,
  hex,
  last,
  part,
  ping,
  pong,
  type Section,
  type Step,
  send,
  text,
  textStart,
} from '../case.js';
import { randomAscii, randomText } from '../wire/random.js';

const CLOSE = 'RFC 6455 §5.5.1';
const CODES = 'RFC 6455 §7.4';
const AFTER = 'RFC 6455 §1.4';

function one(name: string, title: string, rule: string, steps: Case['steps'], covers: readonly string[] = []): Case {
  return { id: `closing/${name}`, title, rule, steps, covers };
}

const VALID = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3100, 3333, 3998, 3999, 4000,
  4001, 4100, 4321, 4998, 4999,
];
const COVERED_VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID = [
  0, 1, 10, 100, 125, 126, 255, 256, 500, 998, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1050, 1099, 1100, 1234, 1500,
  1999, 2000, 2001, 2500, 2998, 2999, 5000, 5001, 6000, 9999, 10_000, 32_767, 32_768, 65_534, 65_535,
];
const COVERED_INVALID = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const COVERED_BEYOND = [5000, 65_535];

function covered(prefix: string, codes: readonly number[], code: number): string[] {
  const at = codes.indexOf(code);
  return at < 0 ? [] : [`${prefix}.${at + 1}`];
}

const validCodes: Case[] = VALID.flatMap((code) => [
  one(
    `code-${code}`,
    `Close ${code} comes back`,
    CODES,
    [send(close(code), closeBack(code))],
    covered('7.7', COVERED_VALID, code),
  ),
  one(`code-${code}-reason`, `Close ${code} with a reason comes back`, CODES, [
    send(close(code, 'going ⇒ away'), closeBack(code, 'going ⇒ away')),
  ]),
]);

const invalidCodes: Case[] = INVALID.flatMap((code) => [
  one(
    `bad-code-${code}`,
    `Close ${code}, which may not be on the wire`,
    CODES,
    [send(close(code), fail(1002, 'end'))],
    [...covered('7.9', COVERED_INVALID, code), ...covered('7.13', COVERED_BEYOND, code)],
  ),
  one(`bad-code-${code}-reason`, `Close ${code} with a reason`, CODES, [
    send(close(code, 'a reason'), fail(1002, 'end')),
    send(text('never')),
  ]),
]);

const payloads: Case[] = [
  one('empty', 'an empty Close comes back empty', CLOSE, [send(close(), closeBack())], ['7.3.1']),
  one('code-only', 'a Close with a code', CLOSE, [send(close(1000), closeBack(1000))], ['7.3.3']),
  one(
    'code-reason',
    'a Close with a reason',
    CLOSE,
    [send(close(1000, 'Hello World!'), closeBack(1000, 'Hello World!'))],
    ['7.3.4'],
  ),
  ...['00', '03', '61', 'e8', 'ff'].map((digits) =>
    one(
      `one-byte-${digits}`,
      `a Close of one byte, ${digits}`,
      CLOSE,
      [send(frame(8, hex(digits)), fail(1002, 'end'))],
      ['7.3.2'],
    ),
  ),
  ...[1, 2, 3, 62, 63, 122, 123].map((length) => {
    const reason = randomAscii(length, length);
    return one(
      `reason-${length}`,
      `a reason of ${length} bytes`,
      CLOSE,
      [send(close(1000, reason), closeBack(1000, reason))],
      length === 123 ? ['7.3.5'] : [],
    );
  }),
  ...[121, 122, 123].map((length) => {
    const reason = randomText(length, length);
    return one(`reason-text-${length}`, `a reason of ${length} bytes, not ASCII`, CLOSE, [
      send(close(4000, reason), closeBack(4000, reason)),
    ]);
  }),
  ...[124, 125, 200, 65_534].map((length) =>
    one(
      `reason-${length}`,
      `a reason of ${length} bytes: more than a control frame holds`,
      'RFC 6455 §5.5',
      [send(close(1000, randomAscii(length)), fail(1002, { header: 2 }))],
      length === 124 ? ['7.3.6'] : [],
    ),
  ),
  ...([16, 64] as const).map((lengthBits) =>
    one(`length-in-${lengthBits}`, `a Close with its length in ${lengthBits} bits`, 'RFC 6455 §5.5', [
      send(close(1000, '', { lengthBits }), fail(1002, { header: 2 })),
    ]),
  ),
  one(
    'reason-not-utf8',
    'a reason that is not UTF-8',
    CLOSE,
    [send(close(1000, hex('cebae1bdb9cf83cebcceb5eda080656469746564')), fail(1007, 'end')), send(text('never'))],
    ['7.5.1'],
  ),
  one('reason-broken-at-123', 'a reason of 123 bytes that ends within a character', CLOSE, [
    send(close(1000, concat('x'.repeat(121), hex('e282'))), fail(1007, 'end')),
  ]),
  one('bad-code-bad-reason', 'a wrong code and a wrong reason: the code comes first', CODES, [
    send(close(1005, hex('ff')), fail(1002, 'end')),
  ]),
];

const after: Case[] = [
  one(
    'after-text',
    'a text is echoed before the Close is answered',
    CLOSE,
    [send(text('Hello World!'), echo('Hello World!')), send(close(1000), closeBack(1000))],
    ['7.1.1'],
  ),
  one('twice', 'a second Close is ignored', AFTER, [send(close(1000), closeBack(1000)), send(close(1000))], ['7.1.2']),
  one('twice-other', 'a second Close with another code is ignored', AFTER, [
    send(close(1001), closeBack(1001)),
    send(close(1002, 'second')),
  ]),
  one(
    'then-ping',
    'a Ping after Close is ignored',
    AFTER,
    [send(close(1000), closeBack(1000)), send(ping('x'))],
    ['7.1.3'],
  ),
  one('then-pong', 'a Pong after Close is ignored', AFTER, [send(close(1000), closeBack(1000)), send(pong('x'))]),
  one(
    'then-text',
    'a text after Close is ignored',
    AFTER,
    [send(close(1000), closeBack(1000)), send(text('x'))],
    ['7.1.4'],
  ),
  one('then-binary', 'a binary message after Close is ignored', AFTER, [
    send(close(1000), closeBack(1000)),
    send(binary(randomAscii(200))),
  ]),
  one('then-fragments', 'a fragmented message after Close is ignored', AFTER, [
    send(close(1000), closeBack(1000)),
    send(textStart('x')),
    send(last('y')),
  ]),
  one(
    'in-message',
    'a Close within a fragmented message; its end is ignored',
    AFTER,
    [send(textStart('fragment1')), send(close(1000), closeBack(1000)), send(last('fragment2'))],
    ['7.1.5'],
  ),
  one('in-binary-message', 'a Close after two fragments of a binary message', AFTER, [
    send(binaryStart('fragment1')),
    send(part('fragment2')),
    send(close(1001, 'away'), closeBack(1001, 'away')),
    send(last('fragment3')),
  ]),
  one('within-character', 'a Close where a text breaks off within a character', AFTER, [
    send(textStart(hex('e282'))),
    send(close(1000), closeBack(1000)),
    send(last(hex('ff'))),
  ]),
  one('bad-in-message', 'a wrong Close within a fragmented message', CODES, [
    send(textStart('fragment1')),
    send(close(1006), fail(1002, 'end')),
    send(last('fragment2')),
  ]),
  one(
    'after-256-KiB',
    '256 KiB of text, Close and Ping in one go',
    AFTER,
    () => {
      const payload = randomAscii(256 * 1024, 4);
      return [send(text(payload), echo(payload)), send(close(1000), closeBack(1000)), send(ping('x'))];
    },
    ['7.1.6'],
  ),
  one('then-reserved-opcode', 'a reserved opcode after Close is not even looked at', AFTER, [
    send(close(1000), closeBack(1000)),
    send(frame(5, 'x')),
  ]),
  one('then-bad-text', 'broken text after Close is not even looked at', AFTER, [
    send(close(1000), closeBack(1000)),
    send(text(hex('ff'))),
  ]),
  one('then-end', 'a Close, and the end of the transport right after', CLOSE, [
    send(close(1000, 'bye'), closeBack(1000, 'bye')),
    end,
  ]),
  one('cut-off', 'a Close that is cut off is none', 'RFC 6455 §7.1.5', [send(close(1000, 'bye', { cut: 5 })), end]),
  one('pings-then-close', 'Pings are answered before the Close', CLOSE, [
    send(ping('1'), answer('1')),
    send(ping('2'), answer('2')),
    send(binary('3'), echoBinary('3')),
    send(close(3000, 'bye'), closeBack(3000, 'bye')),
  ]),
];

function ours(name: string, title: string, steps: readonly Step[]): Case {
  return one(`ours-${name}`, `we close first: ${title}`, 'RFC 6455 §7.1.2', steps);
}

const byUs: Case[] = [
  ours('answered', 'the peer answers with the same', [
    closeHere(1000, 'bye'),
    send(close(1000, 'bye'), closed(1000, 'bye')),
  ]),
  ours('answered-otherwise', 'the peer had another reason to close at the same time', [
    closeHere(1000, 'bye'),
    send(close(1001, 'away'), closed(1001, 'away')),
  ]),
  ours('answered-empty', 'the peer answers without a code', [closeHere(4999), send(close(), closed())]),
  ours('text-on-its-way', 'a text was on its way: delivered, not echoed', [
    closeHere(1001),
    send(text('on its way'), deliver('on its way')),
    send(close(1001), closed(1001)),
  ]),
  ours('texts-on-their-way', 'several texts were on their way', [
    send(text('before'), echo('before')),
    closeHere(1001),
    send(text('one'), deliver('one')),
    send(textStart('t')),
    send(last('wo'), deliver('two')),
    send(close(1001), closed(1001)),
  ]),
  ours('in-message', 'in the middle of a message of the peer', [
    send(textStart('first')),
    closeHere(1001),
    send(last('second'), deliver('firstsecond')),
    send(close(1001), closed(1001)),
  ]),
  ours('ping-on-its-way', 'a Ping is not answered any more', [
    closeHere(1000),
    send(ping('on its way')),
    send(pong('on its way')),
    send(close(1000), closed(1000)),
  ]),
  ours('data-after-answer', 'what follows the answer is ignored', [
    closeHere(1000),
    send(close(1000), closed(1000)),
    send(text('never')),
    send(ping('never')),
  ]),
  ours('end-instead', 'the peer ends the transport without an answer', [closeHere(1000), end]),
  ours('violation', 'the peer breaks the protocol before it answers', [
    closeHere(1000),
    send(frame(3, 'x'), failSilently(1002, atOnce)),
    send(close(1000)),
  ]),
  ours('bad-text', 'the peer sends broken text before it answers', [
    closeHere(1000),
    send(text(hex('41ff41')), failSilently(1007, { payload: 1 })),
    send(text('never')),
  ]),
  ours('bad-answer', 'the peer answers with a code that may not be on the wire', [
    closeHere(1000),
    send(close(1006), failSilently(1002, 'end')),
  ]),
  ours('one-byte-answer', 'the peer answers with one byte', [
    closeHere(1000),
    send(frame(8, 'x'), failSilently(1002, 'end')),
  ]),
];

/** Section 7: the closing handshake. */
export const closing: Section = {
  name: 'closing',
  title: 'Closing',
  cases: [...payloads, ...validCodes, ...invalidCodes, ...after, ...byUs],
};
