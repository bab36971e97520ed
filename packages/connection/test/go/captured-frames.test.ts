import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/message.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { brief, concat, cut, FrameReader, frame, textOf } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { connectToGo, PeerTransport } from './connecting.js';
import {
  contentOf,
  type Delivered,
  privateMaskOf,
  sorted,
  summary,
  type Vector,
  type VectorFrame,
  vectors,
  wireOf,
} from './vectors.js';

// Captured bytes, given to a connection with `dialect: 'go'` in the role of who received them.

const CUSTOM_TYPES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

/** What the bytes of a vector lead to. */
interface Result {
  /** Messages in the order they were complete. */
  delivered: Delivered[];
  /** Frames that the connection sent, in short. */
  sent: string[];
  /** How it ended, if it did before the peer went. */
  info: CloseInfo | undefined;
}

interface Way {
  chunks: readonly Uint8Array[];
  triggerOnStart?: boolean;
}

async function receive(vector: Vector, { chunks, triggerOnStart = false }: Way): Promise<Result> {
  const isClient = vector.direction === 's2c';
  const { streams, deflate } = vector.negotiated;
  const { MaxPayloadSize } = isClient ? vector.config.client : vector.config.server;
  const privateMask = privateMaskOf(vector);
  const transport = new PeerTransport();
  const connection = connectToGo(
    transport,
    isClient,
    { streams: streams ?? undefined, deflate },
    {
      triggerOnStart,
      pacing: false,
      ...(privateMask === undefined ? {} : { privateMask }),
      ...(MaxPayloadSize === undefined ? {} : { maxPayloadSize: MaxPayloadSize }),
    },
  );
  const written = new FrameReader(privateMask === undefined ? {} : { privateMask });
  transport.onWrite = (bytes) => written.push(bytes);
  const delivered: Delivered[] = [];
  const take = async (message: Message): Promise<void> => {
    const isWhole = await message.completed().then(
      () => true,
      () => false,
    );
    if (isWhole) delivered.push(summary(message.type, message.read()));
  };
  for (const type of [1, 2, ...CUSTOM_TYPES]) connection.onMessage(type, take);
  let info: CloseInfo | undefined;
  const over = connection.start().then((ended) => {
    info = ended;
  });
  for (const chunk of chunks) transport.deliver(chunk);
  await turns(2);
  const early = info ?? (written.frames.some(({ opcode }) => opcode === 8) ? 'closing' : undefined);
  transport.close();
  await over;
  return { delivered, sent: written.frames.map(brief), info: early === undefined ? undefined : info };
}

/** The messages that the frames of a vector make, by the rules of a reader that does it right. */
function messagesOf({ frames }: Vector): Delivered[] {
  const open = new Map<number, { type: number; parts: Uint8Array[] }>();
  const messages: Delivered[] = [];
  for (const frame of frames) {
    const { opcode, fin, streamId = 0, cancel = false } = frame;
    if (opcode >= 8 && opcode <= 10) continue;
    if (opcode > 10) {
      messages.push(summary(opcode, contentOf(frame)!));
      continue;
    }
    const message = open.get(streamId) ?? { type: opcode, parts: [] };
    message.parts.push(contentOf(frame)!);
    open.set(streamId, message);
    if (!fin && !cancel) continue;
    open.delete(streamId);
    if (!cancel) messages.push(summary(message.type, concat(message.parts)));
  }
  return messages;
}

function wiresOf(vector: Vector): Uint8Array[] {
  return vector.frames.map((frame) => wireOf(frame, privateMaskOf(vector)));
}

function* waysOf(wires: readonly Uint8Array[]): Generator<[string, Uint8Array[]]> {
  const whole = concat(wires);
  yield ['in one piece', [whole]];
  yield ['frame by frame', [...wires]];
  if (whole.length < 20_000) yield ['byte by byte', cut(whole, 1)];
  yield ['in sevens', cut(whole, 7)];
  if (whole.length > 60) return;
  for (let at = 1; at < whole.length; at++) yield [`cut at ${at}`, [whole.subarray(0, at), whole.subarray(at)]];
}

/** Captured frames that are against the rules, whoever sent them. */
const REFUSED: Record<string, { delivered: number; code: number; why: string }> = {
  'control/c2s-ping-200-oversize': { delivered: 0, code: 1002, why: 'a ping of 200 bytes' },
  'streams/c2s-id-32768': { delivered: 1, code: 1002, why: 'the 32768th id is stream 0, cancelled' },
  'fragments/c2s-reader-fails': { delivered: 0, code: 1002, why: 'a text before the end of a binary message' },
};

const captured = vectors.filter(({ id }) => !id.startsWith('receive/'));
const readable = captured.filter(({ id }) => REFUSED[id] === undefined);

test('152 vectors, of which 3 have frames against the rules', () => {
  expect(captured).toHaveLength(152);
  expect(readable).toHaveLength(149);
});

describe('what a Go endpoint sent is read', () => {
  test.each(readable.map((vector) => [vector.id, vector] as const))('%s', async (_, vector) => {
    const expected = messagesOf(vector);
    const failed = vector.outcome?.delivered?.some(({ error }) => error !== undefined);
    // A Go endpoint could not always read it; where it could, it read the same.
    const outcome = vector.outcome?.delivered;
    if (outcome !== undefined && failed !== true) expect(sorted(outcome)).toEqual(sorted(expected));
    const [close] = vector.frames.filter(({ opcode }) => opcode === 8);
    for (const [how, chunks] of waysOf(wiresOf(vector))) {
      for (const triggerOnStart of [false, true]) {
        const { delivered, sent, info } = await receive(vector, { chunks, triggerOnStart });
        expect(sorted(delivered), how).toEqual(sorted(expected));
        expect(sent, how).toEqual(answersTo(vector.frames));
        if (close === undefined) expect(info, how).toBeUndefined();
        else expect(info, how).toEqual({ ...codeOf(close), wasClean: true });
      }
    }
  });

  function answersTo(frames: readonly VectorFrame[]): string[] {
    const answered = frames.filter(({ opcode }) => opcode === 8 || opcode === 9);
    return answered.map((frame) => {
      return brief({ fin: true, opcode: frame.opcode === 9 ? 10 : 8, payload: contentOf(frame)! });
    });
  }

  function codeOf(frame: VectorFrame): { code: number; reason: string } {
    const payload = Buffer.from(contentOf(frame)!);
    return { code: payload.readUInt16BE(), reason: textOf(payload.subarray(2)) };
  }

  test.each(Object.entries(REFUSED))('%s is refused', async (id, { delivered, code }) => {
    const vector = captured.find((each) => each.id === id)!;
    for (const [how, chunks] of waysOf(wiresOf(vector))) {
      const result = await receive(vector, { chunks });
      expect(result.delivered, how).toHaveLength(delivered);
      expect(result.info, how).toMatchObject({ code, wasClean: false });
      expect(result.sent.at(-1)?.slice(0, 2), how).toBe('8 ');
    }
  });

  propertyTest(
    'however it is cut',
    150,
    fc.asyncProperty(
      fc.constantFrom(...readable),
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      async (vector, sizes, triggerOnStart) => {
        const whole = concat(wiresOf(vector));
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < whole.length; i++) {
          const size = sizes[i % sizes.length]!;
          chunks.push(whole.slice(at, at + size));
          at += size;
        }
        const { delivered } = await receive(vector, { chunks, triggerOnStart });
        expect(sorted(delivered)).toEqual(sorted(messagesOf(vector)));
      },
    ),
  );
});

test('a Go endpoint has more streams open at once than were agreed on, if it counts further', async () => {
  const transport = new PeerTransport();
  const connection = connectToGo(transport, true, { streams: 2 });
  const texts: string[] = [];
  connection.onMessage(1, (message) => texts.push(message.text()));
  const over = connection.start();
  for (const streamId of [1, 2, 3, 4]) transport.deliver(frame(1, 'to ', { streamId, fin: false }));
  for (const streamId of [4, 3, 2, 1]) transport.deliver(frame(1, `${streamId}`, { streamId }));
  await turns(2);
  expect(texts).toEqual(['to 4', 'to 3', 'to 2', 'to 1']);
  transport.close();
  await over;
});

describe('what raw frames do, where that differs from what they do to a Go endpoint', () => {
  const raw = vectors.filter(({ id }) => id.startsWith('receive/'));
  const hello = (text: string, type = 1): Delivered => summary(type, Buffer.from(text));
  const outcomeOf = (id: string): Delivered => raw.find((each) => each.id === `receive/${id}`)!.outcome!.delivered![0]!;

  const OTHERWISE: Record<string, { code?: number; delivered?: number; why: string }> = {
    'rfc-continuation': { delivered: 1, why: 'a continuation frame is one' },
    'type-differs': { code: 1002, why: 'no message begins within another' },
    interrupted: { code: 1002, why: 'no message begins within another' },
    'frame-5121': { delivered: 1, why: 'maxPayloadSize is the limit' },
    'max-payload': { code: 1009, why: 'the Close says why' },
    'ping-126': { code: 1002, why: 'RFC 6455 §5.5; there it is 1009' },
    'non-minimal-16': { code: 1002, why: 'RFC 6455 §5.2' },
    'non-minimal-64': { code: 1002, why: 'RFC 6455 §5.2' },
    'invalid-utf8': { code: 1007, why: 'RFC 6455 §8.1' },
    'close-999': { code: 1002, why: 'RFC 6455 §7.4.2' },
    'close-1-byte': { code: 1002, why: 'RFC 6455 §5.5.1' },
    'header-split': { delivered: 1, why: 'bytes may come as they like' },
    'mask-split': { delivered: 1, why: 'bytes may come as they like' },
    'stream-id-0': { code: 1002, why: 'the Close says why' },
    'stream-plain-frame': { code: 1002, why: 'no Go endpoint sends it' },
    'stream-cancel': { delivered: 1, why: 'a cancel leaves nothing behind' },
    'stream-cancel-fin': { delivered: 1, why: 'a cancel leaves nothing behind' },
    'deflate-cut-rsv1-all': { code: 1007, why: 'RSV1 on all frames says that each is deflated by itself' },
    'deflate-per-fragment': { delivered: 1, why: 'each fragment is inflated' },
    'deflate-per-fragment-tails': { code: 1007, why: 'the tails are left out by those that RSV1 is on all frames of' },
    'deflate-empty': { code: 1007, why: 'it does not inflate' },
    'deflate-corrupt': { code: 1007, why: 'the Close says why' },
  };
  /** What the delivered messages are where the Go endpoint got others. */
  const CONTENT: Record<string, Delivered> = {
    'rfc-continuation': outcomeOf('repeat-opcode'),
    'header-split': hello('hello'),
    'mask-split': hello('hello'),
    'stream-cancel': hello('new', 2),
    'stream-cancel-fin': hello('new', 2),
    'deflate-per-fragment': outcomeOf('deflate-single'),
  };

  test.each(raw.map((vector) => [vector.id.slice('receive/'.length), vector] as const))('%s', async (id, vector) => {
    const other = OTHERWISE[id];
    for (const [how, chunks] of waysOf(wiresOf(vector))) {
      const { delivered, info } = await receive(vector, { chunks });
      if (other === undefined) {
        expect(sorted(delivered), how).toEqual(sorted(vector.outcome!.delivered!));
        expect(info?.code, how).toBe(vector.outcome!.close?.code);
      } else {
        expect({ code: info?.code, delivered: delivered.length }, how).toEqual({
          code: other.code,
          delivered: other.delivered ?? 0,
        });
        if (CONTENT[id] !== undefined) expect(delivered, how).toEqual([CONTENT[id]]);
      }
    }
  });
});
