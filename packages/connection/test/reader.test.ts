import { describe, expect, test, vi } from 'vitest';
import { parseCloseCode } from '../src/connection.js';
import { ClosedError, NotReadyError } from '../src/protocol/contract/errors.js';
import { cleanUpConnections, connect, connectBoth, type Deferred, deferred } from './support/connections.js';
import { bytesOf, concat, pattern, textOf } from './support/frames.js';
import { turns } from './support/turns.js';

cleanUpConnections();

/** A source that yields what it is given, when it is given. */
class ManualSource implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  pulls = 0;
  returns = 0;
  readonly #asked: Deferred<IteratorResult<Uint8Array>>[] = [];

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    this.pulls++;
    const entry = deferred<IteratorResult<Uint8Array>>();
    this.#asked.push(entry);
    return entry.promise;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.returns++;
    return { done: true, value: undefined };
  }

  async give(text: string): Promise<void> {
    this.#asked.shift()?.resolve({ done: false, value: bytesOf(text) });
    await turns(2);
  }

  async finish(): Promise<void> {
    this.#asked.shift()?.resolve({ done: true, value: undefined });
    await turns(2);
  }

  async fail(error: unknown): Promise<void> {
    this.#asked.shift()?.reject(error);
    await turns(2);
  }
}

async function* generate(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield piece;
}

/** A promise's outcome, looked at without waiting. */
function watch(promise: Promise<unknown>): { outcome: unknown } {
  const state: { outcome: unknown } = { outcome: 'pending' };
  promise.then(
    () => {
      state.outcome = 'sent';
    },
    (error: unknown) => {
      state.outcome = error;
    },
  );
  return state;
}

describe('the message', () => {
  test.each([100, 16_384, 100_000, 300_000])('a source may use the same %d bytes for every piece', async (size) => {
    const { client, server } = connectBoth();
    const arrived = new Promise<Uint8Array>((resolve) => server.onMessage(2, (message) => resolve(message.read())));
    void client.start();
    void server.start();
    const memory = new Uint8Array(size);
    function* source(): Generator<Uint8Array, void, undefined> {
      for (let i = 1; i <= 20; i++) yield memory.fill(i);
      memory.fill(0);
    }
    await client.dispatchReader(2, source());
    const expected = concat(Array.from({ length: 20 }, (_, i) => new Uint8Array(size).fill(i + 1)));
    expect(Buffer.compare(await arrived, expected)).toBe(0);
  });

  const pieces = [pattern(10), pattern(0), pattern(50_000, 2), pattern(7, 3)];
  test.each([
    ['async iterable', () => generate(pieces)],
    ['array', () => pieces],
    ['generator', () => pieces.values()],
    ['ReadableStream', () => ReadableStream.from(pieces)],
    ['typed arrays of other kinds', () => pieces.map((piece) => new DataView(piece.buffer) as unknown as Uint8Array)],
  ])('from an %s: fragments of at most chunkSize', async (_, source) => {
    const { connection, peer } = connect({ chunkSize: 4096 });
    void connection.start();
    await connection.dispatchReader(2, source());
    await peer.sink.until(() => peer.frames.at(-1)?.fin === true);
    expect(concat(peer.frames.map(({ payload }) => payload))).toEqual(concat(pieces));
    expect(peer.frames.every(({ payload }) => payload.length <= 4096)).toBe(true);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([2, ...new Array(peer.frames.length - 1).fill(0)]);
    expect(peer.frames.filter(({ fin }) => fin)).toHaveLength(1);
  });

  test('of nothing is an empty message', async () => {
    const { connection, peer } = connect();
    void connection.start();
    await connection.dispatchReader(1, []);
    await peer.received(1);
    expect(peer.seen).toEqual(['1']);
  });

  test('a piece is sent when it comes, not when the message ends', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const source = new ManualSource();
    const sent = watch(connection.dispatchReader(1, source));
    await turns(2);
    await source.give('one');
    await peer.received(1);
    expect(peer.seen).toEqual(['1+ one']);
    await source.give('two');
    await source.finish();
    await peer.received(3);
    expect(peer.seen).toEqual(['1+ one', '0+ two', '0']);
    expect([sent.outcome, source.returns]).toEqual(['sent', 0]);
  });

  test('others wait for its end, in their order; control frames do not', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const one = new ManualSource();
    const two = new ManualSource();
    const both = Promise.all([connection.dispatchReader(1, one), connection.dispatchReader(2, two)]);
    connection.dispatch(1, 'after both');
    connection.ping('at once');
    await turns(2);
    expect([one.pulls, two.pulls]).toEqual([1, 0]);
    await one.give('1');
    await one.finish();
    expect(two.pulls).toBe(1);
    await two.finish();
    await both;
    await peer.received(5);
    expect(peer.seen).toEqual(['9 at once', '1+ 1', '0', '2', '1 after both']);
  });

  test('the source is not pulled while more than highWaterMark is queued', async () => {
    const { connection, peer } = connect({ highWaterMark: 10_000 });
    void connection.start();
    peer.transport.pause();
    let pulls = 0;
    function* endless(): Generator<Uint8Array> {
      for (; pulls < 1000; pulls++) yield pattern(5000);
    }
    const sent = watch(connection.dispatchReader(2, endless()));
    let before = -1;
    while (before !== pulls) {
      before = pulls;
      await turns(5);
    }
    expect(pulls).toBeGreaterThan(1);
    // What the transport holds in between, and the mark.
    expect(pulls).toBeLessThan(100);
    expect(connection.bufferedAmount).toBeLessThan(200_000);
    peer.transport.resume();
    await peer.sink.until(() => peer.frames.at(-1)?.fin === true);
    await turns(2);
    expect([pulls, sent.outcome]).toEqual([1000, 'sent']);
  });

  test('bytes of the source are not written to', async () => {
    const { connection, peer } = connect({ isClient: true });
    void connection.start();
    const piece = bytesOf('untouched '.repeat(5000));
    await connection.dispatchReader(2, [piece]);
    await peer.sink.until(() => peer.frames.at(-1)?.fin === true);
    expect(textOf(piece)).toBe('untouched '.repeat(5000));
  });
});

describe('wrong calls reject, and the source is left alone', () => {
  test('before start, after close', async () => {
    const { connection } = connect();
    const source = new ManualSource();
    await expect(connection.dispatchReader(1, source)).rejects.toBeInstanceOf(NotReadyError);
    void connection.start();
    connection.close();
    await expect(connection.dispatchReader(1, source)).rejects.toBeInstanceOf(ClosedError);
    expect(source.pulls).toBe(0);
  });

  test.each([0, 8, 9, 15, 16, 1.5])('type %d', async (type) => {
    const { connection } = connect();
    void connection.start();
    await expect(connection.dispatchReader(type, [])).rejects.toBeInstanceOf(RangeError);
  });

  test.each([null, undefined, 5, {}])('source %s', async (source) => {
    const { connection, peer } = connect();
    void connection.start();
    await expect(connection.dispatchReader(1, source as never)).rejects.toBeInstanceOf(TypeError);
    connection.dispatch(1, 'alive');
    await peer.received(1);
    expect(peer.seen).toEqual(['1 alive']);
  });

  test('an aborted signal', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const reason = new Error('changed my mind');
    const source = new ManualSource();
    const promise = connection.dispatchReader(1, source, { signal: AbortSignal.abort(reason) });
    await expect(promise).rejects.toBe(reason);
    connection.dispatch(1, 'alive');
    await peer.received(1);
    expect(source.pulls).toBe(0);
  });
});

describe('given up', () => {
  const reason = new Error('enough');
  const endings: [string, (source: ManualSource, abort: AbortController) => unknown][] = [
    ['aborted', (_source, abort) => abort.abort(reason)],
    ['the source fails', (source) => source.fail(reason)],
  ];

  test.each(endings)('%s before the first piece: nothing was sent, the connection lives', async (_, end) => {
    const { connection, peer } = connect();
    void connection.start();
    const source = new ManualSource();
    const abort = new AbortController();
    const sent = watch(connection.dispatchReader(1, source, { signal: abort.signal }));
    connection.dispatch(1, 'waited');
    await turns(2);
    await end(source, abort);
    await peer.received(1);
    connection.dispatch(1, 'alive');
    await peer.received(2);
    expect(peer.seen).toEqual(['1 waited', '1 alive']);
    expect([sent.outcome, source.returns]).toEqual([reason, 1]);
  });

  test.each(endings)('%s later: half a message cannot be taken back, 1011', async (_, end) => {
    const { connection, peer } = connect();
    const ended = connection.start();
    const source = new ManualSource();
    const abort = new AbortController();
    const sent = watch(connection.dispatchReader(1, source, { signal: abort.signal }));
    connection.dispatch(1, 'never sent');
    await turns(2);
    await source.give('half');
    await end(source, abort);
    await peer.received(2);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
    expect(parseCloseCode(peer.frames[1]!.payload)?.code).toBe(1011);
    // Nothing of what is inside goes to the peer.
    expect(parseCloseCode(peer.frames[1]!.payload)?.reason).not.toContain('enough');
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1011, error: reason });
    expect([sent.outcome, source.returns]).toEqual([reason, 1]);
  });

  test('aborted while it waits for its turn: the message before it is not touched', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const abort = new AbortController();
    const one = new ManualSource();
    const two = new ManualSource();
    const first = watch(connection.dispatchReader(1, one));
    const second = watch(connection.dispatchReader(1, two, { signal: abort.signal }));
    await turns(2);
    abort.abort(reason);
    await one.give('1');
    await one.finish();
    await peer.received(2);
    expect(peer.seen).toEqual(['1+ 1', '0']);
    expect([first.outcome, second.outcome, two.pulls]).toEqual(['sent', reason, 0]);
  });

  test('aborted while the peer does not read', async () => {
    const { connection, peer } = connect({ highWaterMark: 0 });
    void connection.start();
    peer.transport.pause();
    const abort = new AbortController();
    const sent = watch(connection.dispatchReader(2, [pattern(1_000_000), pattern(1)], { signal: abort.signal }));
    await turns(3);
    expect(sent.outcome).toBe('pending');
    abort.abort(reason);
    await turns(2);
    expect(sent.outcome).toBe(reason);
  });

  test('aborted after its end: nothing happens', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const abort = new AbortController();
    await connection.dispatchReader(1, [bytesOf('x')], { signal: abort.signal });
    abort.abort(reason);
    connection.dispatch(1, 'alive');
    await peer.received(2);
    expect(peer.seen).toEqual(['1 x', '1 alive']);
  });

  test('a reason that is no Error', async () => {
    const { connection } = connect();
    void connection.start();
    const abort = new AbortController();
    const sent = watch(connection.dispatchReader(1, new ManualSource(), { signal: abort.signal }));
    await turns(2);
    abort.abort('a string');
    await turns(2);
    expect(String(sent.outcome)).toContain('a string');
  });

  test('a piece that is not bytes', async () => {
    const { connection, peer } = connect();
    void connection.start();
    await expect(connection.dispatchReader(1, [['text']] as never)).rejects.toBeInstanceOf(TypeError);
    connection.dispatch(1, 'alive');
    await peer.received(1);
    expect(peer.seen).toEqual(['1 alive']);
  });

  test('a source that throws when it is told to stop is let go', async () => {
    const { connection } = connect();
    void connection.start();
    const source = new ManualSource();
    source.return = vi.fn(() => {
      throw new Error('return threw');
    });
    const sent = watch(connection.dispatchReader(1, source));
    await turns(2);
    await source.fail(reason);
    expect(sent.outcome).toBe(reason);
    expect(source.return).toHaveBeenCalledTimes(1);
  });
});

describe('the connection ends meanwhile', () => {
  test.each(['before the first piece', 'in the middle'])('gone %s: ClosedError, the source is told', async (when) => {
    const { connection, peer } = connect();
    const ended = connection.start();
    const source = new ManualSource();
    const sent = watch(connection.dispatchReader(1, source));
    const waiting = watch(connection.dispatchReader(1, new ManualSource()));
    await turns(2);
    if (when === 'in the middle') await source.give('half');
    peer.transport.destroy();
    await ended;
    await turns(2);
    expect(sent.outcome).toBeInstanceOf(ClosedError);
    expect(waiting.outcome).toBeInstanceOf(ClosedError);
    expect(source.returns).toBe(1);
  });

  test('close() by someone else: the message is cut off, nothing follows the Close', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const source = new ManualSource();
    const sent = watch(connection.dispatchReader(1, source));
    connection.dispatch(1, 'held');
    await turns(2);
    await source.give('half');
    connection.close(1001);
    await source.give('other half');
    await peer.received(2);
    await turns(2);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
    expect(sent.outcome).toBeInstanceOf(ClosedError);
    expect(source.returns).toBe(1);
  });

  test('close() after its end: all of it goes first', async () => {
    const { connection, peer } = connect();
    void connection.start();
    await connection.dispatchReader(2, [pattern(100_000), pattern(100_000, 2)]);
    connection.close(1001);
    await peer.sink.until(() => peer.frames.at(-1)?.opcode === 8);
    const content = concat(peer.frames.slice(0, -1).map(({ payload }) => payload));
    expect(Buffer.compare(content, concat([pattern(100_000), pattern(100_000, 2)]))).toBe(0);
    expect(peer.frames.at(-2)?.fin).toBe(true);
  });

  test('close() before the first piece: nothing follows the Close', async () => {
    const { connection, peer } = connect();
    void connection.start();
    const source = new ManualSource();
    const sent = watch(connection.dispatchReader(1, source));
    connection.dispatch(1, 'held');
    await turns(2);
    connection.close(1001);
    await source.give('too late');
    await turns(2);
    expect(peer.frames.at(-1)?.opcode).toBe(8);
    expect(peer.seen.slice(0, -1)).toEqual(['1 held']);
    expect(sent.outcome).toBeInstanceOf(ClosedError);
  });
});
