import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { cleanUp } from '../node/harness.js';

/**
 * What happens to a connection: `end`, the receiver sees the end of the stream, and the rest is dropped; `drop`, both
 * sockets are closed; `reset`, both get RST; `stall`, nothing moves in that direction any more, not even its end.
 */
export type Fault = 'end' | 'drop' | 'reset' | 'stall';

/** How bytes travel in one direction. */
export interface Course {
  /** Milliseconds that each segment is held back. */
  readonly delay?: number;
  /** Sizes of the segments, taken in turn. As they come by default. */
  readonly sizes?: readonly number[];
  readonly fault?: Fault;
  /** The fault comes after so many bytes, */
  readonly after?: number;
  /** counted from the start of the stream, or from the end of the HTTP head. */
  readonly from?: 'start' | 'head';
}

/** How bytes travel: `up` from the client to the server, `down` back. */
export interface Courses {
  readonly up?: Course;
  readonly down?: Course;
}

/** Stands between a client and a server, on real sockets. */
export class HostileProxy {
  readonly port: number;
  /** What a fault has happened to; resolves when it does. */
  readonly struck: Promise<void>;
  readonly #server: Server;

  private constructor(server: Server, struck: Promise<void>) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.struck = struck;
  }

  /** Listens until the test has finished. */
  static async before(target: number, courses: Courses): Promise<HostileProxy> {
    let onStruck!: () => void;
    const struck = new Promise<void>((resolve) => {
      onStruck = resolve;
    });
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
      }
      void pump(near, far, courses.up ?? {}, onStruck);
      void pump(far, near, courses.down ?? {}, onStruck);
    });
    server.listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    cleanUp(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return new HostileProxy(server, struck);
  }

  /** Connections of clients that are still there. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }
}

async function pump(from: Socket, to: Socket, course: Course, onStruck: () => void): Promise<void> {
  const position = new Position(course);
  const sizes = segmentSizes(course.sizes);
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const segment = chunk.subarray(at, at + sizes.next().value);
        const passed = position.pass(segment);
        if (passed > 0) {
          if (course.delay !== undefined) await wait(course.delay);
          // Written and out before the next: a segment of its own.
          await new Promise<void>((resolve) => to.write(segment.subarray(0, passed), () => resolve()));
          if (course.sizes !== undefined) await nextTurn();
        }
        if (position.isReached) {
          await nextTurn();
          onStruck();
          strike(course.fault as Fault, from, to);
          return;
        }
        at += segment.length;
      }
    }
    to.end();
  } catch {
    // A socket that is reset resets the other.
    to.destroy();
  }
}

function* segmentSizes(sizes: readonly number[] = [Number.POSITIVE_INFINITY]): Generator<number, never> {
  for (;;) yield* sizes;
}

function strike(fault: Fault, from: Socket, to: Socket): void {
  switch (fault) {
    case 'end':
      to.end();
      from.resume();
      return;
    case 'drop':
      from.destroy();
      to.destroy();
      return;
    case 'reset':
      from.resetAndDestroy();
      to.resetAndDestroy();
      return;
    case 'stall':
      from.pause();
  }
}

/** Finds the byte after which the fault comes. */
class Position {
  isReached = false;
  readonly #hasFault: boolean;
  #left: number;
  #head: string | undefined;

  constructor({ fault, after = 0, from = 'start' }: Course) {
    this.#hasFault = fault !== undefined;
    this.#left = after;
    if (from === 'head') this.#head = '';
  }

  /** How many of the bytes pass before the fault. */
  pass(bytes: Buffer): number {
    if (!this.#hasFault) return bytes.length;
    let headLength = 0;
    if (this.#head !== undefined) {
      const before = this.#head.length;
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return bytes.length;
      headLength = end + 4 - before;
      this.#head = undefined;
    }
    const rest = bytes.length - headLength;
    if (rest < this.#left) {
      this.#left -= rest;
      return bytes.length;
    }
    this.isReached = true;
    return headLength + this.#left;
  }
}
