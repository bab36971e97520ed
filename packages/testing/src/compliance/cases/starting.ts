import { bytesOf, textOf } from '../../bytes.js';
import { turns } from '../../turns.js';
import { CLAUSE, type TransportCase } from '../transport-case.js';
import { mustBe } from '../trial.js';

/** `start` and `watch`. */
export const starting: readonly TransportCase[] = [
  {
    name: 'before the start',
    expected: 'what was written before the other side started is told when it starts',
    proves: CLAUSE.started,
    async run({ left, right }) {
      left.start();
      left.transport.write([bytesOf('early')]);
      left.transport.end();
      await turns(3);
      right.start();
      await right.ended();
      mustBe(textOf(right.sink.bytes), 'early', 'what arrived');
    },
  },
  {
    name: 'watched',
    expected: 'who watches sees what comes before `start`, and `start` tells all of it once more, and nobody else',
    proves: CLAUSE.watched,
    async run({ left, right }) {
      if (right.transport.watch === undefined) return 'absent';
      const watcher = right.otherSink();
      right.transport.watch(watcher);
      left.start();
      left.transport.write([bytesOf('early, ')]);
      await watcher.until(({ length }) => length >= 7, 'what is read ahead');
      right.start();
      left.transport.write([bytesOf('late')]);
      left.transport.end();
      await right.ended();
      mustBe(textOf(right.sink.bytes), 'early, late', 'what was told after the start');
      mustBe(textOf(watcher.bytes), 'early, ', 'what the watcher was told');
      mustBe(watcher.hasEnded, false, 'onEnd told to the watcher after the start');
      return;
    },
  },
  {
    name: 'left while watched',
    expected: 'who watches sees the peer leave, and `start` tells that once more',
    proves: CLAUSE.watched,
    async run({ left, right }) {
      if (right.transport.watch === undefined) return 'absent';
      const watcher = right.otherSink();
      right.transport.watch(watcher);
      left.start();
      left.transport.end();
      await watcher.until(({ hasEnded }) => hasEnded, 'onEnd');
      right.start();
      await right.ended();
      return;
    },
  },
];
