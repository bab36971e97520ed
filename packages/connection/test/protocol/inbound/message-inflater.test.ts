import { FrameDecoder, type FrameSink } from '@webson/frame';
import { afterEach, expect, test } from 'vitest';
import { compressionOf } from '../../../src/node/compression.js';
import { nodePlatform } from '../../../src/node/platform.js';
import { MessageTooLargeError, ProtocolError } from '../../../src/protocol/contract/errors.js';
import type { MessageCodec } from '../../../src/protocol/contract/message-codec.js';
import { keptMemoryOf } from '../../../src/protocol/inbound/kept-memory.js';
import { MessageInflater } from '../../../src/protocol/inbound/message-inflater.js';
import { TurnWork } from '../../../src/protocol/inbound/turn-work.js';
import { bytesOf, concat, frame, pattern } from '../../support/frames.js';

const MIB = 1 << 20;

const opened: MessageCodec[] = [];
afterEach(() => {
  for (const codec of opened.splice(0)) codec.close();
});

/** The codecs of a sender and a receiver, which keep their window from one message to the next. */
function openCodecs(): { deflating: MessageCodec; inflating: MessageCodec } {
  const environment = { maxUnread: MIB, later: setImmediate };
  const options = { enableCompress: { threshold: 0, contextTakeover: true } };
  const [client, server] = [
    compressionOf(options, 'client', environment),
    compressionOf(options, 'server', environment),
  ];
  const answer = server.support.answer(client.support.offer());
  if (answer === undefined) throw new Error('declined');
  const codecs = {
    deflating: client.codec(client.support.accept(answer.extension)),
    inflating: server.codec(answer.settings),
  };
  opened.push(codecs.deflating, codecs.inflating);
  return codecs;
}

/** A decoder whose frames go to an inflater, and the messages that come out. */
class Setup implements FrameSink {
  readonly messages: Uint8Array[] = [];
  readonly work = new TurnWork();
  readonly decoder = new FrameDecoder({ compression: true, maxPayloadSize: 100 * MIB });
  readonly inflater: MessageInflater;
  readonly #codecs = openCodecs();

  constructor(maxMessageSize = 100 * MIB) {
    this.inflater = new MessageInflater({
      platform: nodePlatform,
      codec: this.#codecs.inflating,
      maxMessageSize,
      decoder: this.decoder,
      work: this.work,
      events: { onMessage: (_type, _streamId, payload) => this.messages.push(payload) },
    });
  }

  /** A compressed message in one frame. */
  frame(opcode: number, content: Uint8Array): Uint8Array {
    const deflated = this.#codecs.deflating.deflate(content);
    if (deflated === undefined) throw new Error('too short to be worth it');
    return frame(opcode, deflated, { rsv: 4 });
  }

  push(chunk: Uint8Array): number {
    return this.decoder.push(chunk, this, keptMemoryOf(nodePlatform));
  }

  onHeader(): void {}
  onPayload(): void {}
  onWhole(opcode: number, _rsv: number, streamId: number, payload: Uint8Array): void {
    this.inflater.inflate(opcode, streamId, payload);
  }

  /** Turns that it takes until the message in progress is done. */
  finish(): number {
    let turns = 0;
    do {
      this.work.refill();
      turns++;
    } while (!this.inflater.resume());
    return turns;
  }
}

const sizes = (messages: readonly Uint8Array[]): number[] => messages.map(({ length }) => length);

test('small messages are delivered at once', () => {
  const setup = new Setup();
  const contents = ['hello '.repeat(20), 'hello, hello '.repeat(20)].map(bytesOf);
  const chunk = concat(contents.map((content) => setup.frame(1, content)));
  expect(setup.push(chunk)).toBe(chunk.length);
  expect(setup.messages).toEqual(contents);
  expect(setup.inflater.isBusy).toBe(false);
});

test('a large message takes several turns, and the decoder reads nothing behind it before it is delivered', () => {
  const setup = new Setup();
  const content = concat(Array.from({ length: 8192 }, () => pattern(1024)));
  const large = setup.frame(2, content);
  const chunk = concat([large, setup.frame(2, content.subarray(0, 100))]);
  expect(setup.push(chunk)).toBe(large.length);
  expect([setup.inflater.isBusy, setup.work.isSpent, setup.messages]).toEqual([true, true, []]);
  // Without work left in the turn nothing is done.
  expect(setup.inflater.resume()).toBe(false);
  // The chunk was lent: its memory may change.
  const rest = chunk.slice(large.length);
  chunk.fill(0);
  expect(setup.finish()).toBeGreaterThan(2);
  expect(setup.inflater.isBusy).toBe(false);
  expect(sizes(setup.messages)).toEqual([content.length]);
  expect(Buffer.compare(setup.messages[0]!, content)).toBe(0);
  setup.work.refill();
  expect(setup.push(rest)).toBe(rest.length);
  expect(setup.messages[1]).toEqual(content.subarray(0, 100));
});

test('messages inflated by the codec for others count as work of the turn', () => {
  const setup = new Setup();
  setup.push(setup.frame(2, new Uint8Array(MIB / 2 - 1)));
  expect(setup.work.isSpent).toBe(true);
  setup.work.refill();
  // All of it is counted already.
  setup.inflater.countWork();
  expect(setup.work.isTouched).toBe(false);
});

test('text that is not UTF-8 after inflation: 1007', () => {
  const setup = new Setup();
  const content = new Uint8Array(100).fill(0xff);
  setup.push(setup.frame(2, content));
  const refused = expect.objectContaining({ code: 'UTF8_INVALID', closeCode: 1007 });
  expect(() => setup.push(setup.frame(1, content))).toThrow(refused);
  expect(setup.messages).toEqual([content]);
});

test('text that is not UTF-8 in a large message: 1007 with the last step', () => {
  const setup = new Setup();
  setup.push(setup.frame(1, new Uint8Array(8 * MIB).fill(0xff)));
  expect(setup.inflater.isBusy).toBe(true);
  expect(() => setup.finish()).toThrow(ProtocolError);
  expect([setup.messages, setup.inflater.isBusy]).toEqual([[], false]);
});

test('more than maxMessageSize: 1009, at once or in a step', () => {
  for (const size of [1000, 8 * MIB]) {
    const setup = new Setup(size - 1);
    expect(() => {
      setup.push(setup.frame(2, new Uint8Array(size)));
      setup.finish();
    }).toThrow(MessageTooLargeError);
    expect(setup.messages).toEqual([]);
  }
});

test('cancelled: nothing is left to do, and nothing is delivered', () => {
  const setup = new Setup();
  setup.push(setup.frame(2, new Uint8Array(8 * MIB)));
  setup.inflater.cancel();
  setup.work.refill();
  expect([setup.inflater.isBusy, setup.inflater.resume(), setup.messages]).toEqual([false, true, []]);
  setup.inflater.cancel();
});
