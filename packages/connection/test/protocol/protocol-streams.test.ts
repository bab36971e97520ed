import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../src/node/platform.js';
import { FLOW_OPCODE, type FlowEntry } from '../../src/protocol/contract/flow-entry.js';
import type { Reading } from '../../src/protocol/contract/message-body.js';
import { flowControl } from '../../src/protocol/negotiated/stream-extension.js';
import { Protocol } from '../../src/protocol/protocol.js';
import type { ProtocolOptions } from '../../src/protocol/protocol-options.js';
import { encodeFlow } from '../../src/protocol/streams/flow-frame.js';
import { briefOnStream, bytesOf, concat, frame, framesOf, pattern, textOf } from '../support/frames.js';
import { receiveAll } from '../support/receive-all.js';

const WINDOWS = { stream: 100, connection: 300 };
const FLOW = flowControl(WINDOWS, WINDOWS);
const nobody = { onRoom(): void {}, onStop(): void {} };

/** A client, and what happened to it. */
class Endpoint {
  readonly events: string[] = [];
  readonly readings: Reading[] = [];
  readonly protocol: Protocol;

  constructor(options: Partial<ProtocolOptions> = {}) {
    const { events } = this;
    this.protocol = new Protocol(
      nodePlatform,
      {
        isClient: true,
        maxPayloadSize: 100_000,
        maxMessageSize: 200_000,
        maxFragments: 100,
        chunkSize: 4096,
        triggerOnStart: false,
        maxUnread: 100,
        streams: { maxStreams: 10, flow: FLOW },
        ...options,
      },
      {
        onMessage: (type, streamId, payload) => events.push(`${streamId}: ${type} ${textOf(payload)}`),
        onMessageStart: (type, streamId, reading) => {
          events.push(`${streamId}: start ${type}`);
          this.readings.push(reading);
          return {
            append: (slice) => events.push(`${streamId}: +${slice.length}`),
            finish: () => events.push(`${streamId}: end`),
            cancel: (error) => events.push(`${streamId}: ${error.name}`),
          };
        },
        onStarving() {},
        onSignOfLife: () => events.push('sign of life'),
        onSilence: () => events.push('silence'),
        onControl: (type) => events.push(`control ${type}`),
        mayAnswerClose: true,
        onPeerClose: () => events.push('peer close'),
        onFailure: () => events.push('failure'),
        onOutput: () => events.push('output'),
        onUnread: () => events.push(this.protocol.flow.isFull ? 'full' : 'free'),
      },
    );
  }

  receive(...frames: Uint8Array[]): this {
    receiveAll(this.protocol, concat(frames));
    return this;
  }

  /** Everything to write. FLOW frames by their entries. */
  sent(): string[] {
    if (!this.protocol.hasOutput) return [];
    const frames = framesOf(this.protocol.takeOutput(), { streams: true });
    this.protocol.taken(true);
    return frames.map((entry) => {
      return entry.opcode === FLOW_OPCODE ? `flow ${entry.payload.length / 12}` : briefOnStream(entry);
    });
  }

  /** The code that the connection is failed with. */
  get failure(): number {
    return this.protocol.end().code;
  }
}

function flow(...entries: FlowEntry[]): Uint8Array {
  return concat([...encodeFlow(entries)].map((payload) => frame(FLOW_OPCODE, payload)));
}

const window = (streamId: number, openNumber: number, value: number): FlowEntry => {
  return { isStop: false, streamId, openNumber, value };
};

describe('FLOW frames', () => {
  test('malformed, or fragmented: 1002', () => {
    expect(new Endpoint().receive(frame(FLOW_OPCODE, bytesOf('malformed'))).failure).toBe(1002);
    expect(new Endpoint().receive(frame(FLOW_OPCODE)).failure).toBe(1002);
  });

  test('without flow control: 1002', () => {
    const entry = window(0, 0, 1000);
    for (const streams of [undefined, { maxStreams: 10, flow: undefined }]) {
      expect(new Endpoint({ streams }).receive(flow(entry)).failure).toBe(1002);
    }
  });

  test('they let more be sent, on the stream and on the connection', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.send(2, pattern(1000));
    expect(endpoint.sent()).toEqual([expect.stringMatching(/^1: 2\+ /)]);
    expect([endpoint.protocol.hasOutput, endpoint.protocol.outbound.bufferedAmount]).toEqual([false, 900]);
    endpoint.receive(flow(window(1, 1, 1000)));
    expect([endpoint.events, endpoint.protocol.hasOutput]).toEqual([['output'], true]);
    endpoint.sent();
    expect(endpoint.protocol.outbound.bufferedAmount).toBe(700);
    endpoint.receive(flow(window(0, 0, 2000)));
    endpoint.sent();
    expect(endpoint.protocol.outbound.bufferedAmount).toBe(0);
  });

  test('grants go ahead of messages that queue; those of one write share frames, ten in each', () => {
    const endpoint = new Endpoint({
      streams: { maxStreams: 50, flow: flowControl(WINDOWS, { stream: 100, connection: 100_000 }) },
    });
    endpoint.protocol.send(2, pattern(1000));
    for (let id = 1; id <= 23; id++) endpoint.receive(frame(2, pattern(60), { streamId: id, fin: false }));
    endpoint.receive(frame(0, pattern(50), { streamId: 1, fin: false }));
    expect(endpoint.sent()).toEqual(['flow 10', 'flow 10', 'flow 3', expect.stringMatching(/^1: 2\+ /)]);
    expect(endpoint.sent()).toEqual([]);
  });

  test('while the transport is blocked none is queued', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.send(1, 'x');
    endpoint.protocol.takeOutput();
    endpoint.protocol.taken(false);
    const { bufferedAmount } = endpoint.protocol.outbound;
    for (let i = 0; i < 100; i++) {
      endpoint.receive(frame(2, pattern(60), { streamId: 1, fin: false }), frame(0, pattern(60), { streamId: 1 }));
    }
    expect([endpoint.protocol.outbound.bufferedAmount, endpoint.protocol.hasOutput]).toEqual([bufferedAmount, false]);
    endpoint.protocol.drained();
    // Of the streams that have ended nothing is to be said.
    expect(endpoint.sent()).toEqual(['flow 1']);
  });

  test('none after our Close', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.close(1000);
    endpoint.receive(frame(2, pattern(60), { streamId: 1, fin: false }));
    expect(endpoint.sent().map((text) => text.slice(0, 1))).toEqual(['8']);
    expect(endpoint.protocol.hasOutput).toBe(false);
  });

  test('exceeding a window: 1008', () => {
    expect(new Endpoint().receive(frame(2, pattern(101), { streamId: 1 })).failure).toBe(1008);
  });
});

describe('the Close', () => {
  test('waits for windows', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.send(2, pattern(150));
    const partial = endpoint.protocol.open(2, nobody);
    partial.write(bytesOf('a'));
    endpoint.sent();
    endpoint.protocol.close(1000);
    expect(endpoint.protocol.isClosing).toBe(true);
    endpoint.protocol.send(1, 'too late');
    expect(endpoint.sent()).toEqual(['2: cancel']);
    endpoint.receive(flow(window(1, 1, 150)));
    const [rest, close] = endpoint.sent();
    expect([rest?.slice(0, 4), close?.slice(0, 1)]).toEqual(['1: 0', '8']);
    expect(endpoint.protocol.outbound.bufferedAmount).toBe(0);
  });

  test('waits no longer for a message that the peer has stopped', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.send(2, pattern(150));
    endpoint.sent();
    endpoint.protocol.close(1000);
    endpoint.receive(flow({ isStop: true, streamId: 1, openNumber: 1, value: 0 }));
    const [cancel, close] = endpoint.sent();
    expect([cancel, close?.slice(0, 1)]).toEqual(['1: cancel', '8']);
  });

  test('of the peer: what queues is dropped', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.send(2, pattern(150));
    endpoint.sent();
    endpoint.receive(frame(8, new Uint8Array([3, 232])));
    expect(endpoint.sent().map((text) => text.slice(0, 1))).toEqual(['8']);
    expect(endpoint.protocol.outbound.bufferedAmount).toBe(0);
  });

  test('a failure does not wait', () => {
    const endpoint = new Endpoint();
    endpoint.protocol.send(2, pattern(150));
    endpoint.sent();
    endpoint.protocol.close(1000);
    endpoint.protocol.fail(1011, 'internal error', new Error('x'));
    expect(endpoint.sent().map((text) => text.slice(0, 1))).toEqual(['8']);
    expect(endpoint.failure).toBe(1011);
  });
});

describe('readers', () => {
  test('unread bytes are told without flow control, and not with it', () => {
    for (const hasFlow of [false, true]) {
      const streams = { maxStreams: 10, flow: hasFlow ? FLOW : undefined };
      const endpoint = new Endpoint({ triggerOnStart: true, streams });
      for (const id of [1, 2]) endpoint.receive(frame(2, pattern(60), { streamId: id, fin: false }));
      endpoint.readings[0]?.consumed(60);
      endpoint.readings[1]?.consumed(60);
      const told = endpoint.events.filter((event) => event === 'full' || event === 'free');
      expect(told).toEqual(hasFlow ? [] : ['full', 'free']);
    }
  });

  test('a failure, the peer’s Close, and the end are told to all', () => {
    const ends: ((endpoint: Endpoint) => void)[] = [
      ({ protocol }) => protocol.fail(1011, 'x', new Error('x')),
      (endpoint) => endpoint.receive(frame(8)),
      ({ protocol }) => protocol.end(),
    ];
    for (const end of ends) {
      const endpoint = new Endpoint({ triggerOnStart: true });
      for (const id of [1, 2]) endpoint.receive(frame(2, 'a', { streamId: id, fin: false }));
      end(endpoint);
      expect(endpoint.events.filter((event) => event.endsWith('ClosedError'))).toEqual([
        '1: ClosedError',
        '2: ClosedError',
      ]);
    }
  });

  test('idle: 1008, unless reading was paused', () => {
    const endpoint = new Endpoint();
    endpoint.receive(frame(2, 'a', { streamId: 1, fin: false }));
    for (let i = 0; i < 5; i++) endpoint.protocol.tick(false);
    endpoint.protocol.tick(true);
    expect(endpoint.events).toEqual([]);
    endpoint.protocol.tick(true);
    expect([endpoint.events, endpoint.failure]).toEqual([['failure'], 1008]);
  });
});
