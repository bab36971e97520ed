import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Transport } from '../../src/transport.js';
import { bytesOf, pattern, textOf } from './frames.js';
import { propertyTest } from './property.js';
import { RecordingSink } from './recording-sink.js';
import { turns } from './turns.js';

/** Two transports that are connected: what is written to one is read from the other. Neither is started. */
export interface ConnectedPair {
  left: Transport;
  right: Transport;
  /** Frees what the pair needed beside the transports themselves, such as a listening server. */
  dispose?(): unknown;
}

/** One side of a pair, started. */
interface Side {
  transport: Transport;
  sink: RecordingSink;
}

const MIB = 1024 * 1024;
const PIECE = 64 * 1024;
/** More than the buffers of any transport hold. */
const FLOOD = 64 * MIB;

/**
 * What every `Transport` must do, as tests: order, `write` and `onDrain`, `pause` and `resume`, `end`, `destroy`, and
 * the order of the events.
 *
 * Call it at the top level of a test file, once for each kind of transport:
 *
 * ```ts
 * transportCompliance('TCP', async () => {
 *   const [left, right] = await connectedSockets();
 *   return { left: new SocketTransport(left), right: new SocketTransport(right), dispose: () => server.close() };
 * });
 * ```
 *
 * The factory is called once for each test, and often for the properties. It need not close the transports: they are
 * destroyed after each test, and `dispose` is awaited when both are gone. The two sides need not be of one kind, but
 * run both ways round what is not: not every test is symmetric.
 */
export function transportCompliance(name: string, createPair: () => ConnectedPair | Promise<ConnectedPair>): void {
  describe(`transport compliance: ${name}`, () => {
    let pair: ConnectedPair;
    let left: Side;
    let right: Side;
    let started: Set<Side>;

    async function open(): Promise<void> {
      pair = await createPair();
      left = { transport: pair.left, sink: new RecordingSink() };
      right = { transport: pair.right, sink: new RecordingSink() };
      started = new Set();
    }

    async function close(): Promise<void> {
      for (const side of [left, right]) {
        start(side);
        side.transport.destroy();
        await side.sink.until((sink) => sink.hasClosed);
      }
      await turns(2);
      expect(left.sink.violations).toEqual([]);
      expect(right.sink.violations).toEqual([]);
      await pair.dispose?.();
    }

    function start(...sides: Side[]): void {
      for (const side of sides) {
        if (!started.has(side)) side.transport.start(side.sink);
        started.add(side);
      }
    }

    describe('one pair for each test', () => {
      beforeEach(open);
      afterEach(close);

      test('bytes arrive, in both directions', async () => {
        start(left, right);
        left.transport.write([bytesOf('to the right')]);
        right.transport.write([bytesOf('to the left')]);
        await right.sink.until((sink) => sink.length === 12);
        await left.sink.until((sink) => sink.length === 11);
        expect(textOf(right.sink.bytes)).toBe('to the right');
        expect(textOf(left.sink.bytes)).toBe('to the left');
      });

      test('the parts of one write arrive in their order', async () => {
        start(left, right);
        await write(left, [bytesOf('one '), bytesOf(''), bytesOf('two '), bytesOf('three')]);
        await write(left, []);
        await write(left, [bytesOf(' four')]);
        await right.sink.until((sink) => sink.length === 18);
        expect(textOf(right.sink.bytes)).toBe('one two three four');
      });

      test('what was written before the other side started is told when it starts', async () => {
        start(left);
        left.transport.write([bytesOf('early')]);
        left.transport.end();
        await turns(3);
        start(right);
        await right.sink.until((sink) => sink.hasEnded);
        expect(textOf(right.sink.bytes)).toBe('early');
      });

      test('whoever receives a chunk that is not lent owns its memory', async () => {
        start(left, right);
        const copies: Uint8Array[] = [];
        right.sink.onChunk = (chunk) => copies.push(chunk.slice());
        const content = pattern(3 * MIB, 1);
        await writeAll(left, content, PIECE);
        await right.sink.until((sink) => sink.length === content.length);
        expect(right.sink.chunks.every((chunk, i) => Buffer.compare(chunk, copies[i]!) === 0)).toBe(true);
      });

      test('the memory is free again when `write` said true, or with `onDrain`', async () => {
        start(left, right);
        // A Buffer, whose `slice` is no copy.
        const memory = Buffer.alloc(PIECE);
        const count = 64;
        for (let i = 0; i < count; i++) {
          memory.fill(i);
          await write(left, [memory]);
          memory.fill(0xff);
        }
        await right.sink.until((sink) => sink.length === count * PIECE);
        const received = right.sink.bytes;
        for (let i = 0; i < count; i++) {
          const piece = received.subarray(i * PIECE, (i + 1) * PIECE);
          expect(piece.every((byte) => byte === i)).toBe(true);
        }
      });

      test('`write` says false when the other side does not read, and `onDrain` comes once when it does', async () => {
        start(left, right);
        right.transport.pause();
        const piece = pattern(PIECE, 2);
        let written = 0;
        // Until one does not pass on within some turns: then the way is full, and not only slow.
        for (;;) {
          const drains = left.sink.drains;
          const isDone = left.transport.write([piece]);
          written += piece.length;
          expect(written).toBeLessThan(FLOOD);
          if (!isDone) {
            await turns(20);
            if (left.sink.drains === drains) break;
          }
        }
        const drains = left.sink.drains;
        right.transport.resume();
        await left.sink.until((sink) => sink.drains > drains);
        await right.sink.until((sink) => sink.length === written);
        await turns(3);
        expect(left.sink.drains).toBe(drains + 1);
        // It takes more after that.
        await write(left, [bytesOf('more')]);
        await right.sink.until((sink) => sink.length === written + 4);
      });

      test('`onDrain` does not come when `write` said true', async () => {
        start(left, right);
        let refusals = 0;
        for (let i = 0; i < 20; i++) {
          if (left.transport.write([bytesOf('few')])) continue;
          refusals++;
          await left.sink.until((sink) => sink.drains === refusals);
        }
        await right.sink.until((sink) => sink.length === 60);
        await turns(3);
        expect(left.sink.drains).toBe(refusals);
      });

      test('paused before it starts: nothing comes before `resume`', async () => {
        right.transport.pause();
        start(left, right);
        left.transport.write([bytesOf('held back')]);
        // The other direction goes on, and shows that time has passed.
        right.transport.write([bytesOf('hello')]);
        await left.sink.until((sink) => sink.length === 5);
        await turns(10);
        expect(right.sink.length).toBe(0);
        right.transport.resume();
        await right.sink.until((sink) => sink.length === 9);
        expect(textOf(right.sink.bytes)).toBe('held back');
      });

      test('paused by the receiver of a chunk: the rest is held back until `resume`', async () => {
        start(left, right);
        const content = pattern(4 * MIB, 3);
        right.sink.onChunk = () => right.transport.pause();
        const allWritten = writeAll(left, content, PIECE);
        await right.sink.until((sink) => sink.length > 0);
        right.transport.write([bytesOf('hello')]);
        await left.sink.until((sink) => sink.length === 5);
        await turns(10);
        expect(right.sink.length).toBeLessThan(MIB);
        right.sink.onChunk = () => {};
        right.transport.resume();
        await allWritten;
        await right.sink.until((sink) => sink.length === content.length);
        expect(Buffer.compare(right.sink.bytes, content)).toBe(0);
      });

      test('`pause` and `resume` may be called any number of times, at any chunk', async () => {
        start(left, right);
        const content = pattern(2 * MIB, 4);
        right.sink.onChunk = () => {
          right.transport.pause();
          right.transport.pause();
          setImmediate(() => {
            right.transport.resume();
            right.transport.resume();
          });
        };
        await writeAll(left, content, 10_000);
        await right.sink.until((sink) => sink.length === content.length);
        expect(Buffer.compare(right.sink.bytes, content)).toBe(0);
      });

      test('`end` follows all that was written, also what is not passed on yet', async () => {
        start(left, right);
        const content = pattern(8 * MIB, 5);
        left.transport.write([content]);
        left.transport.end();
        await right.sink.until((sink) => sink.hasEnded);
        expect(right.sink.length).toBe(content.length);
        expect(Buffer.compare(right.sink.bytes, content)).toBe(0);
      });

      test('`onEnd` waits for a paused reader to take the data before it', async () => {
        right.transport.pause();
        start(left, right);
        left.transport.write([bytesOf('last words')]);
        left.transport.end();
        right.transport.write([bytesOf('hello')]);
        await left.sink.until((sink) => sink.length === 5);
        await turns(5);
        expect(right.sink.hasEnded).toBe(false);
        right.transport.resume();
        await right.sink.until((sink) => sink.hasEnded);
        expect(textOf(right.sink.bytes)).toBe('last words');
      });

      test('a side that has ended still receives what is under way', async () => {
        start(left, right);
        right.transport.write([bytesOf('under way')]);
        left.transport.end();
        await left.sink.until((sink) => sink.length === 9);
        await right.sink.until((sink) => sink.hasEnded);
        expect(textOf(left.sink.bytes)).toBe('under way');
      });

      test('both sides ended: both are told the end, then that it is gone, without an error', async () => {
        start(left, right);
        left.transport.end();
        right.transport.end();
        for (const { sink } of [left, right]) {
          await sink.until(({ hasClosed }) => hasClosed);
          expect(sink.hasEnded).toBe(true);
          expect(sink.error).toBeUndefined();
        }
      });

      test('both sides ended, data still under way: it arrives before all is over', async () => {
        start(left, right);
        right.transport.pause();
        const content = pattern(8 * MIB, 10);
        left.transport.write([content]);
        left.transport.end();
        right.transport.end();
        await turns(5);
        right.transport.resume();
        await right.sink.until((sink) => sink.hasClosed);
        await left.sink.until((sink) => sink.hasClosed);
        expect(right.sink.length).toBe(content.length);
      });

      test('one side answers the end with its own: both are gone without an error', async () => {
        start(left, right);
        left.transport.end();
        await right.sink.until((sink) => sink.hasEnded);
        right.transport.end();
        for (const { sink } of [left, right]) {
          await sink.until(({ hasClosed }) => hasClosed);
          expect(sink.error).toBeUndefined();
        }
      });

      test('`destroy` tells its own side that it is gone, and the other that nothing more comes', async () => {
        start(left, right);
        left.transport.destroy();
        await left.sink.until((sink) => sink.hasClosed);
        expect(left.sink.error).toBeUndefined();
        await right.sink.until((sink) => sink.hasEnded || sink.hasClosed);
      });

      test('`destroy` passes its error on, to its own side alone', async () => {
        start(left, right);
        const error = new Error('enough');
        left.transport.destroy(error);
        await left.sink.until((sink) => sink.hasClosed);
        expect(left.sink.error).toBe(error);
        right.transport.end();
        await right.sink.until((sink) => sink.hasClosed);
        expect(right.sink.error).not.toBe(error);
      });

      test('`destroy` twice, and after the end: gone once', async () => {
        start(left, right);
        const error = new Error('the first');
        left.transport.destroy(error);
        left.transport.destroy(new Error('the second'));
        await left.sink.until((sink) => sink.hasClosed);
        left.transport.destroy(new Error('the third'));
        await turns(3);
        expect(left.sink.error).toBe(error);
      });

      test('`destroy` before `start`: told when it starts', async () => {
        left.transport.destroy();
        await turns(3);
        start(left);
        // Never from within `start`: who starts it is not ready for that.
        expect(left.sink.hasClosed).toBe(false);
        await left.sink.until((sink) => sink.hasClosed);
      });

      test('`destroy` from within `onData`: nothing comes after it', async () => {
        start(left, right);
        let chunks = 0;
        right.sink.onChunk = () => {
          chunks++;
          right.transport.destroy();
        };
        left.transport.write([pattern(MIB, 6)]);
        await right.sink.until((sink) => sink.hasClosed);
        await turns(3);
        expect(chunks).toBe(1);
      });

      test('`destroy` while paused, data waiting', async () => {
        right.transport.pause();
        start(left, right);
        left.transport.write([bytesOf('never seen')]);
        await turns(5);
        right.transport.destroy();
        await right.sink.until((sink) => sink.hasClosed);
        expect(right.sink.length).toBe(0);
      });

      test('the other side is destroyed while this one waits for `onDrain`: `onClose` comes', async () => {
        start(left, right);
        right.transport.pause();
        const piece = pattern(MIB, 7);
        while (left.transport.write([piece])) expect(left.sink.hasClosed).toBe(false);
        right.transport.destroy();
        await left.sink.until((sink) => sink.hasEnded || sink.hasClosed);
        left.transport.destroy();
        await left.sink.until((sink) => sink.hasClosed);
      });

      test('everything may be called after `end`: nothing more arrives', async () => {
        start(left, right);
        left.transport.write([bytesOf('all')]);
        left.transport.end();
        expect(left.transport.write([bytesOf(' and nothing else')])).toBe(true);
        left.transport.end();
        left.transport.pause();
        left.transport.resume();
        await right.sink.until((sink) => sink.hasEnded);
        expect(textOf(right.sink.bytes)).toBe('all');
      });

      test('everything may be called after `destroy`, and after `onClose`: nothing happens', async () => {
        start(left, right);
        left.transport.destroy();
        const callAll = (): void => {
          expect(left.transport.write([bytesOf('nothing')])).toBe(true);
          left.transport.end();
          left.transport.pause();
          left.transport.resume();
          left.transport.destroy();
        };
        callAll();
        await left.sink.until((sink) => sink.hasClosed);
        callAll();
        await right.sink.until((sink) => sink.hasEnded || sink.hasClosed);
        await turns(3);
        expect(right.sink.length).toBe(0);
      });
    });

    const part = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
    );
    const writes = fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 20 });
    propertyTest(
      'however it is cut, what is written is what arrives, both ways at once',
      20,
      fc.asyncProperty(writes, writes, fc.boolean(), async (toRight, toLeft, pauses) => {
        await open();
        start(left, right);
        if (pauses) {
          right.sink.onChunk = () => {
            right.transport.pause();
            setImmediate(() => right.transport.resume());
          };
        }
        const [sentRight, sentLeft] = await Promise.all([writeCut(left, toRight, 8), writeCut(right, toLeft, 9)]);
        left.transport.end();
        right.transport.end();
        await right.sink.until((sink) => sink.hasClosed);
        await left.sink.until((sink) => sink.hasClosed);
        expect(Buffer.compare(right.sink.bytes, sentRight)).toBe(0);
        expect(Buffer.compare(left.sink.bytes, sentLeft)).toBe(0);
        await close();
      }),
    );
  });
}

/** Writes, and waits until the transport takes more. */
async function write(side: Side, parts: readonly Uint8Array[]): Promise<void> {
  const { drains } = side.sink;
  if (!side.transport.write(parts)) await side.sink.until((sink) => sink.drains > drains);
}

async function writeAll(side: Side, content: Uint8Array, pieceLength: number): Promise<void> {
  for (let at = 0; at < content.length; at += pieceLength) {
    await write(side, [content.subarray(at, at + pieceLength)]);
  }
}

/** Writes parts of the given lengths; returns all of them in one piece. */
async function writeCut(side: Side, lengths: readonly (readonly number[])[], seed: number): Promise<Uint8Array> {
  const sent: Uint8Array[] = [];
  for (const [i, ofOneWrite] of lengths.entries()) {
    const parts = ofOneWrite.map((length, j) => pattern(length, seed + 31 * i + j));
    sent.push(...parts);
    await write(side, parts);
  }
  return Buffer.concat(sent);
}
