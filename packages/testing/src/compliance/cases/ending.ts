import { bytesOf, isEqual, pattern, textOf } from '../../bytes.js';
import { turns } from '../../turns.js';
import { CLAUSE, type TransportCase } from '../transport-case.js';
import { must, mustBe } from '../trial.js';

const MIB = 1024 * 1024;

/** `end` and `onEnd`. */
export const ending: readonly TransportCase[] = [
  {
    name: 'end behind data',
    expected: '`end` follows all that was written, also what is not passed on yet',
    proves: CLAUSE.ended,
    async run({ left, right }) {
      left.start();
      right.start();
      const content = pattern(8 * MIB, 5);
      left.transport.write([content]);
      left.transport.end();
      await right.ended();
      mustBe(right.sink.length, content.length, 'bytes received');
      must(isEqual(right.sink.bytes, content), 'other bytes than were written arrived');
    },
  },
  {
    name: 'half open',
    expected: 'a side that has ended still receives what is under way',
    proves: CLAUSE.ended,
    async run({ left, right }) {
      left.start();
      right.start();
      right.transport.write([bytesOf('under way')]);
      left.transport.end();
      await left.received(9);
      await right.ended();
      mustBe(textOf(left.sink.bytes), 'under way', 'what arrived');
    },
  },
  {
    name: 'both ended',
    expected: 'both sides ended: both are told the end, then that it is gone, without an error',
    proves: CLAUSE.goneTold,
    async run({ left, right }) {
      left.start();
      right.start();
      left.transport.end();
      right.transport.end();
      for (const side of [left, right]) {
        await side.closed();
        mustBe(side.sink.hasEnded, true, 'onEnd before onClose');
        mustBe(side.sink.error, undefined, 'error of onClose');
      }
    },
  },
  {
    name: 'both ended, data under way',
    expected: 'both sides ended, data still under way: it arrives before all is over',
    proves: CLAUSE.ended,
    async run({ left, right }) {
      left.start();
      right.start();
      right.transport.pause();
      const content = pattern(8 * MIB, 10);
      left.transport.write([content]);
      left.transport.end();
      right.transport.end();
      await turns(5);
      right.transport.resume();
      await right.closed();
      await left.closed();
      mustBe(right.sink.length, content.length, 'bytes received');
    },
  },
  {
    name: 'end answered',
    expected: 'one side answers the end with its own: both are gone without an error',
    proves: CLAUSE.goneTold,
    async run({ left, right }) {
      left.start();
      right.start();
      left.transport.end();
      await right.ended();
      right.transport.end();
      for (const side of [left, right]) {
        await side.closed();
        mustBe(side.sink.error, undefined, 'error of onClose');
      }
    },
  },
  {
    name: 'calls after the end',
    expected: 'everything may be called after `end`: nothing more arrives',
    proves: CLAUSE.endTold,
    async run({ left, right }) {
      left.start();
      right.start();
      left.transport.write([bytesOf('all')]);
      left.transport.end();
      mustBe(left.transport.write([bytesOf(' and nothing else')]), true, '`write` after `end`');
      left.transport.end();
      left.transport.pause();
      left.transport.resume();
      await right.ended();
      mustBe(textOf(right.sink.bytes), 'all', 'what arrived');
    },
  },
];
