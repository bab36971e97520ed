import { bytesOf, pattern } from '../../bytes.js';
import { turns } from '../../turns.js';
import { CLAUSE, type TransportCase } from '../transport-case.js';
import { must, mustBe } from '../trial.js';

const MIB = 1024 * 1024;

/** `destroy` and `onClose`. */
export const destroying: readonly TransportCase[] = [
  {
    name: 'both learn of it',
    expected: '`destroy` tells its own side that it is gone, and the other that nothing more comes',
    proves: CLAUSE.destroyed,
    async run({ left, right }) {
      left.start();
      right.start();
      left.transport.destroy();
      await left.closed();
      mustBe(left.sink.error, undefined, 'error of onClose');
      await right.over();
    },
  },
  {
    name: 'its own error',
    expected: '`destroy` passes its error on, to its own side alone',
    proves: CLAUSE.goneTold,
    async run({ left, right }) {
      left.start();
      right.start();
      const error = new Error('enough');
      left.transport.destroy(error);
      await left.closed();
      mustBe(left.sink.error, error, 'error of onClose');
      right.transport.end();
      await right.closed();
      must(right.sink.error !== error, 'the other side was told an error that is not its own');
    },
  },
  {
    name: 'gone once',
    expected: '`destroy` twice, and after the end: gone once, with the first error',
    proves: CLAUSE.goneTold,
    async run({ left, right }) {
      left.start();
      right.start();
      const error = new Error('the first');
      left.transport.destroy(error);
      left.transport.destroy(new Error('the second'));
      await left.closed();
      left.transport.destroy(new Error('the third'));
      await turns(3);
      mustBe(left.sink.error, error, 'error of onClose');
    },
  },
  {
    name: 'destroyed before the start',
    expected: '`destroy` before `start`: told when it starts, but not from within `start`',
    proves: CLAUSE.started,
    async run({ left }) {
      left.transport.destroy();
      await turns(3);
      left.start();
      // The caller of `start` is not ready for events before it has returned.
      mustBe(left.sink.hasClosed, false, 'onClose from within `start`');
      await left.closed();
    },
  },
  {
    name: 'destroyed by the reader',
    expected: '`destroy` from within `onData`: nothing comes after it',
    proves: CLAUSE.destroyed,
    async run({ left, right }) {
      left.start();
      right.start();
      let chunks = 0;
      right.sink.onChunk = () => {
        chunks++;
        right.transport.destroy();
      };
      const half = pattern(MIB / 2, 6);
      left.transport.write([half, half]);
      await right.closed();
      await turns(3);
      mustBe(chunks, 1, 'chunks');
    },
  },
  {
    name: 'destroyed while paused',
    expected: '`destroy` while paused, data waiting: it is gone, and the data are not told',
    proves: CLAUSE.destroyed,
    async run({ left, right }) {
      right.transport.pause();
      left.start();
      right.start();
      left.transport.write([bytesOf('never seen')]);
      await turns(5);
      right.transport.destroy();
      await right.closed();
      mustBe(right.sink.length, 0, 'bytes received');
    },
  },
  {
    name: 'destroyed while full',
    expected: 'the other side is destroyed while this one waits for `onDrain`: `onClose` comes',
    proves: CLAUSE.goneTold,
    async run({ left, right }) {
      left.start();
      right.start();
      right.transport.pause();
      const piece = pattern(MIB, 7);
      for (let i = 0; left.transport.write([piece]); i++) {
        must(!left.sink.hasClosed, 'onClose before anything was destroyed');
        must(i < 64, '`write` took 64 MiB that nobody reads');
      }
      right.transport.destroy();
      await left.over();
      left.transport.destroy();
      await left.closed();
    },
  },
  {
    name: 'calls after the destruction',
    expected: 'everything may be called after `destroy`, and after `onClose`: nothing happens',
    proves: CLAUSE.goneTold,
    async run({ left, right }) {
      left.start();
      right.start();
      left.transport.destroy();
      const callAll = (): void => {
        mustBe(left.transport.write([bytesOf('nothing')]), true, '`write` after `destroy`');
        left.transport.end();
        left.transport.pause();
        left.transport.resume();
        left.transport.destroy();
      };
      callAll();
      await left.closed();
      callAll();
      await right.over();
      await turns(3);
      mustBe(right.sink.length, 0, 'bytes received by the other side');
    },
  },
];
