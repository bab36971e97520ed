import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import type { MessageBody, Reading } from '../../../src/protocol/contract/message-body.js';
import { type MessageInProgress, MessageTable } from '../../../src/protocol/inbound/message-table.js';
import { Readers } from '../../../src/protocol/inbound/readers.js';
import { WindowedFlow } from '../../../src/protocol/inbound/windowed-flow.js';
import { bytesOf, textOf } from '../../support/frames.js';
import { StandInCodec } from '../../support/stand-in-codec.js';

/** Readers of messages on streams with windows, and what they and the flow control were told. */
class Setup {
  readonly log: string[] = [];
  readonly messages = new MessageTable();
  readonly flow = new WindowedFlow({ stream: 100, connection: 300 }, { onGrant() {}, onUnread() {} });
  readonly readings: Reading[] = [];
  readonly readers: Readers;

  constructor(onStart?: (reading: Reading, readers: Readers) => void) {
    this.readers = new Readers({
      platform: nodePlatform,
      codec: new StandInCodec(),
      maxMessageSize: 1000,
      flow: this.flow,
      messages: this.messages,
      events: {
        onMessageStart: (type, streamId, reading) => {
          this.log.push(`start ${type} ${streamId}`);
          this.readings.push(reading);
          onStart?.(reading, this.readers);
          return this.#body();
        },
        onStarving: () => this.log.push(`starving: ${this.readers.isStarving}`),
        onFault: (error) => this.log.push(`fault: ${(error as { code?: string }).code}`),
      },
    });
  }

  #body(): MessageBody {
    return {
      append: (slice) => this.log.push(textOf(slice)),
      finish: () => this.log.push('end'),
      cancel: (error) => this.log.push(`cancel: ${error.message}`),
    };
  }

  start(streamId: number, isCompressed = false): MessageInProgress {
    const message: MessageInProgress = {
      type: 1,
      streamId,
      isCompressed,
      openNumber: streamId,
      fragments: 1,
      announced: 0,
      payload: undefined,
      body: undefined,
      window: this.flow.open(),
      utf8: undefined,
      isAscii: true,
      isStale: false,
    };
    this.messages.add(message);
    this.readers.start(message);
    return message;
  }

  /** What the peer is told of windows and stops. */
  told(): string[] {
    return this.flow
      .take()
      .map(({ isStop, streamId, value }) => (isStop ? `stop ${streamId}` : `${streamId}: ${value}`));
  }
}

test('the reader of a plain message is its body; that of a compressed one gets it inflated', () => {
  const setup = new Setup();
  setup.start(1).body?.append(bytesOf('plain'));
  setup.start(2, true).body?.append(bytesOf('cba'));
  expect(setup.log).toEqual(['start 1 1', 'plain', 'start 1 2', 'abc']);
});

test('bytes that are read are granted to the message while it is open, and to the connection always', () => {
  const setup = new Setup();
  const message = setup.start(1);
  setup.flow.announce(message.window, 100);
  setup.readings[0]?.consumed(50);
  expect(setup.told()).toEqual(['1: 150']);
  setup.messages.remove(message);
  setup.readings[0]?.consumed(50);
  expect(setup.told()).toEqual([]);
  setup.flow.announceWhole(100);
  expect(setup.told()).toEqual(['0: 500']);
});

test('a reader that stops: the message has no body any more, and the peer is told once', () => {
  const setup = new Setup();
  const message = setup.start(1);
  setup.readings[0]?.stop();
  expect([message.body, setup.told()]).toEqual([undefined, ['stop 1']]);
  setup.readings[0]?.stop();
  expect(setup.told()).toEqual([]);
});

test('a reader that stops while it is told of the message, or after its end', () => {
  const setup = new Setup((reading) => reading.stop());
  expect(setup.start(1).body).toBeUndefined();
  expect(setup.start(2, true).body).toBeUndefined();
  expect(setup.told()).toEqual(['stop 1', 'stop 2']);
  const late = new Setup();
  late.messages.remove(late.start(1));
  late.readings[0]?.stop();
  expect(late.told()).toEqual([]);
});

test('starving: reported when the first reader begins to wait and when the last one stops', () => {
  const setup = new Setup();
  setup.start(1);
  setup.start(2);
  setup.log.length = 0;
  for (const reading of setup.readings) reading.starve(true);
  for (const reading of setup.readings) reading.starve(false);
  expect(setup.log).toEqual(['starving: true', 'starving: false']);
});

test('a fault of compressed text is reported, and its reader is told', () => {
  const setup = new Setup();
  setup.start(1, true).body?.append(Uint8Array.of(0xff));
  expect(setup.log).toEqual(['start 1 1', 'cancel: text that is not UTF-8', 'fault: UTF8_INVALID']);
});

test('after the end a reader is cancelled at once, with the first reason', () => {
  const setup = new Setup((_reading, readers) => {
    readers.end(() => new Error('first'));
    readers.end(() => new Error('second'));
  });
  for (const isCompressed of [false, true]) expect(setup.start(1, isCompressed).body).toBeUndefined();
  expect(setup.log).toEqual(['start 1 1', 'cancel: first', 'start 1 1', 'cancel: first']);
});
