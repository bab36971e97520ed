import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { dial } from '../../src/node/client/dial.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';
import {
  cleanUp,
  expectNothingLeft,
  listen,
  portOf,
  RawClient,
  rejection,
  reset,
  serveForTest,
  TLS,
  upgradeRequest,
} from '../node/harness.js';
import { concat, pattern } from '../support/frames.js';
import { deflated } from '../support/hostile-deflate.js';
import { DEFLATE, meet, ROLES } from '../support/hostile-peer.js';
import { turns } from '../support/turns.js';

// What a hostile peer sends, over real sockets: it costs no more than the limits say, and brings nobody down.
expectNothingLeft();

const MIB = 1024 * 1024;

function fail(): never {
  throw new Error('odd');
}

function arrayBuffers(): number {
  return process.memoryUsage().arrayBuffers;
}

describe.each(ROLES)('a %s', (role) => {
  test('a flood of pings from a peer that does not read costs one pong', async () => {
    let isRead = false;
    const { connection, peer } = await meet(role, {
      setUp: (each) =>
        void each.onMessage(1, () => {
          isRead = true;
        }),
    });
    peer.socket.pause();
    // The system takes some of it; from here on everything waits.
    while (connection.dispatch(2, new Uint8Array(MIB)));
    await turns(20);
    const amount = connection.bufferedAmount;
    const flood = concat(Array.from({ length: 2000 }, () => peer.frame(9, new Uint8Array(125))));
    for (let i = 0; i < 20; i++) peer.send(flood);
    peer.send(peer.frame(9, 'the newest'), peer.frame(1, 'end'));
    while (!isRead) await turns();
    expect(connection.bufferedAmount).toBeLessThanOrEqual(amount);
    peer.socket.resume();
    await peer.until(() => peer.frames.at(-1)?.opcode === 10);
    const pongs = peer.frames.filter(({ opcode }) => opcode === 10);
    expect(pongs.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['the newest']);
  });

  test('a large message in slices of one byte costs its bytes, not its slices', async () => {
    const payload = pattern(20_000);
    const received: Uint8Array[] = [];
    const { closed, peer } = await meet(role, {
      setUp: (each) => void each.onMessage(2, (message) => received.push(message.read())),
    });
    peer.socket.setNoDelay(true);
    const before = arrayBuffers();
    let most = 0;
    for (const byte of peer.frame(2, payload)) {
      // Each is read before the next is written: a chunk of its own, that keeps nothing alive.
      peer.send(Uint8Array.of(byte));
      await turns();
      most = Math.max(most, arrayBuffers());
    }
    peer.send(peer.frame(8, Uint8Array.of(3, 232)));
    await peer.closing();
    peer.socket.end();
    await closed;
    expect(received).toEqual([payload]);
    expect(most - before).toBeLessThan(16 * MIB);
  });

  test('a message in 100,000 fragments of one byte, empty ones between, costs its bytes', async () => {
    const received: number[] = [];
    const { closed, peer } = await meet(role, {
      setUp: (each) => void each.onMessage(2, (message) => received.push(message.read().buffer.byteLength)),
    });
    const part = concat([peer.frame(0, 'x', { fin: false }), peer.frame(0, '', { fin: false })]);
    peer.send(peer.frame(2, '', { fin: false }), concat(Array(50_000).fill(part)), peer.frame(0));
    peer.send(peer.frame(8, Uint8Array.of(3, 232)));
    await peer.closing();
    peer.socket.end();
    await closed;
    expect(received).toHaveLength(1);
    expect(received[0]).toBeLessThanOrEqual(128 * 1024);
  });

  test('announcements of 100 MiB on 20 connections cost no memory', async () => {
    const meetings = await Promise.all(Array.from({ length: 20 }, () => meet(role)));
    const before = arrayBuffers();
    for (const { peer } of meetings) {
      peer.send(peer.frame(9), peer.header(2, 100 * MIB), new Uint8Array(1));
    }
    for (const { peer } of meetings) {
      await peer.until(() => peer.frames.length === 1);
    }
    await turns(5);
    expect(arrayBuffers() - before).toBeLessThan(40 * MIB);
  });

  test('a compressed bomb closes with 1009, and is not inflated', async () => {
    const bomb = deflated(200 * MIB);
    const { closed, peer } = await meet(role, { header: DEFLATE, enableCompress: true, maxMessageSize: MIB });
    const before = arrayBuffers();
    peer.send(peer.frame(2, bomb, { rsv: 4 }));
    // A limit of its own: compressed it is within maxMessageSize.
    expect(bomb.length).toBeLessThan(MIB);
    expect(await peer.closing()).toMatchObject({ code: 1009, reason: expect.stringContaining('maxMessageSize') });
    expect(await closed).toMatchObject({ code: 1009 });
    expect(arrayBuffers() - before).toBeLessThan(32 * MIB);
  });

  test('what a handler throws is not for the peer to read', async () => {
    const { closed, peer } = await meet(role, {
      setUp: (each) =>
        void each.onMessage(1, () => {
          throw new Error('secret of /etc/passwd');
        }),
    });
    peer.send(peer.frame(1, 'x'));
    expect(await peer.closing()).toEqual({ code: 1011, reason: 'internal error' });
    expect((await closed).error?.message).toContain('secret');
  });

  const oddities: [string, () => unknown][] = [
    [
      'throws an object that is no text',
      () => {
        throw Object.create(null);
      },
    ],
    ['rejects with an object that is no text', () => Promise.reject(Object.create(null))],
    [
      'throws a symbol',
      () => {
        throw Symbol('odd');
      },
    ],
    ['returns a thenable that cannot be looked at', () => Object.defineProperty({}, 'then', { get: fail })],
    // biome-ignore lint/suspicious/noThenProperty: a handler may return anything
    ['returns a thenable that throws', () => ({ then: fail })],
  ];
  test.each(oddities)('a handler that %s closes with 1011, and nothing reaches the process', async (_, handler) => {
    const { closed, peer } = await meet(role, { setUp: (each) => void each.onMessage(1, handler) });
    peer.send(peer.frame(1, 'x'));
    expect(await peer.closing()).toEqual({ code: 1011, reason: 'internal error' });
    expect((await closed).error).toBeInstanceOf(Error);
  });

  test('no reason of a failure names internals', async () => {
    const deflate = { header: DEFLATE, enableCompress: true };
    const faults = [
      [3, 'x', {}],
      [0, 'x', {}],
      [1, Uint8Array.of(0xff), {}],
      [2, 'not deflated', { rsv: 4 }],
      [2, 'x', { rsv: 1 }],
      [8, 'x', {}],
      [8, Uint8Array.of(3, 237), {}],
      [9, 'x', { fin: false }],
    ] as const;
    for (const [opcode, payload, options] of faults) {
      const { closed, peer } = await meet(role, deflate);
      // The encoder refuses a control frame that is a fragment: its first byte is set by hand.
      const wire = peer.frame(opcode, payload, { ...options, fin: true });
      if ('fin' in options) wire[0] = opcode;
      peer.send(wire);
      const { code, reason } = await peer.closing();
      expect([1002, 1007]).toContain(code);
      expect(reason).not.toMatch(/zlib|Z_|node:|\.[jt]s\b|Error|undefined|\bnull\b|\/|\\/);
      expect(reason).toMatch(/^[\x20-\x7e]{1,123}$/);
      await closed;
    }
  });

  test('a socket that errors after the end has a listener', async () => {
    const { connection, closed, peer } = await meet(role, { timeout: { close: 50 } });
    // Much is on its way both ways when everything ends at once.
    for (let i = 0; i < 20; i++) peer.send(peer.frame(2, new Uint8Array(MIB)));
    while (connection.dispatch(2, new Uint8Array(MIB)));
    connection.close();
    reset(peer.socket);
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    await turns(20);
  });
});

describe('the handshake', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

  test.each(NAMES)(
    '%s as sub-protocol, extension, parameter or header of a request is a name like any other',
    async (name) => {
      const taken: string[] = [];
      const server = await serveForTest({ enableCompress: true, protocols: ['chat', name] }, (connection) => {
        taken.push(connection.protocol, ...Object.keys(connection.extensions));
      });
      const wire =
        `Sec-WebSocket-Protocol: ${name}\r\n${name}: x\r\n` +
        `Sec-WebSocket-Extensions: ${name}; ${name}=${name}, permessage-deflate; ${name}, permessage-deflate\r\n`;
      const head = await RawClient.to(portOf(server), upgradeRequest(wire)).head();
      expect(head).toMatch(/^HTTP\/1\.1 101 /);
      expect(head).toContain(`Sec-WebSocket-Protocol: ${name}\r\n`);
      expect(head).not.toMatch(new RegExp(`Extensions:.*${name}`));
      expect(taken).toEqual([name, 'permessage-deflate']);
      const without = await serveForTest({ protocols: ['chat'] });
      const answer = await RawClient.to(portOf(without), upgradeRequest(wire)).head();
      expect(answer).toMatch(/^HTTP\/1\.1 101 /);
      expect(answer).not.toContain('Sec-WebSocket-Protocol');
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );

  test.each(NAMES)('%s in an answer is what nobody offered', async (name) => {
    for (const header of [`Sec-WebSocket-Protocol: ${name}\r\n`, `Sec-WebSocket-Extensions: ${name}\r\n`]) {
      const error = await rejection(meet('client', { header, protocols: ['chat'] }));
      expect(error).toMatchObject({
        name: 'HandshakeError',
        code: expect.stringMatching(/^(BAD_PROTOCOL|UNSOLICITED_EXTENSION)$/),
      });
    }
  });

  const injections: [string, object][] = [
    ['a value with CR LF', { extraHeaders: { A: 'b\r\nC: d' } }],
    ['a value with CR', { extraHeaders: { A: 'b\rC' } }],
    ['a value with LF', { extraHeaders: { A: 'b\nC' } }],
    ['a value with NUL', { extraHeaders: { A: 'b\0' } }],
    ['a value whose character loses its upper byte to become LF', { extraHeaders: { A: 'b\u010aC: d' } }],
    ['a name with CR LF', { extraHeaders: { 'A\r\nB': 'c' } }],
    ['a sub-protocol with CR LF', { protocols: ['a\r\nB: c'] }],
    ['a sub-protocol with a comma', { protocols: ['a,b'] }],
  ];
  test.each(injections)('%s is refused before anything is sent', async (_, options) => {
    const server = await listen(() => {});
    expect(await rejection(dial(`ws://127.0.0.1:${server.port}/`, options))).toBeInstanceOf(ConfigError);
    await turns(5);
    expect(server.sockets.size).toBe(0);
  });

  test('300 handshakes that are never finished are cut off, while others are served', async () => {
    const server = await serveForTest({ timeout: { handshake: 1000 } });
    const sockets = Array.from({ length: 300 }, (_, i) => {
      const socket = connect(portOf(server), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(upgradeRequest().slice(0, 1 + (i % 100)));
      socket.resume();
      cleanUp(() => void socket.destroy());
      return once(socket, 'close');
    });
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        const connection = await dial(server.url, { pingInterval: 0 });
        const closed = connection.start();
        connection.close();
        expect(await closed).toMatchObject({ code: 1000 });
      }),
    );
    await Promise.all(sockets);
  });

  test.each([
    ['10,000 header lines', 'A: b\r\n'.repeat(10_000)],
    ['a header line of 1 MiB', `A: ${'b'.repeat(MIB)}\r\n`],
    ['a list of 3,000 extensions', `Sec-WebSocket-Extensions: ${'x;y,'.repeat(3000)}z\r\n`],
    ['a list of 2,000 sub-protocols', `Sec-WebSocket-Protocol: ${Array.from({ length: 2000 }, (_, i) => i)}\r\n`],
  ])('%s: answered or refused, and the server lives', async (_, header) => {
    const server = await serveForTest({ enableCompress: true, protocols: ['chat'] });
    const raw = RawClient.to(portOf(server), upgradeRequest(header));
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 (101|431) /);
    expect(await RawClient.to(portOf(server), upgradeRequest()).head()).toMatch(/^HTTP\/1\.1 101 /);
  });
});

test('0 is no word for "unlimited": it is refused, or it is the strictest limit', async () => {
  const refused: ConnectionOptions[] = [
    { maxFragments: 0 },
    { maxPendingHandlers: 0 },
    { chunkSize: 0 },
    { timeout: { handshake: 0 } },
    { timeout: { pong: 0 } },
    { timeout: { close: 0 } },
    ...[-1, Number.POSITIVE_INFINITY, Number.NaN].flatMap((value) => [
      { maxPayloadSize: value },
      { maxMessageSize: value },
      { highWaterMark: value },
    ]),
  ];
  for (const options of refused) expect(() => resolveOptions(options)).toThrow(ConfigError);
  for (const role of ROLES) {
    for (const options of [{ maxPayloadSize: 0 }, { maxMessageSize: 0 }]) {
      const { closed, peer } = await meet(role, options);
      peer.send(peer.frame(2), peer.frame(2, 'x'));
      expect(await peer.closing()).toMatchObject({ code: 1009 });
      await closed;
    }
    const { connection } = await meet(role, { highWaterMark: 0 });
    expect(connection.dispatch(1, 'x')).toBe(false);
  }
});

describe('requests that are pipelined', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc';

  /** A server whose `onRequest` leaves it to the test to answer. */
  async function serveSlowly(options = {}) {
    const requests: IncomingMessage[] = [];
    const answers: ServerResponse[] = [];
    const errors: string[] = [];
    const server = await serveForTest({
      ...options,
      onRequest: (request, response) => {
        request.resume();
        requests.push(request);
        answers.push(response);
      },
      onError: (error) => void errors.push((error as Error & { code: string }).code),
    });
    return { server, requests, answers, errors };
  }

  test.each([
    ['GET', {}, GET],
    ['with bodies that are read', {}, POST],
    ['GET, over TLS', { tls: TLS }, GET],
  ])(
    '%s: a hundred thousand without an answer cost no more than those that may wait',
    async (_name, options, request) => {
      const { server, requests, errors } = await serveSlowly(options);
      const port = portOf(server);
      const raw = new RawClient(
        'tls' in options ? connectTls({ port, host: '127.0.0.1', ca: TLS.cert }) : connect({ port, host: '127.0.0.1' }),
      );
      // Much of it finds nobody any more.
      raw.socket.write(request.repeat(100_000));
      await raw.until(({ hasClosed }) => hasClosed);
      await turns(10);
      expect(errors).toEqual(['TOO_MANY_REQUESTS']);
      expect(requests).toHaveLength(256);
      expect(requests.every(({ destroyed }) => destroyed)).toBe(true);
      // The others are served.
      const other = await dial(server.url, 'tls' in options ? { tls: { ca: TLS.cert } } : {});
      const over = other.start();
      other.close();
      expect(await over).toMatchObject({ wasClean: true });
    },
  );

  test('and an upgrade behind them: refused, or cut off with them', async () => {
    for (const count of [1, 256, 257]) {
      const { server, errors } = await serveSlowly();
      const raw = RawClient.to(portOf(server), GET.repeat(count) + upgradeRequest());
      await raw.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
      raw.socket.destroy();
      expect(errors[0]).toBe(count === 257 ? 'TOO_MANY_REQUESTS' : 'BAD_REQUEST');
      expect(raw.text).not.toContain(' 101 ');
      expect(server.connections.size).toBe(0);
    }
  });

  test('who has sent them and closed its side is forgotten', async () => {
    const { server, requests, errors } = await serveSlowly();
    const raw = RawClient.to(portOf(server));
    raw.socket.end(GET.repeat(200));
    await raw.until(({ hasClosed }) => hasClosed);
    expect(requests).toHaveLength(200);
    expect(requests.every(({ destroyed }) => destroyed)).toBe(true);
    expect(errors).toEqual([]);
  });

  test('thousands are served, when they are answered at once, late, or from the last to the first', async () => {
    const { server, answers, errors } = await serveSlowly();
    const raw = RawClient.to(portOf(server));
    const count = (): number => raw.text.split('HTTP/1.1 200 OK').length - 1;
    for (let round = 1; round <= 20; round++) {
      raw.socket.write(GET.repeat(250));
      while (answers.length < 250 * round) await turns(1);
      const these = answers.slice(-250);
      if (round % 2 === 0) these.reverse();
      for (const answer of these) answer.end();
      if (round % 3 === 0) await raw.until(() => count() === 250 * round);
    }
    await raw.until(() => count() === 5000);
    const atOnce = await serveForTest({ onRequest: (_request, response) => void response.end() });
    const another = RawClient.to(portOf(atOnce), GET.repeat(5000));
    await another.until(({ text }) => text.split('HTTP/1.1 200 OK').length === 5001);
    expect([raw.hasClosed, another.hasClosed, errors]).toEqual([false, false, []]);
  });

  test('a body after a request for an upgrade is no message, and is not read', async () => {
    const { server, errors } = await serveSlowly();
    const raw = RawClient.to(portOf(server), `${upgradeRequest('Content-Length: 1000000\r\n')}${'z'.repeat(100_000)}`);
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 400 /);
    await raw.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
    expect(errors).toEqual(['BAD_REQUEST']);
  });
});
