import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import { ClosedError } from '../../src/protocol/contract/errors.js';
import { MessageType } from '../../src/status.js';
import { pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { connectToGo } from './connecting.js';
import { GoPeer } from './go-peer.js';
import { type Delivered, sorted, summary } from './vectors.js';

// However a connection to a Go endpoint, as modelled, ends: what was dispatched was sent, or is said not to have been.

const Ending = {
  /** The Go endpoint closes, and reads until our Close comes. */
  Theirs: 'theirs',
  Ours: 'ours',
  Both: 'both',
  /** The Go endpoint is gone. */
  Gone: 'gone',
  ClosedAndGone: 'closed and gone',
  OursAndGone: 'ours and gone',
  /** The Go endpoint sends what nobody here has a handler for. */
  Fault: 'fault',
} as const;
type Ending = (typeof Ending)[keyof typeof Ending];

interface World {
  isClient: boolean;
  streams: number | undefined;
  deflate: boolean;
  privateMask: Uint8Array | undefined;
  pacing: number | false | undefined;
  cannotRead: boolean;
  delays: number[];
  /** The Go endpoint may not write for a while. */
  isMoody: boolean;
}

type Step =
  | { do: 'dispatch'; type: number; length: number; isRandom: boolean }
  | { do: 'reader'; type: number; length: number }
  | { do: 'ping' }
  | { do: 'their ping' }
  | { do: 'mute' }
  | { do: 'wait'; turns: number };

const worlds = fc.record({
  isClient: fc.boolean(),
  streams: fc.option(fc.constantFrom(1, 2, 40, 32_767), { nil: undefined }),
  deflate: fc.boolean(),
  privateMask: fc.option(fc.constantFrom(pattern(4), pattern(24, 3)), { nil: undefined }),
  pacing: fc.constantFrom(undefined, 512, 1200, 4096, false as const),
  cannotRead: fc.boolean(),
  delays: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
  isMoody: fc.boolean(),
});
const length = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(125, 126, 4095, 4096, 4097, 8192),
  fc.integer({ min: 0, max: 20_000 }),
);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('dispatch' as const), type: fc.nat(6), length, isRandom: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reader' as const), type: fc.nat(6), length }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('ping' as const, 'their ping' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('mute' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.nat(4) }) },
  ),
  { maxLength: 14 },
);

function contentOf(size: number, isRandom: boolean, seed: number): Uint8Array {
  if (!isRandom) return Buffer.from(`${seed} go on `.repeat(size / 7 + 1).slice(0, size));
  return pattern(size, seed + 1).map((byte) => 0x20 + (byte % 0x5f));
}

async function run(world: World, script: readonly Step[], ending: Ending) {
  const { isClient, streams, deflate, privateMask, pacing, cannotRead, delays, isMoody } = world;
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
      timeout: { pong: 3, close: 60_000 },
      ...(pacing === undefined ? {} : { pacing }),
      ...(streams === undefined ? {} : { maxStreams: streams }),
      ...(privateMask === undefined ? {} : { privateMask }),
    },
  );
  const over = connection.start();
  peer.send(MessageType.Ping, new Uint8Array(0));
  const dispatched: Delivered[] = [];
  const readers: Promise<void>[] = [];
  for (const [seed, step] of script.entries()) {
    if (step.do === 'wait') await turns(step.turns);
    if (step.do === 'ping') connection.ping('x');
    if (step.do === 'their ping') peer.send(MessageType.Ping, new Uint8Array(0));
    if (step.do === 'mute' && isMoody) {
      peer.isMute = true;
      void sleep(5).then(() => {
        peer.isMute = false;
      });
    }
    if (step.do === 'dispatch') {
      const bytes = contentOf(step.length, step.isRandom, seed);
      connection.dispatch(1 + step.type, bytes);
      dispatched.push(summary(1 + step.type, bytes));
    }
    if (step.do === 'reader') {
      const bytes = contentOf(step.length, false, seed);
      const sent = connection.dispatchReader(1 + step.type, [bytes.slice(0, 5000), bytes.slice(5000)]);
      const done = (): void => void dispatched.push(summary(1 + step.type, bytes));
      readers.push(
        sent.then(done, (error: unknown) => {
          expect(error).toBeInstanceOf(ClosedError);
        }),
      );
    }
  }
  if (ending === Ending.Ours || ending === Ending.Both || ending === Ending.OursAndGone) connection.close(3000, 'bye');
  const bye = Uint8Array.of(0x0f, 0xa0, 0x21);
  if (ending === Ending.Theirs || ending === Ending.Both || ending === Ending.ClosedAndGone) peer.leave(bye);
  if (ending === Ending.Gone || ending === Ending.ClosedAndGone || ending === Ending.OursAndGone) {
    peer.transport.close();
  }
  if (ending === Ending.Fault) peer.send(5, new Uint8Array(0));
  const info = await over;
  await Promise.all(readers);
  return { peer, info, dispatched, hasReaders: readers.length > 0 };
}

propertyTest(
  'what was dispatched was sent, or is said not to have been',
  100,
  fc.asyncProperty(worlds, steps, fc.constantFrom(...Object.values(Ending)), async (world, script, ending) => {
    const { peer, info, dispatched, hasReaders } = await run(world, script, ending);
    const { frames, receiver } = peer;
    const written = frames.filter(({ opcode, fin, cancel }) => opcode > 0 && opcode < 8 && fin && !cancel).length;
    expect(written + (info.unsent?.messages ?? 0) - (info.unsent?.mayBeSent ?? 0)).toBe(dispatched.length);
    const closes = frames.filter(({ opcode }) => opcode === 8).length;
    expect(closes).toBeLessThanOrEqual(1);
    if (ending === Ending.Gone) {
      expect(info).toMatchObject({ code: 1006, wasClean: false, error: { code: 'GO_PEER_LEFT' } });
      return;
    }
    // A Close that nobody wrote was no answer, and none was an answer to it.
    if (info.wasClean) expect(closes).toBe(1);
    if (ending === Ending.OursAndGone || ending === Ending.ClosedAndGone) return;
    expect(info.wasClean).toBe(ending !== Ending.Fault);
    expect(receiver.ended).toBe('nil');
    expect(receiver.unread).toBe(0);
    expect(peer.mostUnread).toBeLessThanOrEqual(world.pacing === false ? 4104 : (world.pacing ?? 5120));
    expect(info.code).toBe(ending === Ending.Ours ? 3000 : ending === Ending.Fault ? 1002 : 4000);
    // What queued then, and was not in a frame, is dropped.
    if (ending === Ending.Fault) return;
    // A reader that is in the middle of its message may keep back all that comes after it.
    if (hasReaders) return;
    expect(info.unsent).toBeUndefined();
    const delivered = receiver.delivered.map(({ type, payload }) => summary(type, payload));
    expect(sorted(delivered)).toEqual(sorted(dispatched));
  }),
);
