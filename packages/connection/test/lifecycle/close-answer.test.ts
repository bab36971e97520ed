import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CloseAnswer } from '../../src/lifecycle/close-answer.js';
import { cleanUpConnections, connect, deferred } from '../support/connections.js';
import { textOf } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

describe('the time of the answer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function create(unsettled: number, closeTimeout = 10_000) {
    let settled: (() => void) | undefined;
    const handlers = {
      unsettled,
      whenSettled(action: () => void): void {
        settled = action;
      },
    };
    const onDue = vi.fn();
    const owner = { isStuck: false, onAnswerDue: onDue };
    const answer = new CloseAnswer(handlers, closeTimeout, owner);
    return { answer, handlers, owner, onDue, settle: () => settled?.() };
  }

  test('is when all handlers have settled', () => {
    const { onDue, settle } = create(3);
    vi.advanceTimersByTime(500);
    expect(onDue).not.toHaveBeenCalled();
    settle();
    expect(onDue).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(20_000);
    settle();
    expect(onDue).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('comes when none settles for a second', () => {
    const { handlers, onDue } = create(3);
    for (let i = 0; i < 2; i++) {
      vi.advanceTimersByTime(900);
      handlers.unsettled--;
      vi.advanceTimersByTime(100);
    }
    expect(onDue).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(onDue).toHaveBeenCalledOnce();
  });

  test.for([
    [10_000, 5000],
    [1000, 500],
  ])('of a timeout.close of %i it takes %i at most', ([closeTimeout, most]) => {
    const { handlers, onDue } = create(1000, closeTimeout);
    const settling = setInterval(() => handlers.unsettled--, 50);
    vi.advanceTimersByTime(most! - 1);
    expect(onDue).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    clearInterval(settling);
    expect(onDue).toHaveBeenCalledOnce();
  });

  test('comes at the next look when what is queued cannot leave any more', () => {
    const { owner, onDue } = create(3);
    vi.advanceTimersByTime(250);
    owner.isStuck = true;
    expect(onDue).not.toHaveBeenCalled();
    vi.advanceTimersByTime(250);
    expect(onDue).toHaveBeenCalledOnce();
  });

  test('never comes once nobody waits for it', () => {
    const { answer, onDue, settle } = create(1);
    answer.stop();
    settle();
    vi.advanceTimersByTime(20_000);
    expect(onDue).not.toHaveBeenCalled();
  });
});

describe('a connection', () => {
  cleanUpConnections();

  test.for([
    ['synchronize', { synchronize: true }],
    ['maxPendingHandlers: 1', { maxPendingHandlers: 1 }],
    ['maxPendingHandlers: 3', { maxPendingHandlers: 3 }],
    ['a client', { synchronize: true, isClient: true }],
    ['triggerOnStart', { synchronize: true, triggerOnStart: true }],
  ] as const)('replies to all that came before the Close, with %s', async ([, options]) => {
    const { connection, peer } = connect(options);
    connection.onMessage(1, async (message, adapter) => {
      const { length } = (await message.completed()).text();
      await turns(1);
      adapter.dispatch(1, `${length}`);
    });
    const ended = connection.start();
    peer.send([1, 'a'], [1, 'bc'], [1, 'def'], [1, 'ghij'], [8, new Uint8Array([3, 232])]);
    await peer.received(5);
    peer.transport.end();
    expect(peer.frames.map(({ payload }) => textOf(payload))).toEqual(['1', '2', '3', '4', expect.anything()]);
    expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  const handling = fc.record({
    synchronize: fc.boolean(),
    triggerOnStart: fc.boolean(),
    isClient: fc.boolean(),
    // Sizes of the messages, and how long the handler of each takes.
    messages: fc.array(fc.tuple(fc.nat(300), fc.nat(3)), { minLength: 1, maxLength: 40 }),
    perSegment: fc.integer({ min: 1, max: 41 }),
    maxPendingBytes: fc.constantFrom(1, 500, 1 << 20),
  });

  propertyTest(
    'replies in order to whatever came before the Close, with one handler at a time',
    200,
    fc.asyncProperty(handling, async ({ messages, perSegment, synchronize, ...options }) => {
      const { connection, peer } = connect({
        ...options,
        synchronize,
        ...(synchronize ? {} : { maxPendingHandlers: 1 }),
      });
      let handled = 0;
      connection.onMessage(1, async (message, adapter) => {
        const [, delay] = messages[handled++]!;
        // With nothing to wait for it is as if the handler were not asynchronous.
        await turns(delay);
        const { length } = (await message.completed()).text();
        adapter.dispatch(1, `${length}`);
      });
      const ended = connection.start();
      const frames = [...messages.map(([size]) => [1, 'x'.repeat(size)] as [number, string]), [8] as [number]];
      while (frames.length > 0) {
        peer.send(...frames.splice(0, perSegment));
        await turns(perSegment % 3);
      }
      await peer.received(messages.length + 1);
      peer.transport.end();
      expect(peer.frames.map(({ opcode, payload }) => `${opcode} ${textOf(payload)}`.trimEnd())).toEqual([
        ...messages.map(([size]) => `1 ${size}`),
        '8',
      ]);
      expect(await ended).toEqual({ code: 1005, reason: '', wasClean: true });
    }),
  );

  test('calls the handler of the Close after those of the messages before it, and what that sends goes before the answer', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const seen: string[] = [];
    connection.onMessage(1, async (message) => {
      await turns(1);
      seen.push(message.text());
    });
    connection.onMessage(8, (_, adapter) => {
      seen.push('close');
      adapter.dispatch(1, 'bye');
    });
    void connection.start();
    peer.send([1, 'a'], [1, 'b'], [8]);
    await peer.received(2);
    expect(seen).toEqual(['a', 'b', 'close']);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
  });

  test('replies to all that came before the Close although as many handlers may be pending', async () => {
    const { connection, peer } = connect();
    connection.onMessage(1, async (message, adapter) => {
      await turns(Number(message.text()));
      adapter.dispatch(1, message.text());
    });
    const ended = connection.start();
    peer.send([1, '3'], [1, '2'], [1, '1'], [8, new Uint8Array([3, 232])]);
    await peer.received(4);
    peer.transport.end();
    expect(peer.frames.map(({ payload }) => textOf(payload))).toEqual(['1', '2', '3', expect.anything()]);
    expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('answers at once when no handler is pending', async () => {
    const { connection, peer } = connect();
    connection.onMessage(1, () => {});
    void connection.start();
    peer.send([1, 'a'], [1, 'b'], [8]);
    await peer.received(1);
  });

  test('answers at once when replies wait for windows that the peer will grant no more', async () => {
    const windows = { streamWindow: 10, connectionWindow: 10, highWaterMark: 0 };
    const { connection, peer } = connect({ synchronize: true, enableStreams: true, ...windows });
    connection.onMessage(1, async (_, adapter) => {
      adapter.dispatch(2, new Uint8Array(100));
      await adapter.drained();
    });
    const ended = connection.start();
    peer.sendOn(1, 1, 'a');
    peer.send([8, new Uint8Array([3, 232])]);
    await peer.received(2);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, 8]);
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1000, unsent: { messages: 1 } });
  });

  test.for([
    ['piece by piece', {}, 1],
    ['piece by piece on streams', { enableStreams: true }, 1],
    ['in more than a frame on streams', { enableStreams: true }, 20_000],
    ['in more than a write on streams', { enableStreams: true }, 500_000],
  ] as const)('sends whole what was dispatched before the handlers settled, %s', async ([how, options, size]) => {
    const { connection, peer } = connect({ synchronize: true, ...options });
    connection.onMessage(1, async (_, adapter) => {
      const content = new Uint8Array(size);
      if (how.startsWith('piece')) await adapter.dispatchReader(2, [content]);
      else adapter.dispatch(2, content);
      adapter.dispatch(1, 'done');
    });
    const ended = connection.start();
    const ask = (id: number): void => ('enableStreams' in options ? peer.sendOn(id, 1, 'ask') : peer.send([1, 'ask']));
    ask(1);
    ask(2);
    peer.send([8, new Uint8Array([3, 232])]);
    await peer.sink.until(() => peer.frames.some(({ opcode }) => opcode === 8));
    peer.transport.end();
    expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
    const bytes = peer.frames.filter(({ opcode }) => opcode < 3).reduce((sum, { payload }) => sum + payload.length, 0);
    expect(bytes).toBe(2 * (size + 'done'.length));
  });

  test('echoes the code of the Close whatever its handler does to the bytes', async () => {
    const { connection, peer } = connect({ enableStreams: true });
    connection.onMessage(8, (message) => void message.read().fill(0));
    const ended = connection.start();
    // More than goes into one write: the answer has to wait.
    connection.dispatch(2, new Uint8Array(500_000));
    peer.send([8, new Uint8Array([3, 232])]);
    await peer.sink.until(() => peer.frames.some(({ opcode }) => opcode === 8));
    expect([...peer.frames.at(-1)!.payload]).toEqual([3, 232]);
    peer.transport.end();
    expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('fails with 1011 when a handler throws while the Close waits', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const error = new Error('planned');
    connection.onMessage(1, async () => {
      await turns(2);
      throw error;
    });
    const ended = connection.start();
    peer.send([1, 'a'], [8, new Uint8Array([3, 232])]);
    await peer.received(1);
    expect([...peer.frames[0]!.payload.subarray(0, 2)]).toEqual([3, 243]);
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1011, wasClean: false, error });
  });

  test('does not mind a message that is sent on as it arrives, and broken off by the Close', async () => {
    const { connection, peer } = connect({ triggerOnStart: true });
    connection.onMessage(2, (message, adapter) => adapter.dispatchReader(2, message.readIter()));
    const ended = connection.start();
    peer.send([2, 'half', false]);
    await peer.received(1);
    peer.send([8, new Uint8Array([3, 232])]);
    await peer.received(2);
    expect(peer.seen).toEqual(['2+ half', expect.stringMatching(/^8 /)]);
    peer.transport.end();
    expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('does not mind a reader whose message the Close breaks off', async () => {
    const { connection, peer } = connect({ triggerOnStart: true });
    connection.onMessage(1, async (message) => {
      await message.completed();
    });
    const ended = connection.start();
    peer.send([1, 'half', false], [8, new Uint8Array([3, 232])]);
    await peer.received(1);
    peer.transport.end();
    expect(await ended).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('answers with its own Close when `close` is called meanwhile', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const { promise, resolve } = deferred();
    connection.onMessage(1, () => promise);
    const ended = connection.start();
    peer.send([1, 'a'], [8]);
    await turns(3);
    expect(peer.frames).toEqual([]);
    connection.close(1001);
    await peer.received(1);
    expect([...peer.frames[0]!.payload]).toEqual([3, 233]);
    peer.transport.end();
    resolve();
    expect(await ended).toEqual({ code: 1005, reason: '', wasClean: true });
  });

  test('neither pings a peer that waits for the answer, nor says that it is silent', async () => {
    const { connection, peer } = connect({ synchronize: true, pingInterval: 1, timeout: { pong: 1, close: 60 } });
    const { promise, resolve } = deferred();
    const statuses: number[] = [];
    connection.onStatus(2, () => statuses.push(2));
    connection.onMessage(1, () => promise);
    const ended = connection.start();
    peer.send([1, 'a'], [8]);
    peer.transport.end();
    expect(await ended).toMatchObject({ wasClean: true });
    resolve();
    expect([statuses, peer.frames.map(({ opcode }) => opcode)]).toEqual([[], [8]]);
  });

  test('is not clean when the peer does not wait for the answer', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const { promise, resolve } = deferred();
    connection.onMessage(1, () => promise);
    const ended = connection.start();
    peer.send([1, 'a'], [8]);
    await turns(3);
    peer.transport.destroy();
    await turns(3);
    resolve();
    expect(await ended).toEqual({ code: 1005, reason: '', wasClean: false });
  });

  test('takes timeout.close to end at the most, although messages wait behind a handler that hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { connection, peer } = connect({ synchronize: true, timeout: { close: 1000 } });
      connection.onMessage(1, () => new Promise(() => {}));
      const ended = connection.start();
      peer.send([1, 'a'], [1, 'b']);
      await turns(3);
      connection.close();
      vi.advanceTimersByTime(1000);
      // What has come in time is read first.
      await turns(5);
      vi.advanceTimersByTime(1);
      expect(await ended).toMatchObject({ code: 1006, wasClean: false });
    } finally {
      vi.useRealTimers();
    }
  });
});
