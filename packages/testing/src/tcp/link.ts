import type { Socket } from 'node:net';
import type { Break, BreakKind } from './break.js';
import type { Conditions, ConditionsChange } from './conditions.js';
import { Pipe } from './pipe.js';

/** 'up' is from the client to the server, 'down' back. */
export type Direction = 'up' | 'down' | 'both';
/** An end of a link. */
export type End = 'client' | 'server' | 'both';

/** A connection through a proxy: a socket to each end, and a pipe in each direction. */
export class ProxiedLink {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>;
  /** Resolves when the link breaks as `breakAt` said. */
  readonly broken: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #onBroken!: () => void;
  #isClosed = false;

  /** Links are made by a proxy. */
  constructor(client: Socket, server: Socket, conditions: Conditions, random: () => number) {
    this.#client = client;
    this.#server = server;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // What went wrong shows in how it closes.
      socket.on('error', () => {});
    }
    const onOver = (): void => this.#settle();
    this.broken = new Promise((resolve) => {
      this.#onBroken = resolve;
    });
    this.#up = new Pipe(client, server, conditions, random, onOver, (kind) => this.#break(this.#up, kind));
    this.#down = new Pipe(server, client, conditions, random, onOver, (kind) => this.#break(this.#down, kind));
    const gone = [client, server].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    this.closed = Promise.all(gone).then(() => {
      this.#isClosed = true;
    });
  }

  /** False once both sockets are closed. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** The port that the server sees the client at; undefined until it is connected, over a unix socket, and at the end. */
  get serverPort(): number | undefined {
    return this.#server.localPort;
  }

  /** Bytes that have passed so far, in both directions together or in one. */
  passed(direction: Direction = 'both'): number {
    return this.#pipes(direction).reduce((sum, pipe) => sum + pipe.passed, 0);
  }

  /** When bytes were passed on last in that direction, or in either, or the link was made; in ms of `performance.now`. */
  passedAt(direction: Direction = 'both'): number {
    return Math.max(...this.#pipes(direction).map((pipe) => pipe.passedAt));
  }

  /** Changes what happens to bytes. @throws RangeError for a condition that is none. */
  set(change: ConditionsChange, direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.set(change);
  }

  /** Passes on nothing until `release`; nothing is lost. */
  hold(direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.hold();
  }

  /** Goes on where `hold` stopped. */
  release(direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.release();
  }

  /**
   * Leaves the link half open: takes all that comes and passes on nothing, neither bytes nor an end. Only a heartbeat finds
   * that out. It is for good.
   */
  swallow(direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.swallow();
  }

  /**
   * Cuts the link at once; what is under way is lost. An end that is not told of it has a link that is half open.
   *
   * @param how 'reset' as of a process that crashed, or a firewall; 'end' as of one that was ended.
   */
  cut(how: 'reset' | 'end', towards: End = 'both'): void {
    this.swallow();
    for (const [name, socket] of [['client', this.#client] as const, ['server', this.#server] as const]) {
      if (towards !== 'both' && towards !== name) continue;
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  /** Breaks at some byte on its way in one direction, counted from now on. @throws RangeError when that is no number of bytes. */
  breakAt(direction: 'up' | 'down', where: Break): void {
    for (const pipe of this.#pipes(direction)) pipe.breakAt(where);
  }

  /** Closes both sockets at once. */
  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #pipes(direction: Direction): Pipe[] {
    if (direction === 'both') return [this.#up, this.#down];
    return [direction === 'up' ? this.#up : this.#down];
  }

  #break(pipe: Pipe, kind: BreakKind): void {
    this.#onBroken();
    switch (kind) {
      case 'end':
        pipe.endEarly();
        return;
      case 'drop':
        this.destroy();
        return;
      case 'reset':
        this.cut('reset');
        return;
      case 'stall':
        pipe.hold();
    }
  }

  // Both sides have nothing more to say to each other: what is left of the sockets is of no use.
  #settle(): void {
    if (this.#up.isOver && this.#down.isOver) this.destroy();
  }
}
