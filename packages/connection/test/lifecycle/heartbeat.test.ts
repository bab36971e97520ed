import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Heartbeat, type HeartbeatTimes } from '../../src/lifecycle/heartbeat.js';
import { MessageType, Status } from '../../src/status.js';
import { cleanUpConnections, connect, deferred } from '../support/connections.js';
import { turns } from '../support/turns.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});
cleanUpConnections();

function times(interval: number, pongTimeout: number): HeartbeatTimes {
  return { interval, pongTimeout, stallTimeout: 1000 };
}

interface Beats {
  heartbeat: Heartbeat;
  /** What happened, with the time it happened at. */
  log: string[];
  owner: {
    hears: boolean;
    answers: boolean;
    isBlocked: boolean;
    moves: boolean;
    receives: boolean;
    bytesTaken: number;
    deadTimeout: number;
  };
}

function create(): Beats {
  const log: string[] = [];
  const owner = {
    hears: true,
    answers: false,
    isBlocked: false,
    moves: false,
    receives: false,
    bytesTaken: 0,
    deadTimeout: Number.POSITIVE_INFINITY,
  };
  const since = performance.now();
  const at = (): number => performance.now() - since;
  const heartbeat: Heartbeat = new Heartbeat({
    sendPing: () => {
      log.push(`ping ${at()}`);
      if (owner.isBlocked) return;
      heartbeat.pingLeft();
      if (owner.answers) setTimeout(() => heartbeat.refresh(), 10);
    },
    canHear: () => owner.hears,
    hasMoved: () => owner.moves,
    hasReceived: () => owner.receives,
    get bytesTaken() {
      return owner.bytesTaken;
    },
    onTimeout: (isOverdue) => log.push(`${isOverdue ? 'overdue' : 'back'} ${at()}`),
    get deadTimeout() {
      return owner.deadTimeout;
    },
    onDead: () => {
      log.push(`dead ${at()}`);
      heartbeat.stop();
    },
  });
  return { heartbeat, log, owner };
}

/** Lets time pass in steps, each with what is due at its end: what is unread is looked at before a peer is called dead. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 10) {
    vi.advanceTimersByTime(Math.min(left, 10));
    await turns(2);
  }
}

/** The clock goes on, and no timer does: the machine has slept. */
function sleep(milliseconds: number): void {
  const awake = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => awake() + milliseconds);
}

describe('by itself', () => {
  test('pings at its interval, and no pong that comes is overdue', async () => {
    const { heartbeat, log, owner } = create();
    owner.answers = true;
    heartbeat.keep(times(100, 50));
    await pass(350);
    expect(log).toEqual(['ping 100', 'ping 200', 'ping 300']);
  });

  test('a pong that does not come is overdue, once; then it comes after all', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(100, 50));
    await pass(310);
    expect(log).toEqual(['ping 100', 'overdue 150', 'ping 200', 'ping 300']);
    heartbeat.refresh();
    heartbeat.refresh();
    await pass(140);
    expect(log.slice(4)).toEqual(['back 310', 'ping 400', 'overdue 450']);
  });

  test('the pong may take longer than the interval', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(100, 250));
    await pass(360);
    // Of the first ping, not of the last.
    expect(log).toEqual(['ping 100', 'ping 200', 'ping 300', 'overdue 350']);
  });

  test('after a sleep no pong is overdue before the peer was pinged and had its time', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(1000, 500));
    await pass(1100);
    sleep(60_000);
    await pass(400);
    expect(log).toEqual(['ping 1000', 'ping 61500']);
    heartbeat.refresh();
    await pass(900);
    expect(log).toEqual(['ping 1000', 'ping 61500']);
  });

  test('after a sleep, silent all the same: overdue, once the time is over', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(1000, 500));
    await pass(1100);
    sleep(60_000);
    await pass(900);
    expect(log).toEqual(['ping 1000', 'ping 61500', 'overdue 62000']);
  });

  test('where every timer is late, as in a hidden page, a peer that is gone is found all the same', async () => {
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((action: () => void, delay = 0) => {
      const due = Math.ceil((performance.now() + delay) / 60_000) * 60_000;
      return real(action, due - performance.now());
    }) as typeof setTimeout);
    const { heartbeat, log, owner } = create();
    owner.deadTimeout = 2000;
    heartbeat.keep(times(1000, 500));
    for (let i = 0; i < 8; i++) {
      vi.advanceTimersByTime(60_000);
      await turns(4);
    }
    expect(log.filter((line) => !line.startsWith('ping')).map((line) => line.split(' ')[0])).toEqual([
      'overdue',
      'dead',
    ]);
  });

  test('while nothing is read no pong is overdue', async () => {
    const { heartbeat, log, owner } = create();
    owner.hears = false;
    heartbeat.keep(times(1000, 50));
    await pass(1800);
    expect(log).toEqual(['ping 1000']);
    owner.hears = true;
    await pass(50);
    expect(log).toEqual(['ping 1000', 'overdue 1850']);
  });

  test.each([0, -1, Number.NaN])('interval %d: never', async (interval) => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(interval, 50));
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(log).toEqual([]);
  });

  test('an interval longer than a timer can be does not beat at once', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(Number.POSITIVE_INFINITY, 50));
    await pass(100_000);
    expect(log).toEqual([]);
  });

  test('stop, and keep again with other times', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(100, 50));
    await pass(160);
    heartbeat.stop();
    expect(vi.getTimerCount()).toBe(0);
    heartbeat.refresh();
    await pass(1000);
    expect(log).toEqual(['ping 100', 'overdue 150']);
    heartbeat.keep(times(30, 1000));
    expect(vi.getTimerCount()).toBe(1);
    await pass(65);
    expect(log.slice(2)).toEqual(['ping 1190', 'ping 1220']);
  });

  test.each(['stop', 'keep'] as const)('%s from within onTimeout', async (action) => {
    const log: string[] = [];
    const heartbeat: Heartbeat = new Heartbeat({
      sendPing: () => {
        log.push('ping');
        heartbeat.pingLeft();
      },
      canHear: () => true,
      hasMoved: () => false,
      hasReceived: () => false,
      bytesTaken: 0,
      onTimeout: () => {
        if (action === 'stop') heartbeat.stop();
        else heartbeat.keep(times(1000, 500));
      },
      deadTimeout: 10_000,
      onDead: () => log.push('dead'),
    });
    heartbeat.keep(times(100, 50));
    await pass(150);
    expect(vi.getTimerCount()).toBe(action === 'stop' ? 0 : 1);
    await pass(1000);
    expect(log).toHaveLength(action === 'stop' ? 1 : 2);
    expect(vi.getTimerCount()).toBe(action === 'stop' ? 0 : 1);
  });

  test('what was read after the deadline, but before anything else, counts', async () => {
    const { heartbeat, log } = create();
    heartbeat.keep(times(100, 50));
    await pass(100);
    // The process is busy: the alarm goes off late, before the socket is read.
    vi.advanceTimersByTime(70);
    heartbeat.refresh();
    await turns(3);
    expect(log).toEqual(['ping 100']);
  });

  test('a ping that could not leave is not overdue; nor one that left late, before its time', async () => {
    const { heartbeat, log, owner } = create();
    owner.isBlocked = true;
    heartbeat.keep(times(100, 50));
    await pass(300);
    expect(log).toEqual(['ping 100']);
    heartbeat.pingLeft();
    await pass(40);
    expect(log).toEqual(['ping 100']);
    await pass(20);
    expect(log).toEqual(['ping 100', 'overdue 350']);
  });

  test('while a ping waits to leave and nothing moves for stallTimeout, in either direction: overdue', async () => {
    const { heartbeat, log, owner } = create();
    owner.isBlocked = true;
    heartbeat.keep(times(100, 50));
    await pass(900);
    owner.moves = true;
    await pass(100);
    owner.moves = false;
    await pass(500);
    heartbeat.refresh();
    await pass(1050);
    expect(log).toEqual(['ping 100']);
    await pass(100);
    expect(log).toEqual(['ping 100', 'overdue 2600']);
  });
});

describe('what the system has got and nothing was made of yet', () => {
  test('is a sign of life', async () => {
    const { heartbeat, log, owner } = create();
    heartbeat.keep(times(100, 50));
    await pass(110);
    owner.receives = true;
    await pass(60);
    expect(log).toEqual(['ping 100']);
    owner.receives = false;
    await pass(100);
    expect(log).toEqual(['ping 100', 'ping 200', 'overdue 250']);
  });

  test('is none when it came before the ping', async () => {
    const { heartbeat, log, owner } = create();
    let asked = 0;
    Object.defineProperty(owner, 'receives', { get: () => asked++ === 0 });
    heartbeat.keep(times(100, 50));
    await pass(150);
    expect(log).toEqual(['ping 100', 'overdue 150']);
  });
});

describe('what may lie before the ping on its way', () => {
  const STRIDE = 512 * 1024;

  test.each([
    [STRIDE - 1, 1],
    [STRIDE, 2],
    [3 * STRIDE, 4],
    [1000 * STRIDE, 17],
  ])('%d bytes: %d times as long for the pong', async (bytes, factor) => {
    const { heartbeat, log, owner } = create();
    owner.bytesTaken = bytes;
    heartbeat.keep(times(1000, 50));
    await pass(1000 + 50 * factor - 10);
    expect(log).toEqual(['ping 1000']);
    await pass(10);
    expect(log).toEqual(['ping 1000', `overdue ${1000 + 50 * factor}`]);
  });

  test('what the peer has read does not: the ping before was answered', async () => {
    const { heartbeat, log, owner } = create();
    owner.bytesTaken = 4 * STRIDE;
    heartbeat.keep(times(1000, 50));
    await pass(1000);
    owner.bytesTaken = 6 * STRIDE;
    heartbeat.refresh();
    heartbeat.answered();
    await pass(1000);
    // The two that went after that ping may still.
    await pass(140);
    expect(log).toEqual(['ping 1000', 'ping 2000']);
    await pass(10);
    expect(log).toEqual(['ping 1000', 'ping 2000', 'overdue 2150']);
  });

  test('a pong says nothing of what went after the ping that it may be for', async () => {
    const { heartbeat, log, owner } = create();
    heartbeat.keep(times(100, 350));
    await pass(100);
    owner.bytesTaken = STRIDE;
    await pass(100);
    heartbeat.refresh();
    heartbeat.answered();
    // Nobody knows of which ping: of none after the first.
    heartbeat.answered();
    await pass(800);
    expect(log.at(-1)).toBe('overdue 1000');
  });

  test('keep leaves it, stop forgets it', async () => {
    const { heartbeat, log, owner } = create();
    owner.bytesTaken = 4 * STRIDE;
    heartbeat.keep(times(100, 50));
    await pass(100);
    heartbeat.keep(times(100, 50));
    heartbeat.answered();
    await pass(150);
    expect(log).toEqual(['ping 100', 'ping 200', 'overdue 250']);
    heartbeat.stop();
    owner.bytesTaken = STRIDE;
    heartbeat.keep(times(1000, 50));
    await pass(1090);
    expect(log).toHaveLength(4);
    await pass(10);
    expect(log.at(-1)).toBe('overdue 1350');
  });
});

describe('a ping that was sent from elsewhere', () => {
  test('is overdue when nothing has come since', async () => {
    const { heartbeat, log } = create();
    heartbeat.asked();
    heartbeat.overdue();
    expect(log).toEqual([]);
    await turns(2);
    expect(log).toEqual(['overdue 0']);
    heartbeat.overdue();
    await turns(2);
    heartbeat.refresh();
    expect(log).toEqual(['overdue 0', 'back 0']);
  });

  test('is not when anything else has', async () => {
    const { heartbeat, log } = create();
    heartbeat.asked();
    heartbeat.refresh();
    heartbeat.overdue();
    await turns(2);
    heartbeat.asked();
    heartbeat.overdue();
    // It lay unread.
    heartbeat.refresh();
    await turns(2);
    expect(log).toEqual([]);
  });

  test('nor when half a record has, or while nothing is read', async () => {
    const { heartbeat, log, owner } = create();
    owner.receives = true;
    heartbeat.asked();
    heartbeat.overdue();
    await turns(2);
    owner.receives = false;
    owner.hears = false;
    heartbeat.asked();
    heartbeat.overdue();
    await turns(2);
    expect(log).toEqual([]);
  });
});

describe('a peer that stays silent', () => {
  /** Overdue at 150; dead 200 later unless something comes between. */
  function silent(dead = 200): Beats {
    const beats = create();
    beats.owner.deadTimeout = dead;
    beats.heartbeat.keep(times(100, 50));
    return beats;
  }

  test('is dead deadTimeout after it was overdue, once', async () => {
    const { log } = silent();
    await pass(1000);
    expect(log).toEqual(['ping 100', 'overdue 150', 'ping 200', 'ping 300', 'dead 350']);
  });

  test('is never dead without a deadTimeout', async () => {
    const { log, heartbeat } = silent(Number.POSITIVE_INFINITY);
    await pass(10_000);
    expect(log.filter((line) => line.startsWith('dead'))).toEqual([]);
    heartbeat.stop();
  });

  test('a sign of life starts all anew', async () => {
    const { heartbeat, log } = silent();
    await pass(340);
    heartbeat.refresh();
    await pass(360);
    expect(log.filter((line) => !line.startsWith('ping'))).toEqual([
      'overdue 150',
      'back 340',
      'overdue 450',
      'dead 650',
    ]);
  });

  test('what lies in the socket unread, or half a record, is a sign of life', async () => {
    const { heartbeat, log, owner } = silent();
    await pass(160);
    heartbeat.keep(times(10_000, 50));
    owner.receives = true;
    await pass(200);
    expect(log.filter((line) => !line.startsWith('ping'))).toEqual(['overdue 150', 'back 350']);
  });

  test('what is read after the deadline, but before anything else, counts', async () => {
    const { heartbeat, log } = silent();
    await pass(340);
    vi.advanceTimersByTime(10);
    heartbeat.refresh();
    await turns(3);
    expect(log.filter((line) => !line.startsWith('ping'))).toEqual(['overdue 150', 'back 350']);
    heartbeat.stop();
  });

  test('is not dead while nothing is read', async () => {
    const { log, owner } = silent();
    await pass(160);
    owner.hears = false;
    await pass(1000);
    expect(log.some((line) => line.startsWith('dead'))).toBe(false);
    owner.hears = true;
    await pass(60);
    expect(log.some((line) => line.startsWith('dead'))).toBe(true);
  });

  test('bytes that move before a ping that waits to leave put it off; nothing that moves does not', async () => {
    const { log, owner } = silent();
    await pass(160);
    owner.isBlocked = true;
    owner.moves = true;
    await pass(2000);
    expect(log.some((line) => line.startsWith('dead'))).toBe(false);
    owner.moves = false;
    await pass(410);
    expect(log.some((line) => line.startsWith('dead'))).toBe(true);
  });

  test('bytes that move while no ping waits say nothing: the system takes them for a peer that is gone', async () => {
    const { log, owner } = silent();
    owner.moves = true;
    await pass(1000);
    expect(log.at(-1)).toBe('dead 350');
  });

  test('after a sleep of the machine it is pinged first, and has the time of a pong to answer', async () => {
    const { heartbeat, log } = silent();
    await pass(160);
    sleep(60_000);
    await pass(60);
    expect(log.slice(2)).toEqual(['ping 60200']);
    heartbeat.refresh();
    expect(log.at(-1)).toBe('back 60220');
    await pass(120);
    expect(log.some((line) => line.startsWith('dead'))).toBe(false);
    heartbeat.stop();
  });

  test('after a sleep, silent all the same: dead', async () => {
    const { log } = silent();
    await pass(160);
    sleep(60_000);
    await pass(100);
    expect(log.slice(2)).toEqual(['ping 60200', 'dead 60250']);
  });

  test('other times for pings leave the time of death; with pings off nobody dies of silence', async () => {
    const { heartbeat, log } = silent();
    await pass(160);
    heartbeat.keep(times(1000, 50));
    await pass(200);
    expect(log.at(-1)).toBe('dead 350');
    const other = silent();
    await pass(160);
    other.heartbeat.keep(times(0, 50));
    await pass(1000);
    expect(other.log.at(-1)).toBe('overdue 150');
    other.heartbeat.keep(times(100, 50));
    await pass(300);
    expect(other.log.at(-1)).toBe('dead 1360');
  });

  test.each([0, -1, Number.NaN])(
    'a pong timeout of %d, which keepPing takes, does not keep it alive or spin',
    async (pong) => {
      const { heartbeat, log, owner } = silent();
      await pass(160);
      heartbeat.keep(times(100, pong));
      owner.hears = false;
      await pass(500);
      owner.hears = true;
      await pass(1100);
      expect(log.filter((line) => line.startsWith('dead'))).toHaveLength(1);
    },
  );

  test('a ping of the protocol’s own, with pings off, is judged in the same way', async () => {
    const beats = create();
    beats.owner.deadTimeout = 200;
    beats.heartbeat.asked();
    beats.heartbeat.overdue();
    await turns(3);
    await pass(300);
    expect(beats.log).toEqual(['overdue 0', 'dead 200']);
  });
});

describe('of a connection', () => {
  const pinging = { pingInterval: 1000, timeout: { pong: 500 } };

  /** A connection whose statuses are taken down. */
  function start(options = {}): ReturnType<typeof connect> & { statuses: number[]; ended: Promise<unknown> } {
    const all = connect({ ...pinging, ...options });
    const statuses: number[] = [];
    all.connection.apply({ name: 'statuses', onStatus: (status) => statuses.push(status) });
    return { ...all, statuses, ended: all.connection.start() };
  }

  async function pass(milliseconds: number): Promise<void> {
    vi.advanceTimersByTime(milliseconds);
    await turns(4);
  }

  test('an answered ping leaves it Ready', async () => {
    const { peer, statuses } = start();
    for (let i = 1; i <= 3; i++) {
      await pass(1000);
      expect(peer.seen).toHaveLength(i);
      peer.send([10]);
      await pass(0);
    }
    expect(peer.seen).toEqual(['9', '9', '9']);
    expect(statuses).toEqual([Status.Ready]);
  });

  test('Timeout, and Ready again when the pong comes; onReady is not called again', async () => {
    const { connection, peer, statuses } = start();
    const onReady = vi.fn();
    const previous: number[] = [];
    connection.onReady(onReady);
    connection.onStatus(Status.Ready, (before) => previous.push(before));
    await pass(1000);
    await pass(500);
    expect(connection.status).toBe(Status.Timeout);
    // Messages can still be sent.
    connection.dispatch(1, 'anyone?');
    peer.send([10, 'late']);
    await pass(0);
    expect(connection.status).toBe(Status.Ready);
    expect(statuses).toEqual([Status.Ready, Status.Timeout, Status.Ready]);
    expect([onReady.mock.calls.length, previous]).toEqual([0, [Status.Timeout]]);
  });

  test('any byte is a sign of life, whoever handles pongs', async () => {
    for (const frames of [[[10, 'here']], [[1, 'a message']], [[2, 'a part', false]]] as const) {
      const { connection, peer, statuses } = start();
      connection.onMessage(MessageType.Pong, () => {});
      await pass(1000);
      peer.send(...(frames as unknown as [number, string][]));
      await pass(0);
      await pass(500);
      expect(statuses).toEqual([Status.Ready]);
      expect(connection.status).toBe(Status.Ready);
    }
  });

  test('no Timeout while reading is paused: the pong could not be seen', async () => {
    const { connection, peer } = start({ synchronize: true, maxPendingBytes: 1 });
    const busy = deferred();
    connection.onMessage(1, () => busy.promise);
    // One that is handled, and one that waits.
    peer.send([1, 'busy'], [1, 'waiting']);
    await pass(1000);
    peer.send([10]);
    for (let i = 0; i < 10; i++) await pass(500);
    expect(connection.status).toBe(Status.Ready);
    busy.resolve();
    await turns(5);
    await pass(499);
    expect(connection.status).toBe(Status.Ready);
  });

  test('no Timeout while it closes: no ping is sent any more', async () => {
    const { connection, peer, statuses, ended } = start({ timeout: { pong: 100, close: 10_000 } });
    connection.close();
    await pass(1000);
    await pass(1000);
    expect(statuses).toEqual([Status.Ready]);
    peer.close();
    await ended;
    expect(statuses).toEqual([Status.Ready, Status.Closed]);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([8]);
  });

  test('ended while in Timeout: it stays Closed whatever is called', async () => {
    const { connection, peer, statuses, ended } = start();
    await pass(1000);
    await pass(500);
    peer.transport.destroy();
    await ended;
    connection.refreshPongTime();
    connection.keepPing(10, 10);
    await pass(100);
    expect(statuses).toEqual([Status.Ready, Status.Timeout, Status.Closed]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keepPing: other times from now on, or none', async () => {
    const { connection, peer } = start();
    connection.keepPing(100, 50);
    await pass(100);
    expect(peer.seen).toEqual(['9']);
    await pass(50);
    expect(connection.status).toBe(Status.Timeout);
    connection.keepPing(0, 50);
    await pass(10_000);
    expect(peer.seen).toEqual(['9']);
  });

  test('keepPing before start counts from start', async () => {
    const { connection, peer } = connect(pinging);
    connection.keepPing(100, 50);
    expect(vi.getTimerCount()).toBe(0);
    void connection.start();
    await pass(100);
    expect(peer.seen).toEqual(['9']);
  });

  test('a pong nobody asked for is taken', async () => {
    const { connection, peer } = start();
    peer.send([10, 'unasked'], [1, 'x']);
    await pass(0);
    expect(connection.status).toBe(Status.Ready);
  });
});
