import { describe, expect, test, vi } from 'vitest';
import type { Adapter } from '../src/adapter.js';
import { type Connection, parseCloseCode, pooled } from '../src/connection.js';
import type { EventHandler } from '../src/handlers.js';
import type { Message } from '../src/message.js';
import {
  ClosedError,
  ConfigError,
  NotReadyError,
  ProtocolError,
  WebsonError,
} from '../src/protocol/contract/errors.js';
import { MessageType, Status } from '../src/status.js';
import { cleanUpConnections, connect, connectBoth, deferred, openTransport } from './support/connections.js';
import { bytesOf, hex, textOf } from './support/frames.js';
import { turns } from './support/turns.js';

vi.mock('../src/time/run-time.js', () => import('./support/run-time.js'));

cleanUpConnections();

/** Takes down the status changes of a connection. */
function record(connection: Connection): string[] {
  const seen: string[] = [];
  connection.onReady(() => seen.push('ready'));
  for (const [name, status] of Object.entries(Status)) {
    connection.onStatus(status, (previous) => seen.push(`${name} after ${nameOf(previous)}`));
  }
  return seen;
}

function nameOf(status: Status): string {
  return Object.entries(Status).find(([, value]) => value === status)?.[0] ?? 'none';
}

describe('the life of a connection', () => {
  test('YetReady, Ready, Closed', async () => {
    const { connection, peer } = connect();
    const seen = record(connection);
    expect(connection.status).toBe(Status.YetReady);
    expect(connection.isStarted).toBe(false);
    const ended = connection.start();
    expect(connection.status).toBe(Status.Ready);
    expect(connection.isStarted).toBe(true);
    peer.close(1001);
    expect(await ended).toEqual({ code: 1001, reason: '', wasClean: true });
    expect(connection.status).toBe(Status.Closed);
    expect(seen).toEqual(['ready', 'Ready after YetReady', 'Closed after Ready']);
    await peer.received(1);
    expect(parseCloseCode(peer.frames[0]!.payload)).toEqual({ code: 1001, reason: '' });
  });

  test('ready actions come before status actions, both before any message, in the order they were given', async () => {
    const { connection, peer } = connect();
    const seen: string[] = [];
    connection.onStatus(Status.Ready, () => seen.push('status 1'));
    connection.apply({ name: 'applied', onStatus: (status) => seen.push(`applied ${status}`) });
    connection.onReady((adapter) => seen.push(`ready 1 ${adapter === connection}`));
    connection.onStatus(Status.Ready, (_previous, adapter) => seen.push(`status 2 ${adapter === connection}`));
    connection.onReady(() => seen.push('ready 2'));
    const done = deferred();
    connection.onMessage(1, (message) => {
      seen.push(message.text());
      done.resolve();
    });
    peer.send([1, 'early']);
    await turns(2);
    void connection.start();
    await done.promise;
    expect(seen).toEqual(['ready 1 true', 'ready 2', 'status 1', 'status 2 true', 'applied 0', 'early']);
  });

  test('onReady after it is ready does nothing', async () => {
    const { connection } = connect();
    void connection.start();
    const action = vi.fn();
    connection.onReady(action);
    await turns(3);
    expect(action).not.toHaveBeenCalled();
  });

  test('what is dispatched by onReady is sent', async () => {
    const { connection, peer } = connect();
    connection.onReady((adapter) => adapter.dispatch(1, 'welcome'));
    void connection.start();
    await peer.received(1);
    expect(peer.seen).toEqual(['1 welcome']);
  });

  test('start twice', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    const again = connection.start();
    await expect(again).rejects.toThrow(WebsonError);
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
    peer.close();
    await ended;
    await expect(connection.start()).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
  });

  test('close before start: the handshake is made, nothing is delivered, start is refused', async () => {
    const { connection, peer } = connect();
    const seen = record(connection);
    const onMessage = vi.fn();
    connection.onMessage(1, onMessage);
    const closed = deferred();
    connection.onStatus(Status.Closed, () => closed.resolve());
    peer.send([1, 'early']);
    connection.close(1001, 'no');
    await expect(connection.start()).rejects.toBeInstanceOf(ClosedError);
    expect(() => connection.dispatch(1, 'x')).toThrow(ClosedError);
    await peer.received(1);
    peer.close(1001);
    await closed.promise;
    expect(parseCloseCode(peer.frames[0]!.payload)).toEqual({ code: 1001, reason: 'no' });
    expect(onMessage).not.toHaveBeenCalled();
    expect(seen).toEqual(['Closed after YetReady']);
  });

  test('a close that is refused has no effect, also before start', async () => {
    const { connection, peer } = connect();
    expect(() => connection.close(1005)).toThrow(RangeError);
    expect(() => connection.close(1000, 'r'.repeat(124))).toThrow(RangeError);
    void connection.start();
    expect(() => connection.close(999)).toThrow(RangeError);
    connection.dispatch(1, 'still open');
    await peer.received(1);
    expect(peer.seen).toEqual(['1 still open']);
  });

  test('close twice: one Close, the first', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    connection.dispatch(1, 'last words');
    connection.close(3000, 'first');
    connection.close(3001, 'second');
    await peer.received(2);
    peer.close(3000);
    expect(await ended).toEqual({ code: 3000, reason: '', wasClean: true });
    connection.close();
    await turns(2);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
    expect(parseCloseCode(peer.frames[1]!.payload)).toEqual({ code: 3000, reason: 'first' });
  });

  test('two real ends: messages and close handshake', async () => {
    const { client, server } = connectBoth();
    server.onMessage(1, (message, adapter) => adapter.dispatch(1, `echo ${message.text()}`));
    client.onMessage(1, (message, adapter) => adapter.close(3000, message.text()));
    client.onReady((adapter) => adapter.dispatch(1, 'hello'));
    const infos = await Promise.all([client.start(), server.start()]);
    const expected = { code: 3000, reason: 'echo hello', wasClean: true };
    expect(infos).toEqual([expected, expected]);
  });

  test('both close at once', async () => {
    const { client, server } = connectBoth();
    const ended = Promise.all([client.start(), server.start()]);
    client.close(3001, 'client');
    server.close(3002, 'server');
    expect(await ended).toEqual([
      { code: 3002, reason: 'server', wasClean: true },
      { code: 3001, reason: 'client', wasClean: true },
    ]);
  });

  test('what the peer breaks: CloseInfo with the error, and handlers see nothing after it', async () => {
    const { connection, peer } = connect();
    const seen: string[] = [];
    connection.onMessage(1, (message) => seen.push(message.text()));
    const onError = vi.fn();
    connection.onError(onError);
    const ended = connection.start();
    peer.send([1, 'good'], [0, 'bad'], [1, 'too late']);
    await peer.received(1);
    peer.transport.end();
    const info = await ended;
    expect(info).toMatchObject({ code: 1002, wasClean: false });
    expect(info.error).toBeInstanceOf(ProtocolError);
    expect(seen).toEqual(['good']);
    expect(onError).not.toHaveBeenCalled();
  });

  test('the peer vanishes: 1006', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    peer.transport.destroy();
    expect(await ended).toEqual({ code: 1006, reason: '', wasClean: false });
  });

  test('what it is made of', () => {
    const { connection } = connect({ isClient: true });
    expect([connection.isClient, connection.url, connection.protocol, connection.extensions]).toEqual([
      true,
      undefined,
      '',
      {},
    ]);
    expect([connection.name, connection.group, connection.groups]).toEqual(['', '', []]);
  });

  test('its name and groups are those in the pool that took it last, as they are now', () => {
    const { connection } = connect();
    const first = { name: 'a', groups: new Set(['red']) };
    const second = { name: 'b', groups: undefined };
    pooled(connection).enter(first);
    const { groups } = connection;
    first.groups.add('blue');
    expect([connection.name, connection.group, connection.groups, groups]).toEqual([
      'a',
      'red',
      ['red', 'blue'],
      ['red'],
    ]);
    pooled(connection).enter(second);
    expect([connection.name, connection.group, connection.groups]).toEqual(['b', '', []]);
    pooled(connection).leave(second);
    first.groups.delete('red');
    expect([connection.name, connection.group, connection.groups]).toEqual(['a', 'blue', ['blue']]);
    pooled(connection).leave(first);
    expect([connection.name, connection.group, connection.groups]).toEqual(['', '', []]);
  });
});

describe('dispatch', () => {
  test('before start: NotReadyError', () => {
    const { connection } = connect();
    expect(() => connection.dispatch(1, 'x')).toThrow(NotReadyError);
    expect(() => connection.dispatch(1, 'x')).toThrow(
      'the connection is not started: register onReady, or send after start()',
    );
    expect(() => connection.ping()).toThrow(NotReadyError);
    expect(connection.bufferedAmount).toBe(0);
  });

  test('after close, and after the end: ClosedError', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    connection.close();
    expect(() => connection.dispatch(1, 'x')).toThrow(ClosedError);
    expect(() => connection.pong()).toThrow(ClosedError);
    peer.close();
    await ended;
    expect(() => connection.dispatch(1, 'x')).toThrow(ClosedError);
    expect(connection.bufferedAmount).toBe(0);
  });

  test.each([0, 16, -1, 1.5, Number.NaN, 8, '1' as unknown as number])('type %s: RangeError', (type) => {
    const { connection } = connect();
    void connection.start();
    expect(() => connection.dispatch(type, 'x')).toThrow(RangeError);
    expect(connection.bufferedAmount).toBe(0);
  });

  const floats = new Float64Array([1.5, -2]);
  const memory = bytesOf('0123456789');
  const inputs: [string, unknown, Uint8Array][] = [
    ['string', 'grün', bytesOf('grün')],
    ['Uint8Array', memory, memory],
    ['a view of some bytes', memory.subarray(2, 5), bytesOf('234')],
    ['ArrayBuffer', memory.buffer, memory],
    ['SharedArrayBuffer', new SharedArrayBuffer(3), new Uint8Array(3)],
    ['Float64Array', floats, new Uint8Array(floats.buffer)],
    ['Uint16Array with an offset', new Uint16Array(memory.buffer, 2, 2), bytesOf('2345')],
    ['DataView', new DataView(memory.buffer, 1, 3), bytesOf('123')],
    ['Buffer', Buffer.from('a buffer'), bytesOf('a buffer')],
    ['part of a Buffer', Buffer.from('a buffer').subarray(2, 5), bytesOf('buf')],
    ['nothing', undefined, new Uint8Array(0)],
  ];
  test.each(inputs)('payload: %s means its bytes', async (_, payload, expected) => {
    const { connection, peer } = connect();
    void connection.start();
    connection.dispatch(2, payload as Uint8Array);
    await peer.received(1);
    expect(peer.frames[0]!.payload).toEqual(expected);
  });

  test.each([null, 5, true, {}, [1, 2]])('payload: %s is none', (payload) => {
    const { connection } = connect();
    void connection.start();
    expect(() => connection.dispatch(2, payload as unknown as Uint8Array)).toThrow(TypeError);
    expect(connection.bufferedAmount).toBe(0);
  });

  test.each([
    ['125 bytes', 'x'.repeat(125), new Uint8Array(125)],
    ['41 characters, 123 bytes', '€'.repeat(41), new Uint8Array(123)],
  ])('a control frame of %s', async (_, text, bytes) => {
    const { connection, peer } = connect();
    void connection.start();
    for (const type of [9, 10, 11, 15]) {
      connection.dispatch(type, text);
      connection.dispatch(type, bytes);
    }
    connection.ping(text);
    connection.pong(bytes);
    await peer.received(10);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([9, 9, 10, 10, 11, 11, 15, 15, 9, 10]);
  });

  test.each([
    ['126 bytes', 'x'.repeat(126), new Uint8Array(126)],
    ['42 characters, 126 bytes', '€'.repeat(42), new Uint16Array(63)],
  ])('a control frame of %s: RangeError', (_, text, bytes) => {
    const { connection } = connect();
    void connection.start();
    for (const payload of [text, bytes as Uint8Array]) {
      expect(() => connection.dispatch(11, payload)).toThrow(RangeError);
      expect(() => connection.ping(payload)).toThrow(RangeError);
      expect(() => connection.pong(payload)).toThrow(RangeError);
    }
    expect(connection.bufferedAmount).toBe(0);
  });

  test('source bytes are never written to, by client or server', async () => {
    for (const isClient of [true, false]) {
      const { connection, peer } = connect({ isClient });
      void connection.start();
      const bytes = bytesOf('do not touch '.repeat(20_000));
      connection.dispatch(2, bytes);
      await peer.received(1);
      expect(textOf(bytes)).toBe('do not touch '.repeat(20_000));
    }
  });
});

describe('handlers', () => {
  test('onMessage: one for each type, a later one replaces it', async () => {
    const { connection, peer } = connect();
    const seen: string[] = [];
    connection.onMessage(1, () => seen.push('replaced'));
    connection.onMessage(1, (message) => seen.push(`text ${message.text()}`));
    connection.onMessage(2, (message, adapter) => {
      seen.push(`binary ${message.text()} ${adapter === connection}`);
      connection.onMessage(2, () => seen.push('replaced on the way'));
    });
    const ended = connection.start();
    peer.send([1, 'a'], [2, 'b'], [1, 'c'], [2, 'd']);
    peer.close();
    await ended;
    expect(seen).toEqual(['text a', 'binary b true', 'text c', 'replaced on the way']);
  });

  test.each([0, 16, 1.5, -1])('onMessage of type %s: RangeError', (type) => {
    expect(() => connect().connection.onMessage(type, () => {})).toThrow(RangeError);
  });

  test('a message without a handler is dropped', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    peer.send([1, 'nobody'], [2, 'cares']);
    peer.close();
    expect(await ended).toMatchObject({ wasClean: true });
  });

  test('applied handlers run beside the own one, in their order, until revoked', async () => {
    const { connection, peer } = connect();
    const seen: string[] = [];
    const handler = (name: string): EventHandler => ({
      name,
      onMessage: (message) => seen.push(`${name} ${message.text()}`),
      onStatus: (status) => seen.push(`${name} status ${status}`),
    });
    connection.apply(handler('one')).apply(handler('two')).apply({ name: 'idle' });
    connection.onMessage(1, (message) => {
      seen.push(`own ${message.text()}`);
      if (message.text() === 'a') {
        expect(connection.revoke('one')).toBe(true);
        expect(connection.revoke('one')).toBe(false);
        expect(connection.revoke('none')).toBe(false);
      }
    });
    const ended = connection.start();
    peer.send([1, 'a'], [2, 'b'], [9, 'ping'], [10, 'pong']);
    peer.close();
    await ended;
    // Revoked while its message is on the way: that one it still gets.
    expect(seen).toEqual(['one status 0', 'two status 0', 'own a', 'one a', 'two a', 'two b', 'two status 1']);
  });

  test('a name is taken once', () => {
    const { connection } = connect();
    connection.apply({ name: 'log' });
    expect(() => connection.apply({ name: 'log' })).toThrow(ConfigError);
    expect(() => connection.apply({ name: 'log' })).toThrow(/"log"/);
    connection.revoke('log');
    connection.apply({ name: 'log' });
  });

  test('`this` of an applied handler is the handler', async () => {
    const { connection, peer } = connect();
    class Log {
      readonly name = 'log';
      readonly lines: string[] = [];
      onStatus(status: Status): void {
        this.lines.push(`status ${status}`);
      }
      onMessage(message: Message): void {
        this.lines.push(message.text());
      }
    }
    const log = new Log();
    connection.apply(log);
    const ended = connection.start();
    peer.send([1, 'x']);
    peer.close();
    await ended;
    expect(log.lines).toEqual(['status 0', 'x', 'status 1']);
  });
});

describe('handlers that fail', () => {
  const error = new Error('the handler’s own');
  const fail = (): never => {
    throw error;
  };
  const failLater = async (): Promise<void> => {
    await turns(1);
    throw error;
  };
  const where: [string, (connection: Connection, action: () => unknown) => void][] = [
    ['onMessage', (connection, action) => connection.onMessage(1, action)],
    ['an applied onMessage', (connection, action) => connection.apply({ name: 'x', onMessage: action })],
    ['onReady', (connection, action) => connection.onReady(action)],
    ['onStatus', (connection, action) => connection.onStatus(Status.Ready, action)],
    ['an applied onStatus', (connection, action) => connection.apply({ name: 'x', onStatus: action })],
    ['onMessage(Ping)', (connection, action) => connection.onMessage(MessageType.Ping, action)],
  ];
  for (const synchronize of [false, true]) {
    for (const [kind, action] of [
      ['throws', fail],
      ['rejects', failLater],
    ] as const) {
      const mode = synchronize ? 'synchronous mode' : 'asynchronous mode';
      test.each(where)(`%s ${kind}, ${mode}: the connection is closed with 1011`, async (_, register) => {
        const { connection, peer } = connect({ synchronize });
        register(connection, action);
        const ended = connection.start();
        peer.send([9, 'ping'], [1, 'x']);
        await peer.sink.until(() => peer.frames.some(({ opcode }) => opcode === 8));
        const close = parseCloseCode(peer.frames.at(-1)!.payload);
        // Nothing of what is inside goes to the peer.
        expect(close).toEqual({ code: 1011, reason: 'internal error' });
        peer.transport.end();
        expect(await ended).toEqual({ code: 1011, reason: 'internal error', wasClean: false, error });
      });

      test.each(where)(`%s ${kind}, ${mode}: onError gets it, and the connection lives`, async (_, register) => {
        const { connection, peer } = connect({ synchronize });
        register(connection, action);
        const seen = deferred<[Error, Adapter]>();
        connection.onError((...args) => seen.resolve(args));
        const ended = connection.start();
        peer.send([9, 'ping'], [1, 'x']);
        expect(await seen.promise).toEqual([error, connection]);
        connection.dispatch(1, 'alive');
        await peer.sink.until(() => peer.seen.includes('1 alive'));
        peer.close();
        expect(await ended).toMatchObject({ code: 1000, wasClean: true });
      });
    }
  }

  test.each([
    ['throws', (): never => fail()],
    ['rejects', failLater],
  ])('an onError that %s: 1011', async (_, onError) => {
    const { connection, peer } = connect();
    connection.onError(onError);
    connection.onMessage(1, () => {
      throw new Error('the first');
    });
    const ended = connection.start();
    peer.send([1, 'x']);
    await peer.received(1);
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1011, error });
  });

  test('what is thrown need not be an Error', async () => {
    const { connection, peer } = connect();
    const seen = deferred<Error>();
    connection.onError((thrown) => seen.resolve(thrown));
    connection.onMessage(1, () => Promise.reject('a string'));
    void connection.start();
    peer.send([1, 'x']);
    expect((await seen.promise).message).toContain('a string');
  });

  test('one of several that fails does not keep the others from running', async () => {
    for (const synchronize of [false, true]) {
      const { connection, peer } = connect({ synchronize });
      const seen: string[] = [];
      connection.onError(({ message }) => seen.push(message));
      connection.onMessage(1, () => {
        throw new Error('own');
      });
      connection.apply({ name: 'a', onMessage: () => Promise.reject(new Error('a')) });
      connection.apply({ name: 'b', onMessage: () => seen.push('b') });
      const ended = connection.start();
      peer.send([1, 'x']);
      peer.close();
      await ended;
      await turns(2);
      expect(seen.toSorted()).toEqual(['a', 'b', 'own']);
    }
  });

  test('after the end nobody is hurt, and no timer is left', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { connection, peer } = connect();
      connection.onMessage(1, async (_message, adapter) => {
        await turns(5);
        adapter.dispatch(1, 'too late');
      });
      const ended = connection.start();
      peer.send([1, 'x']);
      await turns(2);
      peer.transport.destroy();
      expect(await ended).toMatchObject({ code: 1006 });
      await turns(10);
      connection.close();
      connection.keepPing(10, 10);
      connection.refreshPongTime();
      expect(vi.getTimerCount()).toBe(0);
      expect(connection.status).toBe(Status.Closed);
      expect(connection.bufferedAmount).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('onStatus(Closed) that throws does not keep start from resolving', async () => {
    const { connection, peer } = connect();
    connection.onStatus(Status.Closed, fail);
    const ended = connection.start();
    peer.close();
    expect(await ended).toMatchObject({ code: 1000, wasClean: true });
  });
});

describe('control frames', () => {
  test('a ping is answered with its payload', async () => {
    const { connection, peer } = connect();
    const ended = connection.start();
    peer.send([9, 'are you there?'], [9, hex('00ff')]);
    await peer.received(2);
    expect(peer.frames.map(({ opcode, payload }) => [opcode, payload])).toEqual([
      [10, bytesOf('are you there?')],
      [10, hex('00ff')],
    ]);
    peer.close();
    await ended;
  });

  test('onMessage(Ping) takes the place of the answer', async () => {
    const { connection, peer } = connect();
    connection.onMessage(MessageType.Ping, (message, adapter) => {
      expect(message.isControl).toBe(true);
      adapter.pong(`mine ${message.text()}`);
    });
    void connection.start();
    peer.send([9, '1'], [9, '2']);
    await peer.received(2);
    expect(peer.seen).toEqual(['10 mine 1', '10 mine 2']);
  });

  test('onMessage(Close) sees the payload', async () => {
    const { connection, peer } = connect();
    const seen: unknown[] = [];
    connection.onMessage(MessageType.Close, (message) => seen.push(parseCloseCode(message.read())));
    const ended = connection.start();
    peer.close(4000);
    await ended;
    expect(seen).toEqual([{ code: 4000, reason: '' }]);
  });
});

describe('custom types', () => {
  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('%d: taken with a handler from before start', async (type) => {
    const { connection, peer } = connect();
    const seen: [number, string, boolean][] = [];
    connection.onMessage(type, (message) => seen.push([message.type, message.text(), message.isControl]));
    const ended = connection.start();
    peer.send([type, 'custom']);
    peer.close();
    expect(await ended).toMatchObject({ wasClean: true });
    expect(seen).toEqual([[type, 'custom', type > 8]]);
  });

  test.each([3, 7, 11, 15])('%d: refused when nobody hears it', async (type) => {
    const { connection, peer } = connect();
    connection.onMessage(type === 3 ? 4 : 3, () => {});
    connection.apply({ name: 'statuses', onStatus: () => {} });
    const ended = connection.start();
    peer.send([type, 'custom']);
    await peer.received(1);
    peer.transport.end();
    expect(await ended).toMatchObject({ code: 1002, wasClean: false });
  });

  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('%d: taken when an applied handler hears all', async (type) => {
    const { connection, peer } = connect();
    const seen: number[] = [];
    connection.apply({ name: 'all', onMessage: (message) => seen.push(message.type) });
    const ended = connection.start();
    peer.send([type, 'custom']);
    peer.close();
    expect(await ended).toMatchObject({ wasClean: true });
    expect(seen).toEqual([type]);
  });

  test.each<[string, (connection: Connection, hear: (message: Message) => void) => unknown]>([
    ['onMessage', (connection, hear) => connection.onMessage(3, hear)],
    ['apply', (connection, hear) => connection.apply({ name: 'all', onMessage: hear })],
  ])('%s after start: taken from the next frame on, and still when nobody hears them any more', async (_name, add) => {
    const { connection, peer } = connect();
    const seen: number[] = [];
    connection.onMessage(1, () => {
      add(connection, ({ type }) => seen.push(type));
      connection.onMessage(4, ({ type }) => seen.push(type));
    });
    connection.onMessage(2, () => connection.revoke('all'));
    const ended = connection.start();
    peer.send([1, 'now'], [3, 'custom'], [4, 'custom'], [2, 'no more'], [3, 'custom']);
    peer.close();
    expect(await ended).toMatchObject({ wasClean: true });
    // An applied handler hears all that follows until it is revoked; the message it was added in has its handlers.
    expect(seen.slice(0, 2)).toEqual([3, 4]);
  });

  test('applied handlers see them too, controls included', async () => {
    const { connection, peer } = connect();
    const seen: number[] = [];
    connection.onMessage(3, () => {});
    connection.onMessage(11, () => {});
    connection.apply({ name: 'all', onMessage: (message) => seen.push(message.type) });
    const ended = connection.start();
    peer.send([3], [11], [9], [1]);
    peer.close();
    await ended;
    expect(seen).toEqual([3, 11, 1]);
  });
});

describe('a connection that begins soon', () => {
  test('is ready at once; whoever registers in this turn is told, and nothing is read or written before', async () => {
    const { connection, transport, peer } = connect({ isClient: true });
    peer.send([1, 'at once']);
    pooled(connection).beginSoon();
    expect([connection.status, connection.isStarted]).toEqual([Status.Ready, true]);
    // As much as is written in the middle of a turn otherwise.
    connection.dispatch(2, new Uint8Array(300 * 1024));
    await Promise.resolve();
    expect(transport.writes).toEqual([]);
    const seen = record(connection);
    connection.onMessage(1, (message) => seen.push(message.text()));
    await peer.received(1);
    expect(seen).toEqual(['ready', 'Ready after YetReady', 'at once']);
    expect(transport.writes.length).toBeGreaterThan(0);
    connection.onReady(() => seen.push('too late'));
    await expect(connection.start()).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
    connection.terminate();
    await turns(2);
    expect(seen.slice(3)).toEqual(['Closed after Ready']);
  });
});

test('handed over: what the handshake led to serves another connection, and this one cannot be started', async () => {
  const fresh = connect({ isClient: true });
  const { connection, peer } = connect({ isClient: true });
  pooled(connection).dialBy(async () => pooled(fresh.connection).handOver());
  const ended = connection.start();
  peer.close();
  await ended;
  const again = connection.restart();
  await turns(1);
  connection.dispatch(1, 'hello');
  await fresh.peer.received(1);
  expect(fresh.peer.seen).toEqual(['1 hello']);
  await expect(fresh.connection.start()).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
  fresh.peer.close(3000);
  expect(await again).toMatchObject({ code: 3000 });
});

describe('restart', () => {
  test('dials again; the handlers are those from before, onReady is not called again', async () => {
    const next = openTransport(true);
    const { connection, peer } = connect({ isClient: true, redial: async () => next.opened });
    const seen = record(connection);
    connection.onMessage(1, (message, adapter) => adapter.dispatch(1, `echo ${message.text()}`));
    const first = connection.start();
    peer.close(3000);
    expect(await first).toMatchObject({ code: 3000 });
    const second = connection.restart();
    await turns(1);
    expect(connection.status).toBe(Status.Ready);
    next.peer.send([1, 'again']);
    await next.peer.received(1);
    expect(next.peer.seen).toEqual(['1 echo again']);
    next.peer.close(3001);
    expect(await second).toMatchObject({ code: 3001 });
    expect(seen).toEqual([
      'ready',
      'Ready after YetReady',
      'Closed after Ready',
      'Ready after Closed',
      'Closed after Ready',
    ]);
  });

  test('on a server, or while it lives: ConfigError', async () => {
    await expect(connect().connection.restart()).rejects.toBeInstanceOf(ConfigError);
    const { connection } = connect({ isClient: true, redial: async () => openTransport(true).opened });
    await expect(connection.restart()).rejects.toBeInstanceOf(ConfigError);
    void connection.start();
    await expect(connection.restart()).rejects.toBeInstanceOf(ConfigError);
  });

  test('twice at once: dials once', async () => {
    const redial = vi.fn(async () => openTransport(true).opened);
    const { connection, peer } = connect({ isClient: true, redial });
    const ended = connection.start();
    peer.close();
    await ended;
    void connection.restart();
    await expect(connection.restart()).rejects.toBeInstanceOf(ConfigError);
    expect(redial).toHaveBeenCalledTimes(1);
  });

  test('a dial that fails: rejects with it, and may be tried again', async () => {
    const error = new Error('nobody there');
    const next = openTransport(true);
    const redial = vi.fn(async () => next.opened).mockRejectedValueOnce(error);
    const { connection, peer } = connect({ isClient: true, redial });
    const ended = connection.start();
    peer.close();
    await ended;
    await expect(connection.restart()).rejects.toBe(error);
    expect(connection.status).toBe(Status.Closed);
    const again = connection.restart();
    await turns(1);
    next.peer.close(3003);
    expect(await again).toMatchObject({ code: 3003 });
  });

  test('a handler that outlasts its life does not end the next one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const next = openTransport(true);
      const redial = async (): Promise<typeof next.opened> => next.opened;
      const { connection, peer } = connect({ isClient: true, synchronize: true, redial, timeout: { close: 50 } });
      const hanging = deferred();
      connection.onMessage(1, () => hanging.promise);
      const first = connection.start();
      peer.send([1, 'a'], [1, 'b']);
      await turns(2);
      peer.transport.destroy();
      await turns(2);
      vi.advanceTimersByTime(50);
      await first;
      void connection.restart();
      await turns(1);
      expect(connection.status).toBe(Status.Ready);
      hanging.resolve();
      await turns(3);
      expect(connection.status).toBe(Status.Ready);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('parseCloseCode', () => {
  test.each([
    ['', undefined],
    ['03', undefined],
    ['03e8', { code: 1000, reason: '' }],
    ['0fa0 6279 65', { code: 4000, reason: 'bye' }],
    ['03ed', undefined],
    ['0000', undefined],
    ['03e8 ff', undefined],
  ])('%s', (digits, expected) => {
    expect(parseCloseCode(hex(digits))).toEqual(expected);
  });
});
