import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Link } from '../../src/lifecycle/link.js';
import type { LinkOptions } from '../../src/lifecycle/link-options.js';
import { nodePlatform } from '../../src/node/platform.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import { ClosedError } from '../../src/protocol/contract/errors.js';
import { flowControl } from '../../src/protocol/negotiated/stream-extension.js';
import type { Transport, TransportSink } from '../../src/transport.js';
import { cleanUpConnections, connect } from '../support/connections.js';
import { brief, concat, frame, framesOf, pattern } from '../support/frames.js';
import { turns } from '../support/turns.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

cleanUpConnections();
afterEach(() => {
  vi.useRealTimers();
});

const MIB = 1024 * 1024;
/** Handlers that have nothing to do. */
const SETTLED = { unsettled: 0, whenSettled: (action: () => void): void => action() };
const IDLE = { ...SETTLED, isFull: false, isStuffed: false, queuedBytes: 0, isHolding: false, moves: 0 };

/** A link over a transport of the test's own: what that does not say does nothing. `onMessage` may use the link. */
function openLink(
  given: Partial<Transport>,
  options: Partial<LinkOptions>,
  onMessage: (link: Link, type: number, payload: Uint8Array) => unknown,
  handlers: typeof IDLE = IDLE,
): Link {
  const transport = { start() {}, write: () => true, pause() {}, resume() {}, end() {}, destroy() {}, ...given };
  const link: Link = new Link(
    nodePlatform,
    transport,
    { ...resolveOptions({}), isClient: true, streams: undefined, maxUnread: 1, ...options },
    {
      onMessage: (type, _id, payload) => void onMessage(link, type, payload),
      onMessageStart: () => expect.unreachable(),
      pongTimeout: 5000,
      onSignOfLife() {},
      onPingLeft: () => expect.unreachable(),
      onAsked: () => expect.unreachable(),
      onSilence: () => expect.unreachable(),
      onEnd() {},
    },
    handlers,
  );
  link.start();
  return link;
}

describe('writes', () => {
  test('the replies to all that one chunk holds leave in one', async () => {
    const { connection, transport, peer } = connect();
    connection.onMessage(1, (message, adapter) => adapter.dispatch(1, message.text()));
    void connection.start();
    peer.send(...Array.from({ length: 100 }, (_, i): [number, string] => [1, `${i}`]), [9, 'and a pong']);
    await peer.received(101);
    expect(transport.writes).toHaveLength(1);
  });

  test('the replies of asynchronous handlers too, when they come in one turn', async () => {
    const { connection, transport, peer } = connect();
    connection.onMessage(1, async (message, adapter) => {
      await Promise.resolve();
      adapter.dispatch(1, message.text());
    });
    void connection.start();
    peer.send(...Array.from({ length: 100 }, (_, i): [number, string] => [1, `${i}`]));
    await peer.received(100);
    expect(transport.writes).toHaveLength(1);
  });

  test('all that is dispatched in one turn leaves in one', async () => {
    const { connection, transport, peer } = connect();
    void connection.start();
    await delay(1);
    connection.dispatch(1, 'a');
    await Promise.resolve();
    connection.ping('b');
    connection.dispatch(2, 'c');
    process.nextTick(() => {
      connection.dispatch(1, 'd');
      connection.close(1000);
    });
    await peer.received(5);
    expect(transport.writes).toHaveLength(1);
  });

  test('much leaves before the end of the turn', () => {
    const { connection, transport } = connect();
    void connection.start();
    for (let i = 0; i < 100; i++) connection.dispatch(2, pattern(5000));
    expect(transport.writes.length).toBeGreaterThan(0);
    expect(Math.max(...transport.writes)).toBeLessThan(300 * 1024);
  });

  test('nothing is written while the transport is not done with the last', async () => {
    const { connection, transport, peer } = connect();
    void connection.start();
    peer.transport.pause();
    connection.dispatch(2, pattern(200_000));
    await turns(2);
    const count = transport.writes.length;
    connection.dispatch(1, 'waits');
    connection.dispatch(1, 'waits too');
    await turns(3);
    expect(transport.writes).toHaveLength(count);
    peer.transport.resume();
    await peer.received(3);
    expect(transport.writes).toHaveLength(count + 1);
  });

  test('a transport may hand over a chunk from within `write`: nothing is lost, and the order is kept', async () => {
    let sink: TransportSink | undefined;
    const written: Uint8Array[] = [];
    const transport: Partial<Transport> = {
      start: (given) => {
        sink = given;
      },
      write: (parts) => {
        // As they are at the end of the write.
        if (written.length < 5) sink?.onData(concat([frame(1, 'in between'), frame(9)]));
        written.push(concat(parts));
        return true;
      },
    };
    const link = openLink(transport, {}, (link, type, payload) =>
      type === 9 ? link.pong(payload) : link.send(1, 'reply'),
    );
    link.send(1, 'first');
    await turns(10);
    const frames = written.flatMap((bytes) => framesOf([bytes])).map(brief);
    expect(frames).toEqual(['1 first', ...Array.from({ length: 5 }, () => ['1 reply', '10']).flat()]);
    expect(link.bufferedAmount).toBe(0);
  });
});

describe('much that queues', () => {
  // Counts the bytes of each write, and is not done with that of number `blocked`, from 1.
  function open(blocked: number): { link: Link; writes: number[] } {
    const writes: number[] = [];
    const write = (parts: readonly Uint8Array[]): boolean => {
      return writes.push(parts.reduce((sum, { length }) => sum + length, 0)) !== blocked;
    };
    const streams = { maxStreams: 8, flow: undefined };
    const link = openLink({ write }, { isClient: false, streams }, () => expect.unreachable());
    for (let i = 0; i < 8; i++) link.send(2, new Uint8Array(128 * 1024));
    return { link, writes };
  }

  test('leaves in a few writes a turn, none of them large', async () => {
    const { link, writes } = open(0);
    await turns(1);
    expect(writes).toHaveLength(4);
    await turns(1);
    expect(writes).toHaveLength(8);
    await turns(20);
    expect(Math.max(...writes)).toBeLessThan(66 * 1024);
    expect(link.bufferedAmount).toBe(0);
    link.onClose();
  });

  test('no further than the transport takes it', async () => {
    const { link, writes } = open(3);
    await turns(5);
    expect(writes).toHaveLength(3);
    link.onDrain();
    expect(writes).toHaveLength(7);
    link.onClose();
  });
});

describe('what depends on the peer', () => {
  const IS_BUSY = { ...SETTLED, isFull: true, isStuffed: false, queuedBytes: 600, isHolding: true, moves: 0 };
  const windows = { stream: 10, connection: 1000 };

  // Over a transport that takes nothing before `onDrain`, if it is slow. Logs how it is used.
  function open(handlers: typeof IS_BUSY, isSlow: boolean): { link: Link; log: string[] } {
    const log: string[] = [];
    const write = (parts: readonly Uint8Array[]): boolean => {
      log.push(`write ${parts[0]![0]! & 0x0f}`);
      return !isSlow;
    };
    const pause = (): void => void log.push('pause');
    const resume = (): void => void log.push('resume');
    const transport = { write, pause, resume, end: () => void log.push('end') };
    const streams = { maxStreams: 8, flow: flowControl(windows, windows) };
    const answer = (link: Link, type: number, payload: Uint8Array): unknown => type === 9 && link.pong(payload);
    const link = openLink(transport, { streams }, answer, handlers);
    return { link, log };
  }

  test('is read for from when nothing of it may leave any more', async () => {
    const { link, log } = open(IS_BUSY, false);
    expect([log, link.isListening]).toEqual([['pause'], false]);
    // Of 30 bytes 10 may leave at once.
    link.send(2, new Uint8Array(30));
    await turns(2);
    expect(log).toEqual(['pause', 'write 2', 'resume']);
    link.onClose();
  });

  test('an answer that is owed leaves before the end of our side', async () => {
    const { link, log } = open(IDLE, true);
    link.send(2, 'x');
    await turns(1);
    link.onData(frame(9, 'ping', { mask: false }));
    link.onEnd();
    await turns(1);
    expect(log).toEqual(['write 2']);
    link.onDrain();
    await turns(1);
    expect(log).toEqual(['write 2', 'write 10', 'end']);
    link.onClose();
  });

  test('what is granted after the end of our side is not sent', async () => {
    const { link, log } = open(IDLE, true);
    link.send(2, 'x');
    await turns(1);
    link.onData(frame(2, 'half of it', { streamId: 1, fin: false, mask: false }));
    link.onEnd();
    await turns(1);
    expect(log).toEqual(['write 2', 'end']);
    link.onDrain();
    await turns(2);
    expect(log).toEqual(['write 2', 'end']);
    link.onClose();
  });
});

describe('back-pressure', () => {
  test('dispatch says false above the mark, drained waits until it is below again', async () => {
    const { connection, peer } = connect({ highWaterMark: 1000 });
    void connection.start();
    expect(connection.dispatch(2, new Uint8Array(998 - 2))).toBe(true);
    expect(connection.bufferedAmount).toBe(1000);
    await connection.drained();
    expect(connection.dispatch(1, '')).toBe(false);
    expect(connection.bufferedAmount).toBe(1002);
    await connection.drained();
    expect(connection.bufferedAmount).toBe(0);
    await peer.received(2);
  });

  test('bufferedAmount is what the peer has not taken', async () => {
    const { connection, peer } = connect({ highWaterMark: 1000 });
    void connection.start();
    peer.transport.pause();
    connection.dispatch(2, pattern(MIB));
    connection.dispatch(1, 'x');
    await turns(3);
    expect(connection.bufferedAmount).toBeGreaterThan(MIB);
    let isDrained = false;
    const drained = Promise.all([connection.drained(), connection.drained()]).then(() => {
      isDrained = true;
    });
    await turns(3);
    expect(isDrained).toBe(false);
    peer.transport.resume();
    await drained;
    expect(connection.bufferedAmount).toBe(0);
  });

  test('drained: NotReadyError before start, at once when nothing is queued, ClosedError at the end', async () => {
    const { connection, peer } = connect({ highWaterMark: 0 });
    await expect(connection.drained()).rejects.toMatchObject({ code: 'NOT_READY' });
    const ended = connection.start();
    await connection.drained();
    peer.transport.pause();
    connection.dispatch(2, pattern(MIB));
    const drained = connection.drained();
    peer.transport.destroy();
    await expect(drained).rejects.toBeInstanceOf(ClosedError);
    await ended;
    await expect(connection.drained()).rejects.toBeInstanceOf(ClosedError);
  });

  test('a peer that pings and does not read costs one pong', async () => {
    const { connection, peer } = connect();
    void connection.start();
    peer.transport.pause();
    connection.dispatch(2, pattern(MIB));
    await turns(2);
    const amount = connection.bufferedAmount;
    for (let i = 0; i < 500; i++) peer.send([9, `${i}`]);
    await turns(3);
    expect(connection.bufferedAmount).toBe(amount);
    peer.transport.resume();
    await peer.received(2);
    await turns(3);
    expect(peer.seen.slice(1)).toEqual(['10 499']);
  });
});

describe('the end', () => {
  test('a server ends the transport when both Close frames are exchanged', async () => {
    const { connection, transport, peer } = connect();
    void connection.start();
    peer.send([8]);
    await peer.sink.until((sink) => sink.hasEnded);
    expect(peer.seen).toEqual(['8']);
    expect(transport.hasEnded).toBe(true);
  });

  test('a client waits for the server to end it', async () => {
    const { connection, transport, peer } = connect({ isClient: true });
    const ended = connection.start();
    peer.send([8]);
    await peer.received(1);
    await turns(3);
    expect(transport.hasEnded).toBe(false);
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1005, wasClean: true });
  });

  test('a client ends it by itself when it fails the connection', async () => {
    const { connection, transport, peer } = connect({ isClient: true });
    void connection.start();
    peer.send([0, 'bad']);
    await peer.sink.until((sink) => sink.hasEnded);
    expect(transport.hasEnded).toBe(true);
  });

  test('the peer ends without a Close: it gets what is queued', async () => {
    const { connection, peer } = connect();
    connection.onMessage(1, (message, adapter) => adapter.dispatch(1, `echo ${message.text()}`));
    const ended = connection.start();
    peer.send([1, 'x']);
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1006, wasClean: false });
    await peer.sink.until((sink) => sink.hasEnded);
    expect(peer.seen).toEqual(['1 echo x']);
  });

  test('a Close waits behind what the peer has not taken yet', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    peer.transport.pause();
    connection.dispatch(2, pattern(MIB));
    await turns(2);
    connection.close(1001);
    await turns(2);
    peer.transport.resume();
    await peer.received(2);
    peer.close(1001);
    expect(await ended).toMatchObject({ code: 1001, wasClean: true });
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 8]);
  });

  for (const isClient of [false, true]) {
    const role = isClient ? 'client' : 'server';
    const silences: [string, (c: ReturnType<typeof connect>) => void][] = [
      ['our Close is not answered', ({ connection }) => connection.close()],
      ['the peer does not end after it broke the protocol', ({ peer }) => peer.send([0, 'bad'])],
      [
        'the peer does not read',
        ({ peer, connection }) => {
          peer.transport.pause();
          connection.dispatch(2, pattern(MIB));
          connection.close();
        },
      ],
      [
        'a handler hangs',
        ({ peer, connection }) => {
          connection.onMessage(1, () => new Promise(() => {}));
          peer.send([1, 'x'], [1, 'y']);
          connection.close();
        },
      ],
    ];
    test(`${role}: the peer does not end after the Close frames: the transport is destroyed after half a second`, async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { connection, peer, transport } = connect({ isClient });
      const closed = connection.start();
      peer.send([8]);
      await turns(5);
      vi.advanceTimersByTime(499);
      await turns(5);
      expect(transport.isDestroyed).toBe(false);
      vi.advanceTimersByTime(1);
      expect(transport.isDestroyed).toBe(true);
      expect(await closed).toMatchObject({ code: 1005, wasClean: true });
    });

    test.each(silences)(`${role}: %s: the transport is destroyed after the close timeout`, async (_, cause) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const all = connect({ isClient, timeout: { close: 3000 }, synchronize: true });
      let info: unknown;
      void all.connection.start().then((value) => {
        info = value;
      });
      cause(all);
      await turns(5);
      vi.advanceTimersByTime(2999);
      await turns(5);
      expect([all.transport.isDestroyed, info]).toEqual([false, undefined]);
      vi.advanceTimersByTime(1);
      await turns(5);
      expect(all.transport.isDestroyed).toBe(true);
      // Messages may wait for their handler as long again.
      vi.advanceTimersByTime(3000);
      await turns(5);
      expect(info).toBeDefined();
      expect(vi.getTimerCount()).toBe(0);
    });
  }

  test('no timer is left when it ends in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { connection, peer } = connect({ pingInterval: 1000 });
    const ended = connection.start();
    expect(vi.getTimerCount()).toBe(1);
    peer.close();
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  });
});
