import { describe, expect, test } from 'vitest';
import { hex, textOf } from '../support/frames.js';
import { GoReceiver } from './go-receiver.js';
import { type Delivered, privateMaskOf, sorted, summary, type Vector, vectors, wireOf } from './vectors.js';

// The model does to captured bytes what the Go kit did.

function receiverFor(vector: Vector): GoReceiver {
  const isServer = vector.direction === 'c2s';
  const { BufferSize, MaxPayloadSize, TriggerOnStart } = isServer ? vector.config.server : vector.config.client;
  return new GoReceiver({
    isServer,
    streams: vector.negotiated.streams !== null,
    deflate: vector.negotiated.deflate,
    privateMask: privateMaskOf(vector),
    cannotRead: TriggerOnStart === true,
    ...(BufferSize === undefined ? {} : { bufferSize: BufferSize }),
    ...(MaxPayloadSize === undefined ? {} : { maxPayloadSize: MaxPayloadSize }),
  });
}

/** The model after the bytes of a vector, read segment by segment, or frame by frame. */
function received(vector: Vector): GoReceiver {
  const receiver = receiverFor(vector);
  const segments = vector.segments?.map(hex) ?? vector.frames.map((frame) => wireOf(frame, privateMaskOf(vector)));
  for (const segment of segments) {
    receiver.push(segment);
    receiver.run();
  }
  return receiver;
}

function deliveredBy(receiver: GoReceiver): Delivered[] {
  return receiver.delivered.map(({ type, payload, isCorrupt }) => ({
    ...summary(type, payload),
    ...(isCorrupt ? { error: 'corrupt' } : {}),
  }));
}

/** Which fault of the deflated bytes it was does not matter. */
function expectedOf({ outcome }: Vector): Delivered[] {
  return (outcome?.delivered ?? []).map((message) => ({
    ...message,
    ...(message.error === undefined ? {} : { error: 'corrupt' }),
  }));
}

describe('what raw frames did to the Go kit', () => {
  const raw = vectors.filter(({ id }) => id.startsWith('receive/'));

  test('there are 48', () => expect(raw).toHaveLength(48));

  test.each(raw.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const receiver = received(vector);
    expect(deliveredBy(receiver)).toEqual(expectedOf(vector));
    const replies = receiver.replies.map(({ opcode, payload }) => ({ opcode, payload: Buffer.from(payload) }));
    const pongs = replies.filter(({ opcode }) => opcode === 10);
    expect(pongs.map(({ payload }) => payload.toString('hex'))).toEqual(vector.outcome?.pongs);
    const [close] = replies.filter(({ opcode }) => opcode === 8);
    const closed = close && { code: close.payload.readUInt16BE(), reason: textOf(close.payload.subarray(2)) };
    expect(closed ?? null).toEqual(vector.outcome?.close);
    expect(receiver.ended ?? null).toBe(vector.outcome?.startReturned);
  });
});

describe('what the Go kit sent to itself', () => {
  const captured = vectors.filter(({ outcome, sender }) => sender !== 'raw' && outcome?.delivered !== undefined);

  test.each(captured.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const receiver = received(vector);
    expect(sorted(deliveredBy(receiver))).toEqual(sorted(expectedOf(vector)));
    expect(receiver.ended).toBeUndefined();
  });

  test('most of them', () => expect(captured).toHaveLength(128));
});

test('bytes that come in one go are read up to the end of the buffer, and a header there is cut', () => {
  const seven = vectors.find(({ id }) => id === 'receive/single-text')!;
  const frame = wireOf(seven.frames[0]!, undefined);
  const inOneGo = new GoReceiver();
  for (let i = 0; i < 1000; i++) inOneGo.push(frame);
  inOneGo.run();
  // 5120 is 465 frames of 11 bytes, and 5 more: the head and three bytes of the masking key.
  expect(inOneGo.delivered).toHaveLength(465);
  expect(inOneGo.ended).toBe('mask key not given');

  const oneByOne = new GoReceiver();
  for (let i = 0; i < 1000; i++) {
    oneByOne.push(frame);
    oneByOne.run();
  }
  expect(oneByOne.delivered).toHaveLength(1000);
  expect(oneByOne.ended).toBeUndefined();
});
