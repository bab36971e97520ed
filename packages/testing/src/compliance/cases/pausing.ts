import { bytesOf, isEqual, pattern, textOf } from '../../bytes.js';
import { inNextTurn, turns } from '../../turns.js';
import { CLAUSE, type TransportCase } from '../transport-case.js';
import { must, mustBe } from '../trial.js';

const MIB = 1024 * 1024;
const PIECE = 64 * 1024;

/** `pause` and `resume`. */
export const pausing: readonly TransportCase[] = [
  {
    name: 'paused before the start',
    expected: 'paused before it starts: nothing comes before `resume`',
    proves: CLAUSE.paused,
    async run({ left, right }) {
      right.transport.pause();
      left.start();
      right.start();
      left.transport.write([bytesOf('held back')]);
      // The other direction goes on, and shows that time has passed.
      right.transport.write([bytesOf('hello')]);
      await left.received(5);
      await turns(10);
      mustBe(right.sink.length, 0, 'bytes received while paused');
      right.transport.resume();
      await right.received(9);
      mustBe(textOf(right.sink.bytes), 'held back', 'what arrived');
    },
  },
  {
    name: 'paused by the reader',
    expected: 'paused by the receiver of a chunk: the rest is held back until `resume`',
    proves: CLAUSE.paused,
    async run({ left, right }) {
      left.start();
      right.start();
      const content = pattern(4 * MIB, 3);
      right.sink.onChunk = () => right.transport.pause();
      const allWritten = left.writeAll(content, PIECE);
      // If the case fails before this promise is awaited, its rejection must not go unhandled.
      allWritten.catch(() => {});
      await right.sink.until((sink) => sink.length > 0, 'the first chunk');
      right.transport.write([bytesOf('hello')]);
      await left.received(5);
      await turns(10);
      must(right.sink.length < MIB, `${right.sink.length} bytes came while paused`);
      right.sink.onChunk = () => {};
      right.transport.resume();
      await allWritten;
      await right.received(content.length);
      must(isEqual(right.sink.bytes, content), 'other bytes than were written arrived');
    },
  },
  {
    name: 'paused again and again',
    expected: '`pause` and `resume` may be called any number of times, at any chunk',
    proves: CLAUSE.resumed,
    async run({ left, right }) {
      left.start();
      right.start();
      const content = pattern(2 * MIB, 4);
      right.sink.onChunk = () => {
        right.transport.pause();
        right.transport.pause();
        // Calls are not counted: one `resume` ends both pauses, and a second one does no harm.
        inNextTurn(() => {
          right.transport.resume();
          if (right.sink.chunks.length % 2 === 0) right.transport.resume();
        });
      };
      await left.writeAll(content, 10_000);
      await right.received(content.length);
      must(isEqual(right.sink.bytes, content), 'other bytes than were written arrived');
    },
  },
  {
    name: 'end behind paused data',
    expected: '`onEnd` waits for a paused reader to take the data before it',
    proves: CLAUSE.endTold,
    async run({ left, right }) {
      right.transport.pause();
      left.start();
      right.start();
      left.transport.write([bytesOf('last words')]);
      left.transport.end();
      right.transport.write([bytesOf('hello')]);
      await left.received(5);
      await turns(5);
      mustBe(right.sink.hasEnded, false, 'onEnd while paused');
      right.transport.resume();
      await right.ended();
      mustBe(textOf(right.sink.bytes), 'last words', 'what arrived');
    },
  },
];
