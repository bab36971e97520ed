import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Admission } from '../../src/reading/admission.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

const MARK = 16 * 64 * 1024;
const OPTIONS = { maxMessageSize: 5000, maxPendingBytes: 1000, highWaterMark: 100, stallTimeout: 100 };

interface Setup {
  admission: Admission;
  handlers: { isFull: boolean; isStuffed: boolean; queuedBytes: number; isHolding: boolean; moves: number };
  protocol: {
    unread: number;
    moved: number;
    isUnreadFull: boolean;
    isStarving: boolean;
    isShut: boolean;
    isReserved: boolean;
    needsPeer: boolean;
    sent: number;
    isClosing: boolean;
    hasWindows: boolean;
    holds: boolean[];
  };
  stalls: string[];
  /** What the transport tells. */
  owner: { bytesTaken: number; passed: number };
}

function create(options = OPTIONS): Setup {
  const handlers = { isFull: false, isStuffed: false, queuedBytes: 0, isHolding: true, moves: 0 };
  const protocol = {
    unread: 0,
    moved: 0,
    isUnreadFull: false,
    isStarving: false,
    isShut: false,
    isReserved: false,
    needsPeer: false,
    sent: 0,
    isClosing: false,
    isDeflating: false,
    hasWindows: false,
    holds: [] as boolean[],
  };
  const stalls: string[] = [];
  const load = {
    flow: {
      get unread() {
        return protocol.unread;
      },
      get moved() {
        return protocol.moved;
      },
      get isFull() {
        return protocol.isUnreadFull;
      },
      get isShut() {
        return protocol.isShut;
      },
      get isReserved() {
        return protocol.isReserved;
      },
      hold(isHeld: boolean) {
        if (protocol.hasWindows) protocol.holds.push(isHeld);
        return protocol.hasWindows;
      },
    },
    inbound: protocol,
    outbound: {
      get needsPeer() {
        return protocol.needsPeer;
      },
      get isDeflating() {
        return protocol.isDeflating;
      },
      get moved() {
        return protocol.sent;
      },
    },
    get isClosing() {
      return protocol.isClosing;
    },
  };
  const owner = {
    bytesTaken: 0,
    passed: 0,
    onPassed: () => {
      owner.passed++;
      // As its owner does.
      admission.watch();
    },
    onStall: (why: string) => stalls.push(why),
  };
  const admission = new Admission(handlers, load, options, owner);
  return { admission, handlers, protocol, stalls, owner };
}

/** Everything that may be waited for. */
const waits: [string, (setup: Setup) => void][] = [
  ['a sender waits for room', ({ admission }) => admission.waitingSenders++],
  ['a reader waits for more', ({ protocol }) => Object.assign(protocol, { isStarving: true })],
  ['data may not leave before the peer says so', ({ protocol }) => Object.assign(protocol, { needsPeer: true })],
  ['a Close waits for its answer', ({ protocol }) => Object.assign(protocol, { isClosing: true })],
];

const bounds: [string, (setup: Setup) => void][] = [
  ['handlers have as much as they may', ({ handlers }) => Object.assign(handlers, { isFull: true, queuedBytes: 1000 })],
  ['as much is unread as may be', ({ protocol }) => Object.assign(protocol, { isUnreadFull: true, unread: 1000 })],
];

describe('reading', () => {
  test('goes on while handlers are busy', () => {
    const { admission, handlers } = create();
    handlers.queuedBytes = 999;
    expect(admission.mayRead).toBe(true);
  });

  test.each(bounds)('stops when %s and nobody waits', (_, reach) => {
    const setup = create();
    reach(setup);
    expect(setup.admission.mayRead).toBe(false);
    setup.admission.isOver = true;
    expect(setup.admission.mayRead).toBe(true);
  });

  test.each(waits)('goes on up to maxMessageSize while %s', (_, wait) => {
    for (const [, reach] of bounds) {
      const setup = create();
      reach(setup);
      wait(setup);
      expect(setup.admission.mayRead).toBe(true);
      setup.handlers.queuedBytes = 2000;
      setup.protocol.unread = 2999;
      expect(setup.admission.mayRead).toBe(true);
      setup.protocol.unread = 3000;
      expect(setup.admission.mayRead).toBe(false);
    }
  });

  test('up to maxPendingBytes, if that is more', () => {
    const setup = create({ ...OPTIONS, maxMessageSize: 10 });
    setup.handlers.isFull = true;
    setup.admission.waitingSenders = 1;
    setup.handlers.queuedBytes = 999;
    expect(setup.admission.mayRead).toBe(true);
    setup.handlers.queuedBytes = 1000;
    expect(setup.admission.mayRead).toBe(false);
  });

  test('stops within a chunk only where far too much waits and may not', () => {
    const setup = create();
    setup.handlers.isFull = true;
    expect([setup.admission.mayRead, setup.admission.mustStop]).toEqual([false, false]);
    setup.handlers.isStuffed = true;
    expect(setup.admission.mustStop).toBe(true);
    setup.admission.waitingSenders = 1;
    expect(setup.admission.mustStop).toBe(false);
  });

  test('stops at a backlog that does not shrink, whoever waits', () => {
    const { admission, protocol } = create();
    admission.updateBacklog(MARK + 1, 0);
    admission.read(MARK);
    for (const key of ['isStarving', 'isClosing'] as const) protocol[key] = true;
    expect([admission.hasBacklog, admission.mayRead]).toEqual([true, false]);
    admission.updateBacklog(MARK + 1, 1);
    expect(admission.mayRead).toBe(true);
    admission.updateBacklog(100, 2);
    expect(admission.hasBacklog).toBe(false);
  });
});

describe('stalls', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a peer that takes nothing of a backlog, whatever else moves', () => {
    const { admission, handlers, stalls, owner } = create();
    admission.updateBacklog(MARK + 1, 0);
    admission.watch();
    vi.advanceTimersByTime(90);
    // The transport does not tell of that: the write has not ended.
    owner.bytesTaken = 1;
    admission.watch();
    vi.advanceTimersByTime(90);
    handlers.moves = 10;
    expect(stalls).toEqual([]);
    vi.advanceTimersByTime(30);
    expect(stalls).toEqual(['the peer does not read what it is sent']);
  });

  test('handlers that take nothing of all that may wait for them, while one waits', () => {
    const { admission, handlers, stalls } = create();
    Object.assign(handlers, { isFull: true, queuedBytes: 5000 });
    admission.watch();
    vi.advanceTimersByTime(1000);
    expect(stalls).toEqual([]);
    admission.waitingSenders = 1;
    admission.watch();
    vi.advanceTimersByTime(90);
    // One is handled, and the next one comes: as much waits as before.
    handlers.moves += 2;
    vi.advanceTimersByTime(100);
    expect(stalls).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(stalls).toEqual(['more comes than its handlers can wait behind']);
  });

  test('a reader that waits behind a window that may not be widened any more', () => {
    const { admission, protocol, stalls } = create();
    Object.assign(protocol, { isStarving: true, isShut: true, moved: 100 });
    admission.watch();
    vi.advanceTimersByTime(90);
    // Somebody else reads what stands in its way.
    protocol.moved = 101;
    vi.advanceTimersByTime(20);
    expect(stalls).toHaveLength(0);
    vi.advanceTimersByTime(90);
    expect(stalls).toHaveLength(1);
  });

  test('a sender that gets on is not stalled by a window that nobody reads, but a reader behind it is', () => {
    const { admission, protocol, stalls } = create();
    Object.assign(protocol, { isShut: true, needsPeer: true });
    admission.watch();
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(90);
      protocol.sent += 1;
    }
    expect(stalls).toHaveLength(0);
    protocol.isStarving = true;
    vi.advanceTimersByTime(100);
    for (let i = 0; i < 2; i++) {
      vi.advanceTimersByTime(90);
      protocol.sent += 1;
    }
    expect(stalls).toHaveLength(1);
  });

  test('a sender does not wait for messages that no handler holds', () => {
    const { admission, handlers, protocol, stalls } = create();
    Object.assign(protocol, { isShut: true, needsPeer: true });
    handlers.isHolding = false;
    admission.watch();
    vi.advanceTimersByTime(1000);
    expect(stalls).toHaveLength(0);
    handlers.isHolding = true;
    admission.watch();
    vi.advanceTimersByTime(110);
    expect(stalls).toHaveLength(1);
  });

  test('a reader that may go on waits for its peer alone, and for as long as that takes', () => {
    const { admission, protocol, stalls } = create();
    Object.assign(protocol, { isStarving: true, isShut: true, isReserved: true, moved: 100 });
    admission.watch();
    vi.advanceTimersByTime(1000);
    expect(stalls).toHaveLength(0);
    // Of the others nothing can come.
    protocol.needsPeer = true;
    admission.watch();
    vi.advanceTimersByTime(110);
    expect(stalls).toHaveLength(1);
  });

  test.each([false, true])(
    'a large write that moves lets reading go on, although it has not ended (windows: %s)',
    (hasWindows) => {
      const { admission, protocol, owner } = create();
      protocol.hasWindows = hasWindows;
      admission.updateBacklog(MARK + 1, 0);
      admission.read(MARK + 10);
      admission.watch();
      const isHeld = (): boolean => (hasWindows ? protocol.holds.at(-1) === true : !admission.mayRead);
      owner.bytesTaken = 10;
      vi.advanceTimersByTime(20);
      expect([isHeld(), owner.passed]).toEqual([true, 1]);
      owner.bytesTaken = 11;
      vi.advanceTimersByTime(20);
      expect([isHeld(), owner.passed]).toEqual([false, 2]);
      // Then nobody has to look.
      vi.advanceTimersByTime(40);
      expect(owner.passed).toBe(2);
    },
  );

  test('none at the end', () => {
    const { admission, stalls } = create();
    admission.updateBacklog(MARK + 1, 0);
    admission.read(MARK);
    admission.watch();
    expect(vi.getTimerCount()).toBe(2);
    admission.stop();
    expect(vi.getTimerCount()).toBe(0);
    admission.watch();
    vi.advanceTimersByTime(1000);
    expect(stalls).toEqual([]);
  });
});

test('with windows the peer is given no more during a backlog, in place of a pause in reading', () => {
  const { admission, protocol } = create();
  protocol.hasWindows = true;
  admission.updateBacklog(MARK + 1, 0);
  admission.read(MARK - 1);
  expect([admission.mayRead, protocol.holds]).toEqual([true, []]);
  admission.read(1);
  expect([admission.mayRead, protocol.holds]).toEqual([true, [true]]);
  admission.read(10 * MARK);
  admission.updateBacklog(MARK + 1, 9 * MARK);
  expect([admission.mayRead, protocol.holds]).toEqual([true, [true]]);
  admission.updateBacklog(MARK + 1, 11 * MARK);
  expect(protocol.holds).toEqual([true, false]);
  admission.read(MARK);
  expect(protocol.holds).toEqual([true, false, true]);
  admission.updateBacklog(0, 11 * MARK);
  expect([admission.mayRead, protocol.holds]).toEqual([true, [true, false, true, false]]);
});
