import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { MessageTooLargeError, ProtocolError } from '../../../src/protocol/contract/errors.js';
import type { MessageBody } from '../../../src/protocol/contract/message-body.js';
import { Receiver } from '../../../src/protocol/inbound/receiver.js';
import type { ReceiverEvents } from '../../../src/protocol/inbound/receiver-events.js';
import type { ReceiverOptions } from '../../../src/protocol/inbound/receiver-options.js';
import { UnreadLimit } from '../../../src/protocol/inbound/unread-limit.js';
import { bytesOf, concat, cut, frame, hex, pattern, textOf } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

/** What came out of a receiver, and how it ended: the close code, or nothing. */
interface Outcome {
  events: string[];
  closeCode: number | undefined;
  error: unknown;
}

const OPTIONS: ReceiverOptions = {
  triggerOnStart: false,
  maxStreams: 1,
  maxMessageSize: 1000,
  maxFragments: 8,
  maxPayloadSize: 600,
};

const unlimited = (): UnreadLimit => {
  return new UnreadLimit(Number.POSITIVE_INFINITY, { onGrant() {}, onUnread() {} });
};

/** What happens without `triggerOnStart`; the rest must not. */
function createReceiver(
  options: Partial<ReceiverOptions>,
  events: Partial<ReceiverEvents> & Pick<ReceiverEvents, 'onMessage'>,
): Receiver {
  return new Receiver(nodePlatform, { ...OPTIONS, ...options }, unlimited(), {
    onMessageStart: () => expect.unreachable(),
    onStarving: () => expect.unreachable(),
    onFault: () => expect.unreachable(),
    onControl() {},
    ...events,
  });
}

function receive(chunks: readonly Uint8Array[], options: Partial<ReceiverOptions> = {}): Outcome {
  const events: string[] = [];
  const describePayload = (payload: Uint8Array): string =>
    payload.length > 64 ? `${payload.length} bytes` : JSON.stringify(textOf(payload));
  const receiver = createReceiver(options, {
    onMessage: (type, streamId, payload) => events.push(`message ${type} ${streamId} ${describePayload(payload)}`),
    onControl: (opcode, payload) => events.push(`control ${opcode} ${describePayload(payload)}`),
  });
  try {
    for (const chunk of chunks) receiver.push(chunk.slice());
  } catch (error) {
    const count = events.length;
    // Nothing more is read, whatever comes.
    receiver.push(frame(1, 'too late'));
    expect(events).toHaveLength(count);
    return { events, closeCode: error instanceof ProtocolError ? error.closeCode : Number.NaN, error };
  }
  return { events, closeCode: undefined, error: undefined };
}

const first = { fin: false };

interface Case {
  name: string;
  frames: Uint8Array[];
  events: string[];
  closeCode?: number;
  options?: Partial<ReceiverOptions>;
}

const cases: Case[] = [
  { name: 'nothing', frames: [], events: [] },
  { name: 'text', frames: [frame(1, 'hello')], events: ['message 1 0 "hello"'] },
  { name: 'binary', frames: [frame(2, 'hello')], events: ['message 2 0 "hello"'] },
  { name: 'empty', frames: [frame(1), frame(2)], events: ['message 1 0 ""', 'message 2 0 ""'] },
  { name: 'text that is not ASCII', frames: [frame(1, 'κόσμε €👍')], events: ['message 1 0 "κόσμε €👍"'] },
  { name: 'a BOM is content', frames: [frame(1, '\ufeffx')], events: ['message 1 0 "\ufeffx"'] },
  {
    name: 'fragments',
    frames: [frame(1, 'a', first), frame(0, 'b', first), frame(0, 'c')],
    events: ['message 1 0 "abc"'],
  },
  {
    name: 'empty fragments',
    frames: [frame(2, '', first), frame(0, '', first), frame(0, '')],
    events: ['message 2 0 ""'],
  },
  {
    name: 'control frames between fragments',
    frames: [frame(9, '0'), frame(1, 'a', first), frame(9, '1'), frame(0, 'b', first), frame(10, '2'), frame(0, 'c')],
    events: ['control 9 "0"', 'control 9 "1"', 'control 10 "2"', 'message 1 0 "abc"'],
  },
  {
    name: 'a character over two fragments',
    frames: [frame(1, hex('e2 82'), first), frame(9), frame(0, hex('ac'))],
    events: ['control 9 ""', 'message 1 0 "€"'],
  },
  {
    name: 'a character over three fragments, one empty between',
    frames: [frame(1, hex('f0'), first), frame(0, hex('9f 91'), first), frame(0, '', first), frame(0, hex('8d'))],
    events: ['message 1 0 "👍"'],
  },
  {
    name: 'messages one after the other',
    frames: [frame(1, 'a', first), frame(0, 'b'), frame(2, 'c'), frame(2, 'd', first), frame(0, 'e')],
    events: ['message 1 0 "ab"', 'message 2 0 "c"', 'message 2 0 "de"'],
  },
  {
    name: 'custom types',
    frames: [frame(3, hex('ff')), frame(11, 'x'), frame(3, 'a', first), frame(0, 'b')],
    events: ['message 3 0 "\ufffd"', 'control 11 "x"', 'message 3 0 "ab"'],
    options: { opcodes: [3, 11] },
  },
  { name: 'a custom type nobody asked for', frames: [frame(3, 'x')], events: [], closeCode: 1002 },
  { name: 'a custom control nobody asked for', frames: [frame(11, 'x')], events: [], closeCode: 1002 },
  { name: 'binary need not be UTF-8', frames: [frame(2, hex('ff'))], events: ['message 2 0 "\ufffd"'] },

  { name: 'a continuation without a start', frames: [frame(0, 'x')], events: [], closeCode: 1002 },
  {
    name: 'a continuation after the end',
    frames: [frame(1, 'a', first), frame(0, 'b'), frame(0, 'c')],
    events: ['message 1 0 "ab"'],
    closeCode: 1002,
  },
  { name: 'a start inside a message', frames: [frame(1, 'a', first), frame(1, 'b')], events: [], closeCode: 1002 },
  {
    name: 'a start inside an empty message',
    frames: [frame(1, '', first), frame(2, '', first)],
    events: [],
    closeCode: 1002,
  },
  { name: 'a fragmented control frame', frames: [hex('09 00')], events: [], closeCode: 1002 },
  { name: 'RSV1 without compression', frames: [frame(1, 'x', { rsv: 4 })], events: [], closeCode: 1002 },
  { name: 'RSV2', frames: [frame(1, 'x', { rsv: 2 })], events: [], closeCode: 1002 },
  { name: 'RSV3', frames: [frame(9, 'x', { rsv: 1 })], events: [], closeCode: 1002 },

  { name: 'text that is not UTF-8', frames: [frame(1, hex('61 ff 61'))], events: [], closeCode: 1007 },
  { name: 'text that ends in a character', frames: [frame(1, hex('e2 82'))], events: [], closeCode: 1007 },
  {
    name: 'fragments that end in a character',
    frames: [frame(1, 'a', first), frame(0, hex('e2 82'))],
    events: [],
    closeCode: 1007,
  },
  {
    name: 'fragments that end in a character, the last one empty',
    frames: [frame(1, hex('e2 82'), first), frame(0)],
    events: [],
    closeCode: 1007,
  },
  { name: 'a surrogate', frames: [frame(1, hex('ed a0 80'))], events: [], closeCode: 1007 },
  {
    name: 'a surrogate over two fragments',
    frames: [frame(1, hex('ed'), first), frame(0, hex('a0'), first)],
    events: [],
    closeCode: 1007,
  },

  { name: 'a frame at the limit', frames: [frame(2, pattern(600))], events: ['message 2 0 600 bytes'] },
  { name: 'a frame above the limit', frames: [frame(2, pattern(601))], events: [], closeCode: 1009 },
  {
    name: 'a message at the limit',
    frames: [frame(2, pattern(500), first), frame(0, pattern(500))],
    events: ['message 2 0 1000 bytes'],
  },
  {
    name: 'a message above the limit',
    frames: [frame(2, pattern(500), first), frame(0, pattern(501))],
    events: [],
    closeCode: 1009,
  },
  {
    name: 'a message in one frame above the limit',
    frames: [frame(2, pattern(101))],
    events: [],
    closeCode: 1009,
    options: { maxMessageSize: 100 },
  },
  {
    name: 'the limit is one of each message',
    frames: [frame(2, pattern(600)), frame(2, pattern(600)), frame(2, pattern(500), first), frame(0, pattern(500))],
    events: ['message 2 0 600 bytes', 'message 2 0 600 bytes', 'message 2 0 1000 bytes'],
  },
  {
    name: 'a control frame is outside of the limits',
    frames: [frame(9, 'hello')],
    events: ['control 9 "hello"'],
    options: { maxPayloadSize: 0, maxMessageSize: 0 },
  },
  {
    name: 'as many fragments as allowed, control frames not counted',
    frames: [
      frame(2, 'a', first),
      ...Array.from({ length: 6 }, () => [frame(0, '', first), frame(9)]).flat(),
      frame(0),
    ],
    events: [...Array.from({ length: 6 }, () => 'control 9 ""'), 'message 2 0 "a"'],
  },
  {
    name: 'one fragment more',
    frames: [frame(2, 'a', first), ...Array.from({ length: 8 }, () => frame(0, '', first))],
    events: [],
    closeCode: 1008,
  },
];

describe.each(['server', 'client'] as const)('as a %s', (role) => {
  const isClient = role === 'client';
  const masking = isClient ? 'forbidden' : 'required';
  // The same frames as the peer of that role sends them.
  const wire = (frames: Uint8Array[]): Uint8Array => concat(isClient ? frames : frames.map(mask));

  test.each(cases)('$name: whole, byte by byte, and cut at every place', ({ frames, events, closeCode, options }) => {
    const bytes = wire(frames);
    const expected = { events, closeCode };
    const look = (chunks: Uint8Array[]): unknown => {
      const outcome = receive(chunks, { ...options, masking });
      return { events: outcome.events, closeCode: outcome.closeCode };
    };
    expect(look([bytes])).toEqual(expected);
    expect(look(cut(bytes, 1))).toEqual(expected);
    for (let at = 1; at < bytes.length; at++) expect(look([bytes.slice(0, at), bytes.slice(at)])).toEqual(expected);
  });

  test('the wrong masking', () => {
    const bytes = isClient ? mask(frame(1, 'x')) : frame(1, 'x');
    expect(receive([bytes], { masking }).closeCode).toBe(1002);
  });
});

/** The same frame, masked. Not for frames that no encoder makes. */
function mask(bytes: Uint8Array): Uint8Array {
  const lengthOf7 = bytes[1]! & 0x7f;
  const head = lengthOf7 === 126 ? 4 : lengthOf7 === 127 ? 10 : 2;
  const key = hex('12 34 56 78');
  const masked = concat([bytes.subarray(0, head), key, bytes.subarray(head)]);
  masked[1]! |= 0x80;
  for (let i = head + 4; i < masked.length; i++) masked[i]! ^= key[(i - head) & 3]!;
  return masked;
}

describe('errors', () => {
  test('a limit on size: MessageTooLargeError that names it', () => {
    const message = receive([frame(2, pattern(500), first), frame(0, pattern(501))]).error;
    expect(message).toBeInstanceOf(MessageTooLargeError);
    expect(String(message)).toContain('maxMessageSize is 1000');
    const single = receive([frame(2, pattern(601))]).error;
    expect(single).toBeInstanceOf(MessageTooLargeError);
    expect(String(single)).toContain('maxPayloadSize is 600');
  });

  test('a limit on fragments: names it', () => {
    const frames = [frame(2, '', first), ...Array.from({ length: 8 }, () => frame(0, '', first))];
    expect(receive(frames).error).toMatchObject({ code: 'TOO_MANY_FRAGMENTS', message: /maxFragments, 8/ });
  });
});

describe('as early as it can be known', () => {
  test('sizes: from the header, before any payload', () => {
    const header = frame(0, pattern(501)).subarray(0, 4);
    expect(receive([frame(2, pattern(500), first), header]).closeCode).toBe(1009);
    // Also when the frames before have announced more than they have brought yet.
    expect(receive([frame(2, pattern(700)).subarray(0, 4)]).closeCode).toBe(1009);
  });

  test('2^53 - 1 bytes announced many times: no arithmetic wraps', () => {
    const limits = { maxMessageSize: Number.MAX_SAFE_INTEGER, maxPayloadSize: Number.MAX_SAFE_INTEGER };
    const header = hex('02 7f 001fffffffffffff');
    expect(receive([frame(2, 'x', first), concat([hex('00'), header.subarray(1)])], limits).closeCode).toBe(1009);
  });

  // The last byte of each is the first that cannot be, whatever follows.
  const broken = ['ff', 'c0', 'c1', '80', 'e0 80', 'e0 9f', 'ed a0', 'f0 8f', 'f4 90', 'f5', 'c3 28', 'e2 82 28'];
  for (const length of [0, 5, 63, 64, 200]) {
    test.each(broken)(`UTF-8 after ${length} good bytes: %s`, (digits) => {
      const good = bytesOf('x'.repeat(length));
      const bad = hex(digits);
      const content = concat([good, bad, bytesOf('y'.repeat(100))]);
      const upTo = good.length + bad.length;
      const options = { maxMessageSize: 10_000, maxPayloadSize: 10_000 };
      for (const fin of [true, false]) {
        const bytes = frame(1, content, { fin });
        const header = bytes.length - content.length;
        // In the middle of a frame of which the rest has not come.
        expect(receive([bytes.slice(0, header + upTo - 1)], options).closeCode).toBeUndefined();
        expect(receive([bytes.slice(0, header + upTo)], options).closeCode).toBe(1007);
        expect(receive(cut(bytes.slice(0, header + upTo), 1), options).closeCode).toBe(1007);
      }
      // In the middle of a continuation.
      const start = frame(1, content.slice(0, upTo - 1), first);
      const rest = frame(0, content.slice(upTo - 1), first);
      expect(receive([start, rest.slice(0, 2)], options).closeCode).toBeUndefined();
      expect(receive([start, rest.slice(0, 3)], options).closeCode).toBe(1007);
    });
  }
});

describe('compressed messages', () => {
  class LimitedCodec extends StandInCodec {
    override inflate(payload: Uint8Array, limit: number): Uint8Array {
      if (payload.length > limit) throw new MessageTooLargeError('too much');
      return super.inflate(payload, limit);
    }
  }
  const codec = new LimitedCodec();
  const rsv1 = { rsv: 4 };
  const compressed: Case[] = [
    { name: 'one frame', frames: [frame(1, 'cba', rsv1)], events: ['message 1 0 "abc"'] },
    {
      name: 'RSV1 on the first fragment stands for all',
      frames: [frame(1, 'cb', { rsv: 4, fin: false }), frame(0, 'a')],
      events: ['message 1 0 "abc"'],
    },
    { name: 'plain ones as they are', frames: [frame(1, 'abc')], events: ['message 1 0 "abc"'] },
    {
      name: 'text is checked when it is inflated',
      frames: [frame(1, hex('ac 82 e2'), rsv1)],
      events: ['message 1 0 "€"'],
    },
    { name: 'text that is not', frames: [frame(1, hex('e2 82 ac'), rsv1)], events: [], closeCode: 1007 },
    {
      name: 'the limit is one of the content',
      frames: [frame(2, pattern(101), rsv1)],
      events: [],
      closeCode: 1009,
      options: { maxMessageSize: 100 },
    },
    {
      name: 'RSV1 on a continuation',
      frames: [frame(1, 'a', first), frame(0, 'b', rsv1)],
      events: [],
      closeCode: 1002,
    },
    { name: 'RSV1 on a control frame', frames: [frame(9, 'a', rsv1)], events: [], closeCode: 1002 },
  ];
  test.each(compressed)('$name', ({ frames, events, closeCode, options }) => {
    for (const chunks of [[concat(frames)], cut(concat(frames), 1)]) {
      const outcome = receive(chunks, { ...options, codec });
      expect([outcome.events, outcome.closeCode]).toEqual([events, closeCode]);
    }
  });
});

test('stop: whatever comes is ignored', () => {
  const seen: string[] = [];
  const receiver = createReceiver({}, { onMessage: (_type, _id, payload) => seen.push(textOf(payload)) });
  receiver.push(concat([frame(1, 'a'), frame(1, 'half', first)]));
  receiver.stop(() => new Error('the end'));
  for (const chunk of [frame(0, 'half'), frame(1, 'b'), hex('ff')]) receiver.push(chunk);
  expect(seen).toEqual(['a']);
});

test('isAscii is said only of what is', () => {
  const seen: [string, boolean][] = [];
  const receiver = createReceiver(
    {},
    {
      onMessage: (_type, _id, payload, isAscii) => seen.push([textOf(payload), isAscii]),
    },
  );
  const texts = ['', 'plain', 'grün', 'x'.repeat(300), `${'x'.repeat(300)}é`];
  for (const text of texts) {
    for (const size of [1, 7, 1000]) {
      for (const chunk of cut(mask(frame(1, text)), size)) receiver.push(chunk);
      for (const chunk of cut(concat([mask(frame(1, text, first)), mask(frame(0, 'z'))]), size)) receiver.push(chunk);
    }
  }
  expect(seen).toHaveLength(texts.length * 6);
  for (const [text, isAscii] of seen) {
    if (isAscii) expect(Buffer.byteLength(text)).toBe(text.length);
  }
  expect(seen.some(([, isAscii]) => isAscii)).toBe(true);
});

test('a payload handed out is never written to again', () => {
  const payloads: Uint8Array[] = [];
  const receiver = createReceiver(
    {},
    {
      onMessage: (_type, _id, payload) => payloads.push(payload),
      onControl: (_opcode, payload) => payloads.push(payload),
    },
  );
  const texts = Array.from({ length: 50 }, (_, i) => `message ${i} `.repeat(i % 4));
  const frames = texts.map((text, i) => mask(i % 3 === 0 ? frame(9, text) : frame(1, text)));
  for (const chunk of cut(concat(frames), 37)) receiver.push(chunk);
  expect(payloads.map(textOf)).toEqual(texts);
  for (const payload of payloads) payload.fill(0x7a);
  expect(payloads.every((payload) => payload.every((byte) => byte === 0x7a))).toBe(true);
});

const content = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }).map(bytesOf),
  fc.uint8Array({ maxLength: 200 }),
);
const anyFrame = fc.record({ opcode: fc.constantFrom(0, 1, 2, 9, 10, 3, 8), fin: fc.boolean(), payload: content });
propertyTest(
  'however the bytes are cut, the outcome is the same, and no other than documented',
  1000,
  fc.property(
    fc.array(anyFrame, { maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
    fc.integer({ min: 1, max: 50 }),
    (frames, flips, size) => {
      const bytes = concat(
        frames.map(({ opcode, fin, payload }) => {
          const isControl = opcode >= 8;
          return mask(frame(opcode, isControl ? payload.subarray(0, 125) : payload, { fin: fin || isControl }));
        }),
      );
      for (const [at, bits] of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= bits;
      const whole = receive([bytes], { masking: 'required' });
      const pieces = receive(cut(bytes, size), { masking: 'required' });
      expect(pieces.events).toEqual(whole.events);
      expect(pieces.closeCode).toBe(whole.closeCode);
      expect([undefined, 1002, 1007, 1008, 1009]).toContain(whole.closeCode);
    },
  ),
);

describe('frames that repeat the opcode of their message', () => {
  const options = { repeatsOpcode: true };
  const part = (opcode: number, payload: string | Uint8Array, fin = false): Uint8Array =>
    frame(opcode, payload, { fin });

  test('belong to it; so do those of RFC 6455', () => {
    const chunks = [part(1, 'a'), part(1, 'b'), part(0, 'c'), part(1, '', true), part(2, 'whole', true)];
    expect(receive(chunks, options).events).toEqual(['message 1 0 "abc"', 'message 2 0 "whole"']);
  });

  test('are refused where nobody expects them', () => {
    expect(receive([part(1, 'a'), part(1, 'b', true)]).closeCode).toBe(1002);
  });

  test('another opcode in between is refused', () => {
    expect(receive([part(1, 'a'), part(2, 'b', true)], options).closeCode).toBe(1002);
  });

  test('text is checked across them', () => {
    const [first, second] = [bytesOf('é').subarray(0, 1), bytesOf('é').subarray(1)];
    expect(receive([part(1, first), part(1, second, true)], options).events).toEqual(['message 1 0 "é"']);
    expect(receive([part(1, first), part(1, 'x', true)], options).closeCode).toBe(1007);
  });

  test('count as fragments, and against the size of a message', () => {
    const many = Array.from({ length: 9 }, () => part(2, ''));
    expect(receive(many, options).closeCode).toBe(1008);
    expect(receive([part(2, pattern(600)), part(2, pattern(600))], options).closeCode).toBe(1009);
  });

  describe('and are deflated one by one', () => {
    // What was received, as it is.
    const codec = new StandInCodec();
    codec.inflate = (payload) => payload;
    const rsv1 = (payload: string, fin = false): Uint8Array => frame(2, payload, { fin, rsv: 4 });
    const got = (chunks: Uint8Array[]): Uint8Array[] => {
      const payloads: Uint8Array[] = [];
      const receiver = createReceiver({ ...options, codec }, { onMessage: (_t, _id, bytes) => payloads.push(bytes) });
      for (const chunk of chunks) receiver.push(chunk);
      return payloads;
    };

    test('the end that each leaves out is put back between them', () => {
      expect(got([rsv1('a'), rsv1('b'), rsv1('c', true)])).toEqual([hex('61 0000ffff 62 0000ffff 63')]);
    });

    test('not before an empty one, nor in a message deflated as a whole', () => {
      expect(got([rsv1('a'), rsv1('', true)])).toEqual([bytesOf('a')]);
      expect(got([rsv1('a'), part(2, 'b', true)])).toEqual([bytesOf('ab')]);
    });

    test('RSV1 on a later frame of a plain message is refused', () => {
      expect(receive([part(2, 'a'), rsv1('b', true)], { ...options, codec }).closeCode).toBe(1002);
    });
  });
});

test('bytes that are read are work of a turn, although they are one frame', () => {
  const receiver = createReceiver({ maxMessageSize: 10e6, maxPayloadSize: 10e6 }, { onMessage() {} });
  const [head, chunk] = [frame(2, pattern(9e6)).slice(0, 14), pattern(64 * 1024)];
  receiver.push(head);
  let chunks = 0;
  for (; chunks < 100 && !receiver.work.isSpent; chunks++) receiver.push(chunk.slice());
  expect(chunks).toBe(16);
  receiver.work.refill();
  expect(receiver.work.isSpent).toBe(false);
});

test('so is what arriving messages are inflated to', () => {
  const started: MessageBody[] = [];
  const receiver = createReceiver(
    { codec: new StandInCodec(), triggerOnStart: true, maxMessageSize: 1e6, maxPayloadSize: 1e6, maxStreams: 1 },
    {
      onMessage() {},
      onMessageStart(_type, _streamId, reading) {
        const body = { append: (slice: Uint8Array) => reading.consumed(slice.length), finish() {}, cancel() {} };
        started.push(body);
        return body;
      },
    },
  );
  while (started.length < 100 && !receiver.work.isSpent) receiver.push(frame(2, pattern(60_000), { rsv: 4 }));
  // Of 60,000 bytes each, as they are counted when they are read and when they are inflated.
  expect(started.length).toBe(5);
});
