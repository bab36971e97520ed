import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../src/node/platform.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { ProtocolError } from '../../src/protocol/contract/errors.js';
import type { OutgoingEvents } from '../../src/protocol/outbound/outgoing-message.js';
import { Protocol } from '../../src/protocol/protocol.js';
import type { ProtocolOptions } from '../../src/protocol/protocol-options.js';
import { brief, bytesOf, concat, cut, frame, framesOf, hex, pattern, textOf } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { receiveAll } from '../support/receive-all.js';

const OPTIONS: ProtocolOptions = {
  isClient: false,
  maxPayloadSize: 100_000,
  maxMessageSize: 200_000,
  maxFragments: 100,
  chunkSize: 4096,
  triggerOnStart: false,
  maxUnread: 1000,
};

/** Who sends piece by piece, and takes no notice. */
const nobody: OutgoingEvents = { onRoom() {}, onStop() {} };

/** A machine whose events are taken down, and that answers pings as a connection does. */
class Endpoint {
  readonly events: string[] = [];
  /** What is said when the peer's Close comes. */
  mayAnswerClose = true;
  readonly protocol: Protocol;
  readonly #isClient: boolean;
  readonly #secret: Uint8Array | undefined;

  constructor(isClient: boolean, options: Partial<ProtocolOptions> = {}) {
    this.#isClient = isClient;
    this.#secret = options.privateMask;
    const { events } = this;
    const mayAnswerClose = (): boolean => this.mayAnswerClose;
    this.protocol = new Protocol(
      nodePlatform,
      { ...OPTIONS, isClient, ...options },
      {
        onMessage: (type, _streamId, payload) => events.push(`message ${type} ${textOf(payload)}`),
        onControl: (type, payload) => {
          events.push(`control ${type} ${textOf(payload)}`.trimEnd());
          if (type === 9) this.protocol.pong(payload);
        },
        get mayAnswerClose() {
          return mayAnswerClose();
        },
        onPeerClose: (payload) => events.push(`peer close ${Buffer.from(payload).toString('hex')}`.trimEnd()),
        onFailure: () => events.push('failure'),
        onMessageStart: () => expect.unreachable(),
        onStarving: () => expect.unreachable(),
        onSignOfLife: () => events.push('sign of life'),
        onSilence: () => events.push('silence'),
        onOutput() {},
        onUnread: () => expect.unreachable(),
      },
    );
  }

  /** Frames as the peer would send them. */
  receive(...frames: Uint8Array[]): void {
    receiveAll(this.protocol, concat(frames.map((bytes) => this.wire(bytes))));
  }

  /** The same frame as the peer puts it on the wire. Of a frame that no encoder makes: as it is. */
  wire(bytes: Uint8Array): Uint8Array {
    if (this.#isClient) return bytes.slice();
    const [{ opcode, payload, fin, rsv }] = framesOf([bytes]) as [ReturnType<typeof framesOf>[0]];
    return frame(opcode, payload, { fin, rsv, mask: true });
  }

  /** Everything to write, in short. Null: nothing. */
  sent(done = true): string[] {
    if (!this.protocol.hasOutput) return [];
    const frames = framesOf(
      this.protocol.takeOutput(),
      this.#secret === undefined ? {} : { privateMask: this.#secret },
    );
    this.protocol.taken(done);
    expect(frames.every(({ masked }) => masked === this.#isClient || this.#secret !== undefined)).toBe(true);
    return frames.map((entry) => (entry.opcode === 8 ? closeText(entry.payload) : brief(entry)));
  }

  end(error?: Error): CloseInfo {
    return this.protocol.end(error);
  }
}

/** '8 1000 bye', or '8' for an empty one. */
function closeText(payload: Uint8Array): string {
  if (payload.length < 2) return `8 ${Buffer.from(payload).toString('hex')}`.trimEnd();
  return `8 ${(payload[0]! << 8) | payload[1]!} ${textOf(payload.subarray(2))}`.trimEnd();
}

function closeFrame(code: number, reason = ''): Uint8Array {
  return frame(8, concat([new Uint8Array([code >> 8, code & 0xff]), bytesOf(reason)]));
}

const first = { fin: false };
// A frame that breaks the protocol, in both roles: a continuation of nothing.
const bad = frame(0, 'bad');

describe.each(['server', 'client'] as const)('as a %s', (role) => {
  const isClient = role === 'client';
  const create = (options?: Partial<ProtocolOptions>): Endpoint => new Endpoint(isClient, options);

  test('messages, both ways', () => {
    const endpoint = create();
    endpoint.protocol.send(1, 'text');
    endpoint.protocol.send(2, bytesOf('bytes'));
    endpoint.protocol.send(9, 'ping');
    expect(endpoint.sent()).toEqual(['1 text', '2 bytes', '9 ping']);
    endpoint.receive(frame(1, 'hello'), frame(1, 'a', first), frame(10, 'x'), frame(0, 'b'));
    expect(endpoint.events).toEqual(['message 1 hello', 'control 10 x', 'message 1 ab']);
    expect(endpoint.protocol.hasOutput).toBe(false);
    expect(endpoint.sent()).toEqual([]);
  });

  test('the frames it writes, the same role reversed reads', () => {
    const endpoint = create();
    const peer = new Endpoint(!isClient);
    endpoint.protocol.send(1, 'grün');
    endpoint.protocol.send(2, pattern(70_000));
    endpoint.protocol.close(1001, 'bye');
    for (const part of endpoint.protocol.takeOutput()) peer.protocol.receive(new Uint8Array(part));
    endpoint.protocol.taken(true);
    expect(peer.events[0]).toBe('message 1 grün');
    expect(peer.events.at(-1)).toBe(`peer close 03e9${Buffer.from('bye').toString('hex')}`);
    expect(peer.events).toHaveLength(3);
  });

  describe('pongs', () => {
    const pings = (from: number, to: number): Uint8Array[] => {
      return Array.from({ length: to - from }, (_, i) => frame(9, `${from + i}`));
    };
    const pongs = (from: number, to: number): string[] => {
      return Array.from({ length: to - from }, (_, i) => `10 ${from + i}`);
    };

    test('each ping is answered, up to 16 in one write', () => {
      const endpoint = create();
      endpoint.receive(...pings(0, 10));
      expect(endpoint.sent()).toEqual(pongs(0, 10));
      endpoint.receive(...pings(10, 26));
      expect(endpoint.sent()).toEqual(pongs(10, 26));
    });

    test('beyond that the newest alone', () => {
      const endpoint = create();
      endpoint.receive(...pings(0, 1000));
      expect(endpoint.sent()).toEqual([...pongs(0, 16), '10 999']);
      expect(endpoint.sent()).toEqual([]);
      endpoint.receive(...pings(0, 2));
      expect(endpoint.sent()).toEqual(pongs(0, 2));
    });

    test('while the transport is blocked: the newest alone, when it is free again', () => {
      const endpoint = create();
      endpoint.protocol.send(1, 'x');
      endpoint.sent(false);
      const amount = endpoint.protocol.outbound.bufferedAmount;
      for (let i = 0; i < 1000; i++) endpoint.receive(...pings(10 * i, 10 * i + 10));
      expect(endpoint.protocol.outbound.bufferedAmount).toBe(amount);
      expect(endpoint.protocol.hasOutput).toBe(false);
      endpoint.protocol.drained();
      expect(endpoint.protocol.hasOutput).toBe(true);
      expect(endpoint.sent()).toEqual(['10 9999']);
      expect(endpoint.protocol.hasOutput).toBe(false);
    });

    test('the payload owed is not a view of the chunk', () => {
      const endpoint = create();
      endpoint.protocol.send(1, 'x');
      endpoint.sent(false);
      const chunk = endpoint.wire(frame(9, 'payload'));
      endpoint.protocol.receive(chunk);
      chunk.fill(0);
      endpoint.protocol.drained();
      expect(endpoint.sent()).toEqual(['10 payload']);
    });

    test('none after our Close, and the one that is owed before it', () => {
      const endpoint = create();
      endpoint.receive(...pings(0, 20));
      endpoint.protocol.close(1000);
      endpoint.receive(...pings(20, 30));
      expect(endpoint.sent()).toEqual([...pongs(0, 16), ...pongs(19, 20), '8 1000']);
    });
  });

  describe('the closing handshake', () => {
    test('we first', () => {
      const endpoint = create();
      endpoint.protocol.close(1001, 'leaving');
      expect(endpoint.protocol.isClosing).toBe(true);
      expect(endpoint.protocol.isClosed).toBe(false);
      expect(endpoint.sent()).toEqual(['8 1001 leaving']);
      endpoint.receive(closeFrame(1001, 'leaving'));
      expect(endpoint.protocol.isClosed).toBe(true);
      expect(endpoint.sent()).toEqual([]);
      expect(endpoint.end()).toEqual({ code: 1001, reason: 'leaving', wasClean: true });
    });

    test('the peer first: its Close is echoed', () => {
      const endpoint = create();
      endpoint.receive(closeFrame(3456, 'grün'));
      expect(endpoint.events).toEqual([`peer close 0d80${Buffer.from('grün').toString('hex')}`]);
      expect(endpoint.protocol.isClosed).toBe(true);
      expect(endpoint.sent()).toEqual(['8 3456 grün']);
      expect(endpoint.end()).toEqual({ code: 3456, reason: 'grün', wasClean: true });
    });

    test('both at once: no second Close from either', () => {
      const endpoint = create();
      const peer = new Endpoint(!isClient);
      endpoint.protocol.close(1000, 'mine');
      peer.protocol.close(3000, 'theirs');
      const [mine, theirs] = [endpoint, peer].map(({ protocol }) => concat(protocol.takeOutput()));
      endpoint.protocol.taken(true);
      peer.protocol.taken(true);
      endpoint.protocol.receive(theirs!);
      peer.protocol.receive(mine!);
      expect([endpoint.sent(), peer.sent()]).toEqual([[], []]);
      expect(endpoint.end()).toEqual({ code: 3000, reason: 'theirs', wasClean: true });
      expect(peer.end()).toEqual({ code: 1000, reason: 'mine', wasClean: true });
    });

    test('what is queued goes before our Close, nothing after it', () => {
      const endpoint = create();
      endpoint.protocol.send(1, 'before');
      endpoint.protocol.close(1000);
      endpoint.protocol.send(1, 'after');
      endpoint.protocol.send(9, 'after');
      endpoint.protocol.close(1001);
      expect(endpoint.sent()).toEqual(['1 before', '8 1000']);
    });

    test('messages that queue go first: the Close waits for them', () => {
      const endpoint = create();
      const message = endpoint.protocol.open(1, nobody);
      endpoint.protocol.send(1, 'held');
      endpoint.protocol.close(1000);
      // The one that was not complete is given up, and nobody knows of it.
      expect(message.abort()).toBe(true);
      expect(endpoint.protocol.isClosing).toBe(true);
      endpoint.protocol.send(1, 'after');
      expect(endpoint.sent()).toEqual(['1 held', '8 1000']);
      expect(endpoint.sent()).toEqual([]);
    });

    test('a message whose pieces have all been given goes first, too', () => {
      for (const isBegun of [false, true]) {
        const endpoint = create();
        const message = endpoint.protocol.open(1, nobody);
        message.write(bytesOf('one'));
        if (isBegun) expect(endpoint.sent()).toEqual(['1+ one']);
        message.write(bytesOf('two'));
        message.end();
        endpoint.protocol.close(1000);
        expect(endpoint.sent()).toEqual(isBegun ? ['0 two', '8 1000'] : ['1+ one', '0 two', '8 1000']);
      }
    });

    test('what is behind half a message never follows our Close', () => {
      const endpoint = create();
      const message = endpoint.protocol.open(1, nobody);
      message.write(bytesOf('half'));
      endpoint.protocol.send(1, 'held');
      expect(endpoint.sent()).toEqual(['1+ half']);
      endpoint.protocol.close(1000);
      expect(endpoint.protocol.outbound.bufferedAmount).toBe(endpoint.protocol.outbound.outbox.length);
      expect(endpoint.sent()).toEqual(['8 1000']);
    });

    test('the peer’s Close before ours is sent: it is answered behind what queues', () => {
      const endpoint = create();
      endpoint.protocol.send(1, 'sent');
      endpoint.sent(false);
      endpoint.protocol.open(1, nobody);
      endpoint.protocol.send(1, 'held');
      endpoint.protocol.close(1000);
      endpoint.receive(closeFrame(3000));
      endpoint.protocol.drained();
      expect(endpoint.sent()).toEqual(['1 held', '8 3000']);
      expect(endpoint.end()).toEqual({ code: 3000, reason: '', wasClean: true });
    });

    test('data that comes after our Close is delivered, until the peer’s', () => {
      const endpoint = create();
      endpoint.protocol.close(1000);
      endpoint.receive(frame(1, 'one'), frame(1, 'two', first), frame(0, '!'), closeFrame(1000), frame(1, 'three'));
      endpoint.receive(frame(1, 'four'));
      expect(endpoint.events).toEqual(['message 1 one', 'message 1 two!', 'peer close 03e8']);
    });

    test('whatever follows the peer’s Close is ignored', () => {
      const endpoint = create();
      endpoint.receive(closeFrame(1000), frame(1, 'x'), bad, closeFrame(1001));
      endpoint.receive(bad);
      expect(endpoint.events).toEqual(['peer close 03e8']);
      expect(endpoint.sent()).toEqual(['8 1000']);
      expect(endpoint.end()).toEqual({ code: 1000, reason: '', wasClean: true });
    });

    test('the peer’s Close within a fragmented message', () => {
      const endpoint = create();
      endpoint.receive(frame(1, 'half', first), closeFrame(1000), frame(0, 'other half'));
      expect(endpoint.events).toEqual(['peer close 03e8']);
      expect(endpoint.sent()).toEqual(['8 1000']);
    });

    test('a partial message of ours, cut off by our Close', () => {
      const endpoint = create();
      const message = endpoint.protocol.open(1, nobody);
      message.write(bytesOf('half'));
      expect(endpoint.sent()).toEqual(['1+ half']);
      message.write(bytesOf('more'));
      endpoint.protocol.close(1000);
      expect(endpoint.sent()).toEqual(['8 1000']);
    });

    const payloads: [string, Uint8Array, string[], Omit<CloseInfo, 'error'>][] = [
      ['empty', hex(''), ['8'], { code: 1005, reason: '', wasClean: true }],
      ['1 byte', hex('03'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 1004', hex('03ec'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 1005', hex('03ed'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 1006', hex('03ee'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 1015', hex('03f7'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 999', hex('03e7'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 0', hex('0000'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 5000', hex('1388'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['code 65535', hex('ffff'), ['8 1002'], { code: 1002, reason: '', wasClean: false }],
      ['bad UTF-8', hex('03e8 ff'), ['8 1007'], { code: 1007, reason: '', wasClean: false }],
      ['cut UTF-8', hex('03e8 e282'), ['8 1007'], { code: 1007, reason: '', wasClean: false }],
      [
        'longest',
        concat([hex('03e8'), bytesOf('r'.repeat(123))]),
        [`8 1000 ${'r'.repeat(123)}`],
        { code: 1000, reason: 'r'.repeat(123), wasClean: true },
      ],
    ];
    test.each(payloads)('payload: %s', (_, payload, answer, expected) => {
      for (const isAnswer of [false, true]) {
        for (const size of [1, 1000]) {
          const endpoint = create();
          if (isAnswer) {
            endpoint.protocol.close(3000);
            expect(endpoint.sent()).toEqual(['8 3000']);
          }
          for (const chunk of cut(endpoint.wire(frame(8, payload)), size)) endpoint.protocol.receive(chunk);
          // The text of a failure is ours to choose, its code is not.
          const codes = (texts: string[]): string[] => texts.map((text) => text.split(' ').slice(0, 2).join(' '));
          expect(codes(endpoint.sent())).toEqual(isAnswer ? [] : codes(answer));
          expect(endpoint.events.at(-1)).toMatch(expected.wasClean ? /^peer close/ : /^failure$/);
          const { error, ...info } = endpoint.end();
          expect(error === undefined).toBe(expected.wasClean);
          if (expected.wasClean) expect(info).toEqual(expected);
          else expect(info).toMatchObject({ code: expected.code, wasClean: false });
        }
      }
    });

    test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
      'code %d is valid, and echoed',
      (code) => {
        const endpoint = create();
        endpoint.receive(closeFrame(code));
        expect(endpoint.sent()).toEqual([`8 ${code}`]);
        expect(endpoint.end()).toEqual({ code, reason: '', wasClean: true });
      },
    );

    test.each([
      ['a code that may not be sent', 1005, ''],
      ['a reason of 124 bytes', 1000, 'r'.repeat(124)],
      ['a reason of 42 characters, 126 bytes', 1000, '€'.repeat(42)],
    ])('close() refuses %s, and nothing has happened', (_, code, reason) => {
      const endpoint = create();
      expect(() => endpoint.protocol.close(code, reason)).toThrow(RangeError);
      expect(endpoint.protocol.isClosing).toBe(false);
      expect(endpoint.sent()).toEqual([]);
    });
  });

  describe('failure', () => {
    test('a Close with code and reason, one event, and nothing is delivered any more', () => {
      const endpoint = create();
      endpoint.receive(frame(1, 'good'), bad, frame(1, 'too late'));
      endpoint.receive(frame(1, 'too late'));
      expect(endpoint.events).toEqual(['message 1 good', 'failure']);
      expect(endpoint.sent()).toEqual(['8 1002 a continuation frame without a message']);
      const info = endpoint.end(new Error('of the transport'));
      expect(info).toMatchObject({ code: 1002, reason: 'a continuation frame without a message', wasClean: false });
      expect(info.error).toBeInstanceOf(ProtocolError);
    });

    test('after our Close: no second one', () => {
      const endpoint = create();
      endpoint.protocol.close(1000);
      endpoint.sent();
      endpoint.receive(bad);
      expect(endpoint.sent()).toEqual([]);
      expect(endpoint.end()).toMatchObject({ code: 1002, wasClean: false });
    });

    test('limits have codes of their own', () => {
      const codeOf = (options: Partial<ProtocolOptions>, ...frames: Uint8Array[]): string => {
        const endpoint = create(options);
        endpoint.receive(...frames);
        return endpoint.sent().join().slice(0, 6);
      };
      expect(codeOf({ maxPayloadSize: 3 }, frame(2, 'four'))).toBe('8 1009');
      expect(codeOf({ maxMessageSize: 3 }, frame(2, 'ab', first), frame(0, 'cd'))).toBe('8 1009');
      expect(codeOf({ maxFragments: 1 }, frame(2, '', first), frame(0, ''))).toBe('8 1008');
      expect(codeOf({}, frame(1, hex('ff')))).toBe('8 1007');
    });

    test('for a reason of our own: reason cut to what fits', () => {
      const endpoint = create();
      const error = new Error('x');
      endpoint.protocol.fail(1011, 'r'.repeat(200), error);
      expect(endpoint.sent()).toEqual([`8 1011 ${'r'.repeat(123)}`]);
      expect(endpoint.end()).toEqual({ code: 1011, reason: 'r'.repeat(123), wasClean: false, error });
    });

    test('from within a handler: the rest of the chunk is not read', () => {
      const seen: string[] = [];
      const protocol: Protocol = new Protocol(
        nodePlatform,
        { ...OPTIONS, isClient: true },
        {
          onMessage: (_type, _id, payload) => {
            seen.push(textOf(payload));
            protocol.fail(1011, 'internal error', new Error('x'));
          },
          onControl() {},
          mayAnswerClose: true,
          onPeerClose() {},
          onFailure: () => seen.push('failure'),
          onMessageStart: () => expect.unreachable(),
          onStarving: () => expect.unreachable(),
          onSignOfLife: () => expect.unreachable(),
          onSilence: () => expect.unreachable(),
          onOutput() {},
          onUnread: () => expect.unreachable(),
        },
      );
      protocol.receive(concat([frame(1, 'one'), frame(1, 'two'), bad]));
      expect(seen).toEqual(['one', 'failure']);
    });

    test('the first counts', () => {
      const endpoint = create();
      endpoint.protocol.fail(1011, 'first', new Error('1'));
      endpoint.protocol.fail(1001, 'second', new Error('2'));
      expect(endpoint.events).toEqual(['failure']);
      expect(endpoint.end()).toMatchObject({ code: 1011, reason: 'first' });
    });

    test('after the peer’s Close it is too late', () => {
      const endpoint = create();
      endpoint.receive(closeFrame(1000));
      endpoint.protocol.fail(1011, 'internal error', new Error('x'));
      expect(endpoint.end()).toEqual({ code: 1000, reason: '', wasClean: true });
    });
  });

  describe('the end of the transport', () => {
    test('without a Close: 1006, and the error of the transport', () => {
      const error = new Error('reset');
      expect(create().end()).toEqual({ code: 1006, reason: '', wasClean: false });
      expect(create().end(error)).toEqual({ code: 1006, reason: '', wasClean: false, error });
    });

    test('our Close unanswered: 1006', () => {
      const endpoint = create();
      endpoint.protocol.close(1000);
      expect(endpoint.end()).toEqual({ code: 1006, reason: '', wasClean: false });
    });

    test('an error of the transport after both Close frames does not matter', () => {
      const endpoint = create();
      endpoint.receive(closeFrame(1000));
      expect(endpoint.end(new Error('reset'))).toEqual({ code: 1000, reason: '', wasClean: true });
    });

    test('everything queued is dropped, and nothing can be queued any more', () => {
      const endpoint = create();
      endpoint.protocol.send(1, 'queued');
      endpoint.sent(false);
      endpoint.protocol.send(1, 'queued');
      endpoint.end();
      endpoint.protocol.send(1, 'x');
      endpoint.protocol.send(9, 'x');
      endpoint.protocol.pong(bytesOf('x'));
      endpoint.protocol.close(1000);
      endpoint.protocol.fail(1011, 'x', new Error('x'));
      endpoint.receive(frame(1, 'x'));
      expect(endpoint.protocol.outbound.bufferedAmount).toBe(0);
      expect(endpoint.protocol.hasOutput).toBe(false);
      expect(endpoint.events).toEqual([]);
    });
  });

  describe('every input in every state stays in the table, and none throws', () => {
    const states: Record<string, (endpoint: Endpoint) => void> = {
      open: () => {},
      'close sent': ({ protocol }) => protocol.close(3001, 'ours'),
      'close received': (endpoint) => endpoint.receive(closeFrame(3002, 'theirs')),
      'close unanswered': (endpoint) => {
        endpoint.mayAnswerClose = false;
        endpoint.receive(closeFrame(3002, 'theirs'));
      },
      failed: (endpoint) => endpoint.receive(bad),
      ended: (endpoint) => void endpoint.end(),
    };
    const inputs: Record<string, (endpoint: Endpoint) => void> = {
      text: (endpoint) => endpoint.receive(frame(1, 'hello')),
      ping: (endpoint) => endpoint.receive(frame(9, 'hello')),
      close: (endpoint) => endpoint.receive(closeFrame(3003, 'input')),
      'bad frame': (endpoint) => endpoint.receive(bad),
      send: ({ protocol }) => protocol.send(1, 'mine'),
      'close()': ({ protocol }) => protocol.close(3004, 'call'),
      'answerClose()': ({ protocol }) => protocol.answerClose(),
      fail: ({ protocol }) => protocol.fail(1011, 'fail', new Error('x')),
      end: (endpoint) => void endpoint.end(),
    };
    const noContinuation = 'a continuation frame without a message';
    // For each state and input: events, frames written, and the CloseInfo if the transport ended after it.
    const clean = (code: number, reason: string): string => `${code} ${reason} clean`;
    const table: Record<string, Record<string, [events: string[], sent: string[], info: string]>> = {
      open: {
        text: [['message 1 hello'], [], '1006'],
        ping: [['control 9 hello'], ['10 hello'], '1006'],
        close: [['peer close 0bbb696e707574'], ['8 3003 input'], clean(3003, 'input')],
        'bad frame': [['failure'], [`8 1002 ${noContinuation}`], `1002 ${noContinuation}`],
        send: [[], ['1 mine'], '1006'],
        'close()': [[], ['8 3004 call'], '1006'],
        'answerClose()': [[], [], '1006'],
        fail: [['failure'], ['8 1011 fail'], '1011 fail'],
        end: [[], [], '1006'],
      },
      'close sent': {
        text: [['message 1 hello'], [], '1006'],
        ping: [['control 9 hello'], [], '1006'],
        close: [['peer close 0bbb696e707574'], [], clean(3003, 'input')],
        'bad frame': [['failure'], [], `1002 ${noContinuation}`],
        send: [[], [], '1006'],
        'close()': [[], [], '1006'],
        'answerClose()': [[], [], '1006'],
        fail: [['failure'], [], '1011 fail'],
        end: [[], [], '1006'],
      },
      'close received': Object.fromEntries(
        Object.keys(inputs).map((input) => [input, [[], [], clean(3002, 'theirs')]]),
      ),
      // The peer sends nothing more, and is sent whatever there is until its Close is answered.
      'close unanswered': {
        ...Object.fromEntries(Object.keys(inputs).map((input) => [input, [[], [], '3002 theirs']])),
        send: [[], ['1 mine'], '3002 theirs'],
        'close()': [[], ['8 3004 call'], clean(3002, 'theirs')],
        'answerClose()': [[], ['8 3002 theirs'], clean(3002, 'theirs')],
        fail: [['failure'], ['8 1011 fail'], '1011 fail'],
      },
      failed: Object.fromEntries(Object.keys(inputs).map((input) => [input, [[], [], `1002 ${noContinuation}`]])),
      ended: Object.fromEntries(Object.keys(inputs).map((input) => [input, [[], [], '1006']])),
    };
    const rows = Object.keys(states).flatMap((state) => Object.keys(inputs).map((input) => [state, input] as const));

    test.each(rows)('%s × %s', (state, input) => {
      const endpoint = create();
      states[state]!(endpoint);
      endpoint.sent();
      endpoint.events.length = 0;
      inputs[input]!(endpoint);
      const { code, reason, wasClean } = (() => {
        const written = endpoint.sent();
        const info = endpoint.end();
        expect([endpoint.events, written]).toEqual(table[state]![input]!.slice(0, 2));
        return info;
      })();
      expect(`${code} ${reason}${wasClean ? ' clean' : ''}`.trim()).toBe(table[state]![input]![2]);
    });

    const steps = fc.array(fc.constantFrom(...Object.keys(states), ...Object.keys(inputs)), { maxLength: 12 });
    propertyTest(
      'any sequence of them',
      1000,
      fc.property(steps, fc.boolean(), (names, done) => {
        const endpoint = create();
        let closes = 0;
        let isOver = false;
        for (const name of names) {
          (states[name] ?? inputs[name])!(endpoint);
          for (const text of endpoint.sent(done)) {
            // RFC 6455 §5.5.1: nothing follows a Close.
            expect(closes).toBe(0);
            if (text.startsWith('8')) closes++;
          }
          if (!done) endpoint.protocol.drained();
          isOver ||= name === 'ended' || name === 'end';
          if (isOver) expect(endpoint.protocol.outbound.bufferedAmount).toBe(0);
        }
        const ends = endpoint.events.filter((event) => event === 'failure' || event.startsWith('peer close'));
        // What fails before the peer's Close is answered is told after it.
        if (ends.length > 1) expect(ends.slice(1)).toEqual(['failure']);
        // The last event, if there is one.
        if (ends.length > 0) expect(endpoint.events.at(-1)).toBe(ends.at(-1));
        endpoint.end();
      }),
    );
  });
});

describe('masking', () => {
  test('alwaysMask: both sides mask, and an unmasked frame is refused', () => {
    const server = new Endpoint(false, { alwaysMask: true });
    const client = new Endpoint(true, { alwaysMask: true });
    server.protocol.send(1, 'masked');
    const parts = server.protocol.takeOutput();
    expect(framesOf(parts)[0]?.masked).toBe(true);
    client.protocol.receive(concat(parts));
    expect(client.events).toEqual(['message 1 masked']);
    client.protocol.receive(frame(1, 'plain'));
    expect(client.end()).toMatchObject({ code: 1002 });
  });

  test('privateMask: both sides need the same', () => {
    const privateMask = bytesOf('a shared secret!');
    const [client, server] = [new Endpoint(true, { privateMask }), new Endpoint(false, { privateMask })];
    client.protocol.send(1, 'secret text');
    client.protocol.send(2, pattern(1000));
    client.protocol.close(1000);
    const wire = concat(client.protocol.takeOutput());
    server.protocol.receive(wire.slice());
    expect(server.events[0]).toBe('message 1 secret text');
    expect(server.events.at(-1)).toBe('peer close 03e8');
    // Without the secret the text is not UTF-8, or at least not that text.
    const stranger = new Endpoint(false);
    stranger.protocol.receive(wire.slice());
    expect(stranger.events).not.toContain('message 1 secret text');
  });

  test('a server refuses plain frames, a client masked ones', () => {
    const server = new Endpoint(false);
    server.protocol.receive(frame(1, 'x'));
    expect(server.end()).toMatchObject({ code: 1002 });
    const client = new Endpoint(true);
    client.protocol.receive(frame(1, 'x', { mask: true }));
    expect(client.end()).toMatchObject({ code: 1002 });
  });
});

test('custom opcodes are those agreed on, no others', () => {
  const endpoint = new Endpoint(true, { opcodes: [4, 12] });
  endpoint.receive(frame(4, 'a'), frame(12, 'b'));
  expect(endpoint.events).toEqual(['message 4 a', 'control 12 b']);
  endpoint.receive(frame(5, 'c'));
  expect(endpoint.end()).toMatchObject({ code: 1002 });
});

test('bufferedAmount counts what is queued, held and handed over', () => {
  const { protocol } = new Endpoint(false);
  protocol.send(1, 'abc');
  expect([protocol.outbound.bufferedAmount, protocol.outbound.outbox.length]).toEqual([5, 5]);
  protocol.takeOutput();
  protocol.taken(false);
  expect([protocol.outbound.bufferedAmount, protocol.outbound.outbox.length, protocol.hasOutput]).toEqual([
    5,
    0,
    false,
  ]);
  const message = protocol.open(1, nobody);
  protocol.send(1, 'held');
  expect(protocol.outbound.bufferedAmount).toBe(5 + 4);
  message.abort();
  expect([protocol.outbound.bufferedAmount, protocol.hasOutput]).toEqual([5 + 4, false]);
  protocol.drained();
  expect([protocol.outbound.bufferedAmount, protocol.hasOutput]).toEqual([4, true]);
  protocol.takeOutput();
  protocol.taken(true);
  expect([protocol.outbound.bufferedAmount, protocol.hasOutput]).toEqual([0, false]);
});
