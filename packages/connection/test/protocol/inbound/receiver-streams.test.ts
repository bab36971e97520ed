import { encodeFrame } from '@webson/frame';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { MessageCancelledError, ProtocolError } from '../../../src/protocol/contract/errors.js';
import type { FlowEntry, FlowWindows } from '../../../src/protocol/contract/flow-entry.js';
import type { InboundFlow } from '../../../src/protocol/contract/inbound-flow.js';
import type { Reading } from '../../../src/protocol/contract/message-body.js';
import { Receiver } from '../../../src/protocol/inbound/receiver.js';
import type { ReceiverOptions } from '../../../src/protocol/inbound/receiver-options.js';
import { UnreadLimit } from '../../../src/protocol/inbound/unread-limit.js';
import { WindowedFlow } from '../../../src/protocol/inbound/windowed-flow.js';
import { concat, cut, frame, hex, pattern, textOf } from '../../support/frames.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

const WINDOWS: FlowWindows = { stream: 100, connection: 300 };

interface Options extends Partial<ReceiverOptions> {
  windows?: FlowWindows;
  /** What a reader does when it gets to know of a message. */
  onStart?: (reading: Reading, receiver: Receiver) => void;
}

/** A receiver, and what came out of it. */
class Setup {
  readonly log: string[] = [];
  readonly readings: Reading[] = [];
  readonly errors: Error[] = [];
  readonly flow: InboundFlow;
  readonly receiver: Receiver;

  constructor({ windows, onStart, ...options }: Options = {}) {
    const { log } = this;
    const events = { onGrant() {}, onUnread() {} };
    this.flow = windows ? new WindowedFlow(windows, events) : new UnreadLimit(Number.POSITIVE_INFINITY, events);
    this.receiver = new Receiver(
      nodePlatform,
      {
        streams: true,
        maxStreams: 3,
        triggerOnStart: false,
        maxMessageSize: 1000,
        maxFragments: 8,
        maxPayloadSize: 600,
        ...options,
      },
      this.flow,
      {
        onMessage: (type, streamId, payload) => log.push(`${streamId}: ${type} ${textOf(payload)}`.trimEnd()),
        onMessageStart: (type, streamId, reading) => {
          log.push(`${streamId}: start ${type}`);
          this.readings.push(reading);
          onStart?.(reading, this.receiver);
          return {
            append: (slice) => log.push(`${streamId}: ${textOf(slice)}`),
            finish: () => log.push(`${streamId}: end`),
            cancel: (error) => {
              this.errors.push(error);
              log.push(`${streamId}: ${error.name}`);
            },
          };
        },
        onStarving: () => log.push('starving'),
        onFault: (error) => this.errors.push(error as Error),
        onControl: (opcode) => log.push(`control ${opcode}`),
      },
    );
  }

  push(...frames: Uint8Array[]): this {
    let rest = concat(frames);
    while (rest.length > 0) {
      rest = rest.subarray(this.receiver.push(rest));
      this.receiver.work.refill();
    }
    return this;
  }

  /** The code that the connection is failed with for these frames; undefined: it is not. */
  codeOf(...frames: Uint8Array[]): number | undefined {
    try {
      this.push(...frames);
    } catch (error) {
      if (error instanceof ProtocolError) return error.closeCode;
      throw error;
    }
    return undefined;
  }
}

const on = (streamId: number, opcode: number, payload: string | Uint8Array = '', fin = true): Uint8Array => {
  return frame(opcode, payload, { streamId, fin });
};
const cancel = (streamId: number): Uint8Array => frame(0, '', { streamId, cancel: true });

describe('messages', () => {
  test('whole ones, and fragments of several that interleave', () => {
    const { log } = new Setup().push(
      on(1, 1, 'a', false),
      on(2, 2, 'x', false),
      on(3, 1, 'whole'),
      frame(9, 'ping'),
      on(2, 0, 'y'),
      on(1, 0, 'b', false),
      on(2, 1, 'again'),
      on(1, 0, 'c'),
    );
    expect(log).toEqual(['3: 1 whole', 'control 9', '2: 2 xy', '2: 1 again', '1: 1 abc']);
  });

  test('however the bytes are cut', () => {
    const frames = concat([on(1, 1, 'ü', false), on(32_767, 2, 'x', false), on(1, 0, 'b'), on(32_767, 0, '')]);
    for (const size of [1, 2, 3, 7]) {
      const { receiver, log } = new Setup();
      for (const chunk of cut(frames, size)) receiver.push(chunk);
      expect(log).toEqual(['1: 1 üb', '32767: 2 x']);
    }
  });

  test('UTF-8 is checked per message', () => {
    const euro = hex('e2 82 ac');
    const { log } = new Setup().push(
      on(1, 1, euro.slice(0, 1), false),
      on(2, 1, euro.slice(0, 2), false),
      on(1, 0, euro.slice(1)),
      on(2, 0, euro.slice(2)),
    );
    expect(log).toEqual(['1: 1 €', '2: 1 €']);
    expect(new Setup().codeOf(on(1, 1, euro.slice(0, 1), false), on(1, 0))).toBe(1007);
  });
});

describe('what breaks the protocol', () => {
  const cases: [string, number, Uint8Array[]][] = [
    ['a first frame on an id that is open', 1002, [on(1, 1, 'a', false), on(1, 1, 'b')]],
    ['a continuation on an id that is not', 1002, [on(1, 1, 'a', false), on(2, 0, 'b')]],
    ['a continuation on an id that is not any more', 1002, [on(1, 1, 'a', false), on(1, 0, 'b'), on(1, 0, 'c')]],
    ['a continuation of what was cancelled', 1002, [on(1, 1, 'a', false), cancel(1), on(1, 0, 'c')]],
    ['a data frame without RSV2', 1002, [frame(1, 'no stream')]],
    ['RSV2 on a control frame', 1002, [frame(9, '', { rsv: 2 })]],
    ['RSV2 and RSV1 without compression', 1002, [frame(1, 'a', { rsv: 4, streamId: 1 })]],
    ['RSV3', 1002, [frame(1, 'a', { rsv: 1, streamId: 1 })]],
    ['stream id 0', 1002, [frame(1, hex('00 00 61'), { rsv: 2 })]],
    ['a payload shorter than the stream header', 1002, [frame(1, hex('00'), { rsv: 2 })]],
    ['too many at a time', 1008, [1, 2, 3, 4].map((id) => on(id, 1, '', false))],
    ['a whole one beside too many', 1008, [...[1, 2, 3].map((id) => on(id, 1, '', false)), on(4, 1, 'whole')]],
    ['too many fragments', 1008, [on(1, 1, '', false), ...new Array(8).fill(on(1, 0, '', false))]],
    ['too large, all of them together', 1009, [on(1, 2, pattern(600), false), on(2, 2, pattern(600), false)]],
    ['0xF', 1002, [frame(15, '')]],
  ];
  test.each(cases)('%s: %d', (_, code, frames) => {
    expect(new Setup().codeOf(...frames)).toBe(code);
  });

  test('RSV2 without negotiation', () => {
    expect(new Setup({ streams: false }).codeOf(on(1, 1, 'a'))).toBe(1002);
  });

  test('as many as agreed are fine, again and again', () => {
    const setup = new Setup();
    for (let round = 0; round < 5; round++) {
      const ids = [1, 2, 3].map((id) => id + round);
      expect(setup.codeOf(...ids.map((id) => on(id, 2, 'x', false)), ...ids.map((id) => on(id, 0, 'y')))).toBe(
        undefined,
      );
    }
    expect(setup.log).toHaveLength(15);
  });
});

describe('cancelled by the peer', () => {
  test('what came of it is dropped, the others live on', () => {
    const { log } = new Setup().push(
      on(1, 1, 'a', false),
      on(2, 1, 'b', false),
      cancel(1),
      on(2, 0, 'c'),
      on(1, 1, 'd'),
    );
    expect(log).toEqual(['2: 1 bc', '1: 1 d']);
  });

  test('the size of what was dropped does not count any more', () => {
    const setup = new Setup();
    for (let i = 0; i < 5; i++) expect(setup.codeOf(on(1, 2, pattern(600), false), cancel(1))).toBeUndefined();
  });

  test('of what is not open: ignored', () => {
    expect(new Setup().push(cancel(1), on(1, 1, 'a'), cancel(1), cancel(7), on(1, 1, 'b')).log).toEqual([
      '1: 1 a',
      '1: 1 b',
    ]);
  });

  test('any frame with the cancel bit is the end of the message', () => {
    const { log } = new Setup().push(
      on(1, 1, 'a', false),
      frame(0, '', { streamId: 1, cancel: true, fin: false }),
      on(1, 1, 'b', false),
      frame(1, '', { streamId: 1, cancel: true }),
      on(1, 1, 'c'),
    );
    expect(log).toEqual(['1: 1 c']);
  });

  describe('with a payload: 1002, from the header', () => {
    const shapes: [string, Options, (payload: Uint8Array) => Uint8Array][] = [
      ['of what is open', {}, (payload) => frame(0, payload, { streamId: 1, cancel: true })],
      ['of what is not', {}, (payload) => frame(0, payload, { streamId: 7, cancel: true })],
      ['not the last frame', {}, (payload) => frame(0, payload, { streamId: 1, cancel: true, fin: false })],
      ['of another opcode', {}, (payload) => frame(2, payload, { streamId: 1, cancel: true })],
      [
        'of another opcode, on what is not open',
        {},
        (payload) => frame(1, payload, { streamId: 9, cancel: true, fin: false }),
      ],
      [
        'compressed',
        { codec: new StandInCodec() },
        (payload) => frame(2, payload, { rsv: 4, streamId: 1, cancel: true, fin: false }),
      ],
      ['masked', { masking: 'required' }, (payload) => frame(0, payload, { streamId: 1, cancel: true, mask: true })],
      [
        'masked privately',
        { masking: 'required', privateMask: pattern(8) },
        (payload) =>
          encodeFrame({ opcode: 0, payload, streamId: 1, cancel: true, mask: true }, { privateMask: pattern(8) }),
      ],
    ];
    const settings = [false, true].flatMap((triggerOnStart) =>
      [undefined, WINDOWS].map((windows) => ({ triggerOnStart, ...(windows === undefined ? {} : { windows }) })),
    );
    test.each(shapes.flatMap((shape) => settings.map((setting) => [...shape, setting] as const)))(
      '%s',
      (_, options, wire, setting) => {
        const { masking, privateMask } = options;
        const opening = encodeFrame(
          { opcode: 2, payload: pattern(9), streamId: 1, fin: false, mask: masking === 'required' },
          privateMask === undefined ? {} : { privateMask },
        );
        const payload = pattern(500);
        const bytes = wire(payload);
        for (const size of [1, 3, bytes.length]) {
          const setup = new Setup({ ...options, ...setting, maxStreams: 3 }).push(opening);
          // The payload never comes.
          const header = bytes.slice(0, bytes.length - payload.length);
          const codes = cut(size === bytes.length ? bytes : header, size).map((piece) => setup.codeOf(piece));
          expect(codes.at(-1)).toBe(1002);
          expect(codes.slice(0, -1).every((code) => code === undefined)).toBe(true);
        }
      },
    );

    test('of a Go peer it may be what its source gave last: it is dropped', () => {
      const { log } = new Setup({ repeatsOpcode: true }).push(
        on(1, 1, 'a', false),
        frame(1, 'rest', { streamId: 1, cancel: true, fin: false }),
        on(2, 1, 'b'),
      );
      expect(log).toEqual(['2: 1 b']);
    });
  });

  test('a reader is told', () => {
    const setup = new Setup({ triggerOnStart: true }).push(on(1, 1, 'a', false), cancel(1));
    expect(setup.log).toEqual(['1: start 1', '1: a', '1: MessageCancelledError']);
    expect(setup.errors[0]).toBeInstanceOf(MessageCancelledError);
  });

  test('too many between two ticks: 1008', () => {
    const churn = [on(1, 1, 'a', false), cancel(1)];
    const setup = new Setup();
    // As many as may be open are given up by whoever leaves.
    const most = 1000 + 3;
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < most; i++) expect(setup.codeOf(...churn)).toBeUndefined();
      // Also when nothing is judged, for reading was paused.
      setup.receiver.tick(round % 2 === 0);
    }
    for (let i = 0; i < most; i++) setup.push(...churn);
    expect(setup.codeOf(...churn)).toBe(1008);
  });
});

test('cancels that answer our stops do not count', () => {
  const setup = new Setup({ triggerOnStart: true, windows: WINDOWS, onStart: (reading) => reading.stop() });
  for (let i = 0; i < 3000; i++) setup.push(on(1, 1, 'a', false), cancel(1));
  expect(setup.log.filter((text) => text === '1: start 1')).toHaveLength(3000);
});

describe('read as it arrives', () => {
  test('from the first bytes on', () => {
    const setup = new Setup({ triggerOnStart: true });
    setup.push(on(1, 1, 'a', false));
    expect(setup.log.splice(0)).toEqual(['1: start 1', '1: a']);
    setup.push(on(2, 2, '', false), on(1, 0, '', false), on(1, 0, 'b'), on(2, 0));
    expect(setup.log).toEqual(['2: start 2', '1: b', '1: end', '2: end']);
  });

  test('a whole message that comes in one piece is handed over whole', () => {
    expect(new Setup({ triggerOnStart: true }).push(on(1, 1, 'whole')).log).toEqual(['1: 1 whole']);
  });

  test('one frame that comes in several', () => {
    const { receiver, log } = new Setup({ triggerOnStart: true });
    const bytes = on(1, 1, 'hello');
    receiver.push(bytes.slice(0, 6));
    receiver.push(bytes.slice(6));
    expect(log).toEqual(['1: start 1', '1: he', '1: llo', '1: end']);
  });

  test('maxMessageSize does not count, and large messages may have more fragments', () => {
    const setup = new Setup({ triggerOnStart: true });
    setup.push(on(1, 2, pattern(600), false));
    for (let i = 0; i < 11; i++) setup.push(on(1, 0, pattern(600), false));
    expect(setup.codeOf(...new Array(20).fill(on(1, 0, '', false)))).toBe(1008);
  });

  test('bad UTF-8: the reader is told', () => {
    for (const last of [on(1, 0, hex('ff')), on(1, 0, hex('e2'))]) {
      const setup = new Setup({ triggerOnStart: true });
      setup.push(on(1, 1, 'a', false));
      expect(setup.codeOf(last)).toBe(1007);
      setup.receiver.stop(() => new Error('the end'));
      expect(setup.log.filter((text) => text.endsWith('Error'))).toHaveLength(1);
    }
  });

  test('the end of the connection: every reader is told, once', () => {
    const setup = new Setup({ triggerOnStart: true }).push(on(1, 1, 'a', false), on(2, 1, 'b', false));
    const error = new Error('the end');
    setup.receiver.stop(() => error);
    setup.receiver.stop(() => new Error('again'));
    expect(setup.errors).toEqual([error, error]);
  });

  test('stopped by the reader: nothing more is handed over, the peer is told', () => {
    const setup = new Setup({ triggerOnStart: true, windows: WINDOWS }).push(on(1, 1, 'a', false));
    setup.readings[0]?.stop();
    setup.readings[0]?.stop();
    setup.push(on(1, 0, 'b', false), on(2, 1, 'c', false), on(1, 0, 'd'), on(1, 1, 'e'));
    expect(setup.log).toEqual(['1: start 1', '1: a', '2: start 1', '2: c', '1: 1 e']);
  });

  test('stopped at once', () => {
    const setup = new Setup({ triggerOnStart: true, windows: WINDOWS, onStart: (reading) => reading.stop() });
    setup.push(on(5, 2, 'a', false), on(5, 0, 'b', false));
    expect(setup.log).toEqual(['5: start 2']);
    expect(setup.flow.take()).toEqual([{ isStop: true, streamId: 5, openNumber: 1, value: 0 }]);
    setup.push(on(5, 0, 'c'), on(5, 1, 'd'));
    expect(setup.log).toEqual(['5: start 2', '5: 1 d']);
  });

  test('the connection fails while the reader gets to know of it: the reader is told', () => {
    const end = new Error('the end');
    const setup = new Setup({ triggerOnStart: true, onStart: (_reading, receiver) => receiver.stop(() => end) });
    setup.push(on(1, 2, 'a', false), on(1, 0, 'b'), on(2, 1, 'c'));
    expect([setup.log, setup.errors]).toEqual([['1: start 2', '1: Error'], [end]]);
  });

  test('a compressed message is handed over as it is inflated', () => {
    const setup = new Setup({ triggerOnStart: true, codec: new StandInCodec(), windows: WINDOWS });
    setup.push(frame(1, 'ab', { streamId: 1, rsv: 4, fin: false }));
    expect(setup.log.splice(0)).toEqual(['1: start 1', '1: ba']);
    setup.push(on(1, 0, 'c'));
    expect(setup.log).toEqual(['1: c', '1: end']);
  });
});

describe('windows', () => {
  const grants = (setup: Setup): string[] =>
    setup.flow.take().map(({ isStop, streamId, openNumber, value }: FlowEntry) => {
      return `${isStop ? 'stop' : 'window'} ${streamId} #${openNumber} ${value}`;
    });

  test('more than the window of the stream, or of the connection: 1008', () => {
    for (const triggerOnStart of [false, true]) {
      const create = (): Setup => new Setup({ windows: WINDOWS, triggerOnStart });
      expect(create().codeOf(on(1, 2, pattern(100), false))).toBeUndefined();
      expect(create().codeOf(on(1, 2, pattern(101), false))).toBe(1008);
      expect(create().codeOf(on(1, 2, pattern(100)))).toBeUndefined();
      expect(create().codeOf(on(1, 2, pattern(101)))).toBe(1008);
    }
    const full = new Setup({ windows: WINDOWS, triggerOnStart: true });
    full.push(...[1, 2, 3].map((id) => on(id, 2, pattern(100), false)));
    full.push(on(1, 0));
    expect(full.codeOf(on(4, 2, 'x', false))).toBe(1008);
  });

  test('before anything is set aside: at the header', () => {
    const setup = new Setup({ windows: WINDOWS });
    expect(setup.codeOf(on(1, 2, pattern(101), false).slice(0, 5))).toBe(1008);
  });

  test('a message that is put together is granted as it arrives', () => {
    const setup = new Setup({ windows: WINDOWS });
    setup.push(on(1, 2, pattern(49), false));
    expect(grants(setup)).toEqual([]);
    setup.push(on(1, 0, pattern(1), false));
    expect(grants(setup)).toEqual(['window 1 #1 150']);
    setup.push(on(1, 0, pattern(100), false));
    expect(grants(setup)).toEqual(['window 1 #1 250', 'window 0 #0 450']);
  });

  test('one that is read as it arrives, when it is read', () => {
    const setup = new Setup({ windows: WINDOWS, triggerOnStart: true });
    setup.push(on(9, 2, pattern(100), false));
    expect(grants(setup)).toEqual([]);
    setup.readings[0]?.consumed(60);
    expect(grants(setup)).toEqual(['window 9 #1 160']);
  });

  test('after its end only the connection is granted', () => {
    const setup = new Setup({ windows: WINDOWS, triggerOnStart: true });
    setup.push(
      on(1, 2, pattern(50), false),
      on(1, 0, pattern(50)),
      on(2, 2, pattern(100), false),
      on(1, 2, 'new', false),
    );
    setup.readings[0]?.consumed(100);
    expect(grants(setup)).toEqual([]);
    setup.readings[1]?.consumed(50);
    expect(grants(setup)).toEqual(['window 2 #2 150', 'window 0 #0 450']);
  });

  test('what comes after a stop is granted to the connection', () => {
    const setup = new Setup({ windows: WINDOWS, triggerOnStart: true });
    setup.push(on(1, 2, pattern(100), false));
    setup.readings[0]?.consumed(100);
    setup.readings[0]?.stop();
    grants(setup);
    setup.push(on(1, 0, pattern(100), false), cancel(1));
    expect(grants(setup)).toEqual(['window 0 #0 500']);
  });

  test('open numbers count all messages, whole ones and cancelled ones too', () => {
    const setup = new Setup({ windows: WINDOWS });
    setup.push(on(1, 2, 'a'), on(1, 2, 'b', false), cancel(1), on(3, 2, 'c', false), on(1, 2, pattern(50), false));
    expect(grants(setup)).toContain('window 1 #4 150');
  });
});

describe('idle', () => {
  test('nothing came of it between two ticks: 1008', () => {
    const setup = new Setup();
    setup.push(on(1, 2, 'a', false));
    setup.receiver.tick(true);
    setup.push(on(1, 0, 'b', false));
    setup.receiver.tick(true);
    // Whole messages, and other streams, do not help it.
    setup.push(on(2, 2, 'x'));
    expect(() => setup.receiver.tick(true)).toThrow(expect.objectContaining({ code: 'STREAM_IDLE', closeCode: 1008 }));
  });

  test('empty frames do not help', () => {
    const setup = new Setup();
    setup.push(on(1, 2, 'a', false));
    setup.receiver.tick(true);
    setup.push(on(1, 0, '', false));
    expect(() => setup.receiver.tick(true)).toThrow(ProtocolError);
  });

  test('nothing is open: nothing happens', () => {
    const setup = new Setup().push(on(1, 2, 'a', false), on(1, 0));
    for (let i = 0; i < 5; i++) setup.receiver.tick(true);
  });

  test('not while reading was paused', () => {
    const setup = new Setup();
    setup.push(on(1, 2, 'a', false));
    for (let i = 0; i < 5; i++) setup.receiver.tick(false);
    setup.receiver.tick(true);
    expect(() => setup.receiver.tick(true)).toThrow(ProtocolError);
  });

  test('not while its reader keeps the peer waiting', () => {
    const setup = new Setup({ windows: WINDOWS, triggerOnStart: true });
    setup.push(on(1, 2, pattern(100), false));
    for (let i = 0; i < 5; i++) setup.receiver.tick(true);
    setup.readings[0]?.consumed(100);
    setup.receiver.tick(true);
    expect(() => setup.receiver.tick(true)).toThrow(ProtocolError);
  });

  test('not while the readers of others do', () => {
    const setup = new Setup({ windows: { stream: 100, connection: 100 }, triggerOnStart: true });
    setup.push(on(1, 2, '', false));
    setup.receiver.tick(true);
    setup.push(on(2, 2, pattern(100), false));
    for (let i = 0; i < 5; i++) setup.receiver.tick(true);
    setup.readings[1]?.consumed(100);
    setup.receiver.tick(true);
    expect(() => setup.receiver.tick(true)).toThrow(ProtocolError);
  });
});
