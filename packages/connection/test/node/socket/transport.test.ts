import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type ConnectedPair, RecordingSink } from '@webson/testing';
import { describe, expect, it } from 'vitest';
import { SocketTransport } from '../../../src/node/socket/transport.js';
import { transportCompliance } from '../../support/transport-compliance.js';
import { turns } from '../../support/turns.js';
import { cleanUp, expectNothingLeft, reset, socketPair, socketPath, TLS } from '../harness.js';

/** What is under a socket. */
interface Handle {
  writeQueueSize: number;
  writev(request: object, parts: unknown[], areBuffers: boolean): number;
}

function handleOf(socket: Socket): Handle {
  return (socket as unknown as { _handle: Handle })._handle;
}

/** Bytes that the system has not taken. */
function waiting(socket: Socket): number {
  return socket.writableLength + (socket.destroyed ? 0 : handleOf(socket).writeQueueSize);
}

async function tlsPair(): Promise<[TLSSocket, TLSSocket, { close(): void }]> {
  const server = createTlsServer(TLS);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const left = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca: TLS.cert });
  const [[right]] = await Promise.all([once(server, 'secureConnection'), once(left, 'secureConnect')]);
  return [left, right as TLSSocket, server];
}

const EMPTY = new Uint8Array(0);
const KINDS = [
  ['TCP', () => socketPair(), {}],
  ['unix socket', () => socketPair(socketPath()), {}],
  ['TLS', tlsPair, {}],
  ['TCP, through the stream', () => socketPair(), { direct: false }],
  ['unix socket, through the stream', () => socketPair(socketPath()), { direct: false }],
] as const;

expectNothingLeft();

for (const [name, pair, options] of KINDS) {
  transportCompliance(name, async () => {
    const [left, right, server] = await pair();
    return {
      left: new SocketTransport(left, EMPTY, options),
      right: new SocketTransport(right, EMPTY, options),
      dispose: () => server.close(),
    };
  });
}

transportCompliance('TLS, the server first', async () => {
  const [right, left, server] = await tlsPair();
  return { left: new SocketTransport(left), right: new SocketTransport(right), dispose: () => server.close() };
});

// One that was watched behaves as one that was not, once it is started.
for (const [name, pair, options] of KINDS.filter(([kind]) => !kind.startsWith('unix'))) {
  const create = async (): Promise<ConnectedPair> => {
    const [left, right, server] = await pair();
    const transports = [left, right].map((socket) => new SocketTransport(socket, EMPTY, options));
    for (const transport of transports) transport.watch(new RecordingSink());
    return { left: transports[0]!, right: transports[1]!, dispose: () => server.close() };
  };
  transportCompliance(`${name}, watched before`, create, ['watched', 'left while watched']);
}

for (const [name, options] of [
  ['directly', {}],
  ['through the stream', { direct: false }],
] as const) {
  describe(`SocketTransport, ${name}`, () => {
    async function open(): Promise<[Socket, Socket]> {
      const [left, right, server] = await socketPair();
      server.close();
      cleanUp(() => {
        left.destroy();
        right.destroy();
      });
      return [left, right];
    }

    it('watched: tells what comes before it started, and all of it once more when it starts', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, new TextEncoder().encode('head '), options);
      const [watcher, sink] = [new RecordingSink(), new RecordingSink()];
      transport.watch(watcher);
      right.end('and tail');
      await watcher.until(({ hasEnded }) => hasEnded);
      expect(Buffer.from(watcher.bytes).toString()).toBe('head and tail');
      transport.end();
      await watcher.until(({ hasClosed }) => hasClosed);
      transport.start(sink);
      expect(sink.length).toBe(0);
      await sink.until(({ hasClosed }) => hasClosed);
      expect(Buffer.from(sink.bytes).toString()).toBe('head and tail');
      expect([...watcher.violations, ...sink.violations]).toEqual([]);
    });

    it('watched when all is over, and started at once: only who starts it is told', async () => {
      const [left] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      left.destroy();
      await once(left, 'close');
      const [first, second, sink] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
      transport.watch(first);
      await first.until(({ hasClosed }) => hasClosed);
      transport.watch(second);
      transport.start(sink);
      await sink.until(({ hasClosed }) => hasClosed);
      await turns(2);
      expect(second.hasClosed).toBe(false);
    });

    it('watched, and destroyed while a paused reader has yet to be told what came: it is gone', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      const [watcher, sink] = [new RecordingSink(), new RecordingSink()];
      transport.watch(watcher);
      right.write('never seen');
      await watcher.until(({ length }) => length > 0);
      transport.pause();
      transport.start(sink);
      await turns(2);
      transport.destroy();
      await sink.until(({ hasClosed }) => hasClosed);
      expect([sink.length, ...sink.violations]).toEqual([0]);
    });

    it('tells bytes read with the handshake first, also when the stream has ended before it started', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, new TextEncoder().encode('head '), options);
      right.end('and tail');
      await turns(20);
      const sink = new RecordingSink();
      transport.start(sink);
      expect(sink.length).toBe(0);
      await sink.until(({ hasEnded }) => hasEnded);
      expect(Buffer.from(sink.bytes).toString()).toBe('head and tail');
    });

    it('tells an end that came before it started, and does not answer it by itself', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      right.end();
      await once(left, 'end');
      await turns(5);
      expect(left.writable).toBe(true);
      const sink = new RecordingSink();
      transport.start(sink);
      await sink.until(({ hasEnded }) => hasEnded);
      expect(sink.hasClosed).toBe(false);
      transport.write([new TextEncoder().encode('still here')]);
      transport.end();
      right.setEncoding('utf8');
      expect(await once(right, 'data')).toEqual(['still here']);
      await sink.until(({ hasClosed }) => hasClosed);
    });

    it('tells an error that came before it started', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      reset(right);
      await new Promise((resolve) => left.once('close', resolve));
      const sink = new RecordingSink();
      transport.start(sink);
      await sink.until(({ hasClosed }) => hasClosed);
      expect(sink.error).toMatchObject({ code: 'ECONNRESET' });
      expect(sink.hasEnded).toBe(false);
    });

    it('tells the error of a reset, once, and swallows later ones', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      const sink = new RecordingSink();
      transport.start(sink);
      reset(right);
      await sink.until(({ hasClosed }) => hasClosed);
      left.emit('error', new Error('late'));
      expect(sink.error).toMatchObject({ code: 'ECONNRESET' });
      expect(sink.violations).toEqual([]);
    });

    it('says false for a write of which the system has taken only a part', async () => {
      const [left, right] = await open();
      const [transport, sink] = [new SocketTransport(left, EMPTY, options), new RecordingSink()];
      transport.start(sink);
      right.pause();
      const content = Buffer.alloc(32 * 1024 * 1024, 7);
      expect(transport.write([content])).toBe(false);
      await turns(20);
      expect(sink.drains).toBe(0);
      // Something of it has left, the rest waits where it is.
      expect(left.bytesWritten - waiting(left)).toBeLessThan(content.length);
      right.resume();
      await sink.until(({ drains }) => drains === 1);
      expect(waiting(left)).toBe(0);
    });

    it('says true only when nothing is left with the stream, however small the write', async () => {
      const [left, right] = await open();
      const [transport, sink] = [new SocketTransport(left, EMPTY, options), new RecordingSink()];
      transport.start(sink);
      right.pause();
      const memory = new Uint8Array(4096);
      let count = 0;
      for (let isFree = true; isFree; ) {
        memory.fill(count++);
        isFree = transport.write([memory]);
        expect(isFree).toBe(waiting(left) === 0);
      }
      right.resume();
      await sink.until(({ drains }) => drains === 1);
      expect(count).toBeGreaterThan(1);
    });

    it('tells what had come to its end before it was made', async () => {
      const [left, right] = await open();
      left.on('error', () => {});
      right.end();
      await once(left.resume(), 'end');
      const ended = new RecordingSink();
      new SocketTransport(left, new TextEncoder().encode('lost'), options).start(ended);
      await ended.until(({ hasEnded }) => hasEnded);
      const closed = new RecordingSink();
      left.destroy();
      await ended.until(({ hasClosed }) => hasClosed);
      new SocketTransport(left, EMPTY, options).start(closed);
      await closed.until(({ hasClosed }) => hasClosed);
      expect([...ended.violations, ...closed.violations]).toEqual([]);
    });

    it('never drains what a destroyed socket dropped', async () => {
      const [left, right] = await open();
      const [transport, sink] = [new SocketTransport(left, EMPTY, options), new RecordingSink()];
      transport.start(sink);
      right.pause();
      expect(transport.write([new Uint8Array(32 * 1024 * 1024)])).toBe(false);
      transport.destroy();
      await sink.until(({ hasClosed }) => hasClosed);
      await turns(5);
      expect(sink.drains).toBe(0);
      expect(sink.violations).toEqual([]);
    });

    it('writes several parts at once', async () => {
      const [left, right] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      transport.start(new RecordingSink());
      // The first tells how Node writes.
      transport.write([Buffer.from('zero ')]);
      const calls: number[] = [];
      const handle = handleOf(left);
      const { writev } = handle;
      handle.writev = function (request, parts, areBuffers): number {
        calls.push(parts.length);
        return writev.call(this, request, parts, areBuffers);
      };
      transport.write([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')]);
      right.setEncoding('utf8');
      expect(await once(right, 'data')).toEqual(['zero one two three']);
      expect(calls).toEqual([3]);
    });

    it('adds its listeners once, whatever is called', async () => {
      const [left] = await open();
      const transport = new SocketTransport(left, EMPTY, options);
      transport.start(new RecordingSink());
      const count = (): number => left.eventNames().reduce((sum, name) => sum + left.listenerCount(name), 0);
      const before = count();
      for (let i = 0; i < 20; i++) {
        transport.pause();
        transport.resume();
        transport.write([Buffer.from('x')]);
        await turns(1);
      }
      expect(count()).toBe(before);
    });
  });
}
