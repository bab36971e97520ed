import type { ConnectedPair, Transport, TransportSink } from '../../src/index.js';
import { createTransportPair } from '../../src/index.js';
import { inNextTurn } from '../../src/turns.js';
import { AbleTransport } from './able-transport.js';

/** A pair in which something is wrong, and the case that has to find it. */
export interface BrokenPair {
  readonly fault: string;
  readonly foundBy: string;
  create(): ConnectedPair;
}

type Methods = Omit<Transport, 'bytesTaken' | 'bytesReceived'> & TransportSink;

/** What is under a bent transport, and what it tells. */
interface Inside {
  readonly under: Transport;
  readonly sink: TransportSink;
}

/** A transport whose methods, or events, are replaced by others, that may do what they would have done. */
function bend(under: Transport, replace: (inside: Inside) => Partial<Methods>): Transport {
  let told: TransportSink | undefined;
  const sink: TransportSink = {
    onData: (chunk, isLent) => told?.onData(chunk, isLent),
    onDrain: () => told?.onDrain(),
    onEnd: () => told?.onEnd(),
    onClose: (error) => told?.onClose(error),
  };
  const replaced = replace({ under, sink });
  const events: TransportSink = { ...sink, ...replaced };
  return {
    write: (parts) => under.write(parts),
    pause: () => under.pause(),
    resume: () => under.resume(),
    end: () => under.end(),
    destroy: (error) => under.destroy(error),
    ...replaced,
    start(own) {
      told = own;
      (replaced.start ?? ((all: TransportSink) => under.start(all)))(events);
    },
  };
}

/** Both sides are bent. */
const broken = (foundBy: string, fault: string, replace: (inside: Inside) => Partial<Methods>): BrokenPair => ({
  fault,
  foundBy,
  create() {
    const [left, right] = createTransportPair();
    return { left: bend(left, replace), right: bend(right, replace) };
  },
});

/** Both sides are of a class that is wrong. */
const wrong = (foundBy: string, fault: string, kind: new (transport: Transport) => Transport): BrokenPair => ({
  fault,
  foundBy,
  create() {
    const [left, right] = createTransportPair();
    return { left: new kind(left), right: new kind(right) };
  },
});

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** At least one for each case. */
export const brokenPairs: readonly BrokenPair[] = [
  broken('both ways', 'what is written is lost', () => ({ write: () => true })),
  broken('both ways', 'every byte comes twice', ({ sink }) => ({
    onData(chunk) {
      sink.onData(new Uint8Array(chunk));
      sink.onData(chunk);
    },
  })),
  broken('parts', 'the parts are written from the last to the first', ({ under }) => ({
    write: (parts) => under.write([...parts].reverse()),
  })),
  broken('parts', 'only the first part is written', ({ under }) => ({
    write: (parts) => under.write(parts.slice(0, 1)),
  })),
  broken('however it is cut', 'the last byte of a large part is lost', ({ under }) => ({
    write: (parts) => under.write(parts.map((part) => (part.length > 250 ? part.subarray(0, -1) : part))),
  })),
  broken('memory of the reader', 'the memory of one chunk is used for the next', ({ sink }) => {
    let last: Uint8Array | undefined;
    return {
      onData(chunk) {
        last?.fill(0);
        last = chunk;
        sink.onData(chunk);
      },
    };
  }),
  broken('memory of the writer', 'what is written is looked at a turn later', ({ under }) => ({
    write(parts) {
      inNextTurn(() => under.write(parts));
      return true;
    },
  })),
  broken('false when full', 'takes any number of bytes', ({ under }) => ({
    write(parts) {
      under.write(parts);
      return true;
    },
    onDrain() {},
  })),
  broken('false when full', 'tells twice that it is no more full', ({ sink }) => ({
    onDrain() {
      sink.onDrain();
      sink.onDrain();
    },
  })),
  broken('false when full', 'never tells that it is no more full', () => ({ onDrain() {} })),
  broken('no drain without need', 'tells after every write that it is not full', ({ under, sink }) => ({
    write(parts) {
      const isTaken = under.write(parts);
      if (isTaken) inNextTurn(() => sink.onDrain());
      return isTaken;
    },
  })),
  wrong(
    'bytes taken',
    'counts from the beginning for every write',
    class extends AbleTransport {
      #last = 0;
      override get bytesTaken(): number {
        return this.#last;
      }
      override write(parts: readonly Uint8Array[]): boolean {
        this.#last = lengthOf(parts);
        return super.write(parts);
      }
    },
  ),
  wrong(
    'bytes taken',
    'counts more than was written',
    class extends AbleTransport {
      override get bytesTaken(): number {
        return super.bytesTaken * 2;
      }
    },
  ),
  wrong(
    'bytes received',
    'counts half of what comes',
    class extends AbleTransport {
      override get bytesReceived(): number {
        return super.bytesReceived / 2;
      }
    },
  ),
  wrong(
    'bytes received',
    'begins anew now and then',
    class extends AbleTransport {
      override get bytesReceived(): number {
        return super.bytesReceived % 100_000;
      }
    },
  ),
  broken('before the start', 'what comes before the start is lost', ({ under }) => ({
    start(sink) {
      let isLate = false;
      under.start({
        onData: (chunk) => isLate && sink.onData(chunk),
        onDrain: () => sink.onDrain(),
        onEnd: () => sink.onEnd(),
        onClose: (error) => sink.onClose(error),
      });
      inNextTurn(() => {
        isLate = true;
      });
    },
  })),
  wrong(
    'watched',
    'what was told to who watches is not told again',
    class extends AbleTransport {
      override start(sink: TransportSink): void {
        this.ahead = [];
        super.start(sink);
      }
    },
  ),
  wrong(
    'watched',
    'who watches is still told when it has started',
    class extends AbleTransport {
      override start(sink: TransportSink): void {
        const { watcher } = this;
        super.start(sink);
        this.watcher = watcher;
      }
    },
  ),
  wrong(
    'left while watched',
    'who watches is not told that the peer has left',
    class extends AbleTransport {
      override onEnd(): void {
        const { watcher } = this;
        this.watcher = undefined;
        super.onEnd();
        this.watcher = watcher;
      }
    },
  ),
  broken('paused before the start', 'is paused only when it has started', ({ under }) => {
    let hasStarted = false;
    return {
      start(sink) {
        hasStarted = true;
        under.start(sink);
      },
      pause: () => hasStarted && under.pause(),
    };
  }),
  broken('paused by the reader', 'is never paused', () => ({ pause() {} })),
  broken('paused by the reader', 'never reads on', () => ({ resume() {} })),
  broken('paused again and again', 'counts how often it is paused', ({ under }) => {
    let pauses = 0;
    return {
      pause() {
        pauses++;
        under.pause();
      },
      resume: () => --pauses <= 0 && under.resume(),
    };
  }),
  broken('end behind paused data', 'tells the end to a paused reader', ({ under, sink }) => {
    let isPaused = false;
    let hasTold = false;
    const tell = (): void => {
      if (!hasTold) sink.onEnd();
      hasTold = true;
    };
    return {
      pause() {
        isPaused = true;
        under.pause();
      },
      // As one that hears of the end beside the data.
      write(parts) {
        const isTaken = under.write(parts);
        if (isPaused) inNextTurn(tell);
        return isTaken;
      },
      onEnd: tell,
    };
  }),
  broken('end behind data', 'ends without what was not taken at once', ({ under }) => ({
    write(parts) {
      return under.write(lengthOf(parts) > 65_536 ? [parts[0]!.subarray(0, 65_536)] : parts);
    },
  })),
  broken('half open', 'reads nothing any more when it has ended itself', ({ under, sink }) => {
    let hasEnded = false;
    return {
      end() {
        hasEnded = true;
        under.end();
      },
      onData: (chunk) => hasEnded || sink.onData(chunk),
    };
  }),
  broken('both ended', 'is gone without a word of the end', () => ({ onEnd() {} })),
  broken('both ended', 'is gone with an error', ({ sink }) => ({ onClose: () => sink.onClose(new Error('EPIPE')) })),
  broken('both ended, data under way', 'is gone as soon as both have ended', ({ under, sink }) => {
    let hasEnded = false;
    return {
      end() {
        hasEnded = true;
        under.end();
      },
      resume() {
        if (hasEnded) under.destroy();
        else under.resume();
      },
      onData: (chunk) => sink.onData(chunk),
    };
  }),
  broken('end answered', 'does not notice that it has ended, too', ({ under, sink }) => {
    let hasPeerEnded = false;
    return {
      onEnd() {
        hasPeerEnded = true;
        sink.onEnd();
      },
      end: () => hasPeerEnded || under.end(),
    };
  }),
  broken('calls after the end', 'says false after the end', ({ under }) => {
    let hasEnded = false;
    return {
      end() {
        hasEnded = true;
        under.end();
      },
      write: (parts) => under.write(parts) && !hasEnded,
    };
  }),
  broken('calls after the end', 'throws after the end', ({ under }) => {
    let hasEnded = false;
    return {
      end() {
        if (hasEnded) throw new Error('it has ended');
        hasEnded = true;
        under.end();
      },
    };
  }),
  broken('both learn of it', 'tells nobody that it was destroyed', () => ({ onClose() {} })),
  broken('both learn of it', 'is gone, and the other side does not learn of it', ({ sink }) => {
    let isGone = false;
    return {
      destroy(error) {
        if (!isGone) inNextTurn(() => sink.onClose(error));
        isGone = true;
      },
    };
  }),
  broken('its own error', 'forgets the error', ({ under }) => ({ destroy: () => under.destroy() })),
  {
    foundBy: 'its own error',
    fault: 'tells both sides the same error',
    create() {
      const [left, right] = createTransportPair();
      let first: Error | undefined;
      const replace = ({ under, sink }: Inside): Partial<Methods> => ({
        destroy(error) {
          first ??= error;
          under.destroy(error);
        },
        onClose: () => sink.onClose(first),
      });
      return { left: bend(left, replace), right: bend(right, replace) };
    },
  },
  broken('gone once', 'is gone with the last error', ({ under, sink }) => {
    let last: Error | undefined;
    return {
      destroy(error) {
        last = error ?? last;
        under.destroy(error);
      },
      onClose: () => sink.onClose(last),
    };
  }),
  broken('gone once', 'is gone as often as it is destroyed', ({ sink }) => ({
    destroy: (error) => inNextTurn(() => sink.onClose(error)),
  })),
  broken('destroyed before the start', 'tells from within `start` that it is gone', ({ under }) => {
    let isGone = false;
    return {
      destroy(error) {
        isGone = true;
        under.destroy(error);
      },
      start(sink) {
        if (isGone) sink.onClose();
        else under.start(sink);
      },
    };
  }),
  broken('destroyed before the start', 'never tells what was before the start', ({ under }) => {
    let isGone = false;
    return {
      destroy(error) {
        isGone = true;
        under.destroy(error);
      },
      start(sink) {
        if (!isGone) under.start(sink);
      },
    };
  }),
  broken('destroyed by the reader', 'tells all that it has read, whatever happens meanwhile', ({ sink }) => ({
    onData(chunk) {
      sink.onData(chunk.subarray(0, chunk.length >> 1));
      sink.onData(chunk.subarray(chunk.length >> 1));
    },
  })),
  broken('destroyed while paused', 'waits for `resume` to tell that it is gone', ({ under, sink }) => {
    let isPaused = false;
    return {
      pause() {
        isPaused = true;
        under.pause();
      },
      resume() {
        isPaused = false;
        under.resume();
      },
      onClose: (error) => isPaused || sink.onClose(error),
    };
  }),
  broken('destroyed while paused', 'tells what is waiting before it goes', ({ under, sink }) => ({
    pause() {},
    destroy: (error) => under.destroy(error),
    onData: (chunk) => sink.onData(chunk),
  })),
  broken('destroyed while full', 'waits for `onDrain` before it goes', ({ under, sink }) => {
    let isFull = false;
    return {
      write(parts) {
        isFull = !under.write(parts);
        return !isFull;
      },
      onDrain() {
        isFull = false;
        sink.onDrain();
      },
      onEnd: () => isFull || sink.onEnd(),
      onClose: (error) => isFull || sink.onClose(error),
    };
  }),
  broken('calls after the destruction', 'throws when it is gone', ({ under }) => {
    let isGone = false;
    return {
      destroy(error) {
        isGone = true;
        under.destroy(error);
      },
      pause() {
        if (isGone) throw new Error('it is gone');
        under.pause();
      },
    };
  }),
  broken('calls after the destruction', 'says false when it is gone', ({ under }) => {
    let isGone = false;
    return {
      destroy(error) {
        isGone = true;
        under.destroy(error);
      },
      write: (parts) => under.write(parts) && !isGone,
    };
  }),
];
