import { Rsv } from '@webson/frame';
import fc from 'fast-check';
import { expect } from 'vitest';
import { MessageType } from '../../src/status.js';
import { pattern, type WireFrame } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { connectToGo } from './connecting.js';
import { GoPeer } from './go-peer.js';
import { type Delivered, sorted, summary } from './vectors.js';

// Whatever is sent with `dialect: 'go'`, a Go endpoint, as modelled, stays and gets just that.

/** The largest frame: 4096 bytes of payload, the stream header with them, and a masked header. */
const FRAME_LENGTH = 4096 + 8;

interface World {
  /** Ours. */
  isClient: boolean;
  streams: number | undefined;
  deflate: boolean;
  privateMask: Uint8Array | undefined;
  /** False: every write is passed on before the next, and nothing is paced. */
  pacing: number | false | undefined;
  cannotRead: boolean;
  /** When the Go endpoint gets to read. */
  delays: number[];
}

interface Content {
  length: number;
  isRandom: boolean;
}

type Step =
  | ({ do: 'dispatch'; type: number } & Content)
  | { do: 'control'; type: number; length: number }
  | ({ do: 'reader'; type: number; pieces: number[]; isFailing: boolean; pause: number } & Content)
  | { do: 'ping'; payload: Uint8Array }
  | { do: 'their ping'; payload: Uint8Array }
  | { do: 'wait'; turns: number };

const lengths = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(125, 126, 4093, 4094, 4095, 4096, 4097, 5120, 5121, 8192, 65_535, 65_536),
  fc.integer({ min: 0, max: 30_000 }),
);
const content = { length: lengths, isRandom: fc.boolean() };
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('dispatch' as const), type: fc.nat(6), ...content }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('reader' as const),
        type: fc.nat(6),
        ...content,
        pieces: fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }),
        isFailing: fc.boolean(),
        pause: fc.nat(2),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('control' as const), type: fc.nat(4), length: fc.nat(125) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('ping' as const), payload: fc.uint8Array({ maxLength: 125 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('their ping' as const), payload: fc.uint8Array({ maxLength: 4 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.nat(4) }) },
  ),
  { maxLength: 25 },
);
const worlds = fc.record({
  isClient: fc.boolean(),
  streams: fc.option(fc.constantFrom(1, 2, 3, 40, 32_767), { nil: undefined }),
  deflate: fc.boolean(),
  privateMask: fc.option(fc.constantFrom(pattern(4), pattern(8, 2), pattern(24, 3)), { nil: undefined }),
  pacing: fc.constantFrom(undefined, 512, 1200, 1460, 4096, false as const),
  cannotRead: fc.boolean(),
  delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
});

/** Text of `length` bytes, in which every byte is worth as much as it can be, or little. */
function contentOf({ length, isRandom }: Content, seed: number): Uint8Array {
  if (!isRandom) return Buffer.from(`${seed} go on `.repeat(length / 7 + 1).slice(0, length));
  return pattern(length, seed + 1).map((byte) => 0x20 + (byte % 0x5f));
}

async function* piecesOf(bytes: Uint8Array, { pieces, isFailing, pause }: Step & { do: 'reader' }) {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    if (pause > 0) await turns(pause);
    const size = pieces[i % pieces.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
  if (isFailing) throw new Error('the source fails');
}

/** Does the steps, ends the connection, and tells what should and what did arrive. */
async function run(world: World, script: readonly Step[]) {
  const { isClient, streams, deflate, privateMask, pacing, cannotRead, delays } = world;
  const peer = new GoPeer(
    { isServer: isClient, streams: streams !== undefined, deflate, privateMask, cannotRead },
    pacing === false,
    delays,
  );
  const connection = connectToGo(
    peer.transport,
    isClient,
    { streams, deflate },
    {
      ...(pacing === undefined ? {} : { pacing }),
      ...(streams === undefined ? {} : { maxStreams: streams }),
      ...(privateMask === undefined ? {} : { privateMask }),
    },
  );
  const over = connection.start();
  // A Go endpoint pings when it starts: a server need not ask whether it does.
  peer.send(MessageType.Ping, new Uint8Array(0));
  const expected: Delivered[] = [];
  const readers: Promise<void>[] = [];
  // A stream whose message was given up is lost, and the last is not given up.
  let failures = (streams ?? 1) - 1;
  for (const [seed, step] of script.entries()) {
    if (step.do === 'wait') await turns(step.turns);
    if (step.do === 'ping') connection.ping(step.payload);
    if (step.do === 'their ping') peer.send(MessageType.Ping, step.payload);
    if (step.do === 'control') {
      const bytes = pattern(step.length, seed);
      connection.dispatch(11 + step.type, bytes);
      expected.push(summary(11 + step.type, bytes));
    }
    if (step.do === 'dispatch') {
      const bytes = contentOf(step, seed);
      connection.dispatch(1 + step.type, bytes);
      expected.push(summary(1 + step.type, bytes));
    }
    if (step.do === 'reader') {
      const bytes = contentOf(step, seed);
      const isFailing = step.isFailing && failures-- > 0;
      const sent = connection.dispatchReader(1 + step.type, piecesOf(bytes, { ...step, isFailing }));
      if (!isFailing) expected.push(summary(1 + step.type, bytes));
      readers.push(isFailing ? expect(sent).rejects.toThrow('the source fails') : sent);
    }
  }
  await Promise.all(readers);
  connection.close(3000, 'bye');
  const info = await over;
  return { peer, info, expected };
}

propertyTest(
  'a Go endpoint gets what is sent',
  250,
  fc.asyncProperty(worlds, steps, async (world, script) => {
    const { peer, info, expected } = await run(world, script);
    const { receiver } = peer;
    expect(receiver.ended).toBe('nil');
    expect(faultsOf(peer.frames)).toEqual([]);
    expect(receiver.replies.filter(({ opcode }) => opcode === 8)).toEqual([]);
    // Nothing follows the Close.
    expect(receiver.unread).toBe(0);
    expect(Buffer.from(receiver.closeReceived!).toString('hex')).toBe('0bb8627965');
    expect(info).toEqual({ code: 3000, reason: '', wasClean: true });
    expect(receiver.delivered.filter(({ isCorrupt }) => isCorrupt)).toEqual([]);
    const delivered = receiver.delivered.map(({ type, payload }) => summary(type, payload));
    expect(sorted(delivered)).toEqual(sorted(expected));
    // Without streams one message follows the other.
    if (world.streams === undefined) expect(typesOf(delivered)).toEqual(typesOf(expected));
    expect(peer.mostUnread).toBeLessThanOrEqual(world.pacing === false ? FRAME_LENGTH : (world.pacing ?? 5120));
  }),
);

/** What is wrong with the frames, by the letter of how a Go endpoint is written to. */
function faultsOf(frames: readonly WireFrame[]): string[] {
  const open = new Map<number, number>();
  const faults: string[] = [];
  for (const { opcode, fin, rsv, streamId, cancel, payload } of frames) {
    if (opcode >= 8) continue;
    const first = open.get(streamId);
    if (payload.length + (streamId === 0 ? 0 : 2) > 4096) faults.push(`a frame of ${payload.length} bytes`);
    if (first !== undefined && opcode !== first) faults.push(`${opcode} in a message of type ${first}`);
    if (first !== undefined && (rsv & Rsv.Rsv1) !== 0) faults.push('RSV1 on a later frame');
    if (cancel && (fin || payload.length > 0)) faults.push('a cancel that ends a message, or has a payload');
    if (fin) open.delete(streamId);
    // Never to be used again.
    else open.set(streamId, cancel ? -1 : opcode);
  }
  return faults;
}

/** The order of data messages: control frames may go between. */
function typesOf(messages: readonly Delivered[]): Delivered[] {
  return messages.filter(({ type }) => type < 8);
}
