import type { Socket } from 'node:net';
import type { Break, BreakKind } from './break.js';
import type { Conditions, ConditionsChange } from './conditions.js';
import { Pipe } from './pipe.js';

/** A direction of a link: 'up' is from the client to the server, 'down' from the server to the client. */
export type Direction = 'up' | 'down' | 'both';
/** An end of a link. */
export type End = 'client' | 'server' | 'both';

/** A connection through a proxy: a socket to each end, and a pipe in each direction. */
export class ProxiedLink {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>;
  /** Resolves when the link breaks as `breakAt` has set. */
  readonly broken: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #onBroken!: () => void;
  #isClosed = false;

  /** Called by `TcpProxy` alone. */
  constructor(client: Socket, server: Socket, conditions: Conditions, random: () => number) {
    this.#client = client;
    this.#server = server;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // An error needs no handling of its own: the socket closes after it.
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

  /**
   * The client's port as the server sees it. Undefined before the server is connected, after the link has closed, and
   * over a unix socket.
   */
  get serverPort(): number | undefined {
    return this.#server.localPort;
  }

  /** Bytes that have been passed on, in both directions together or in one. */
  passed(direction: Direction = 'both'): number {
    return this.#pipes(direction).reduce((sum, pipe) => sum + pipe.passed, 0);
  }

  /**
   * The time when bytes were last passed on in that direction, or in either, in ms of `performance.now`; before that,
   * the time when the link was made.
   */
  passedAt(direction: Direction = 'both'): number {
    return Math.max(...this.#pipes(direction).map((pipe) => pipe.passedAt));
  }

  /** Changes the conditions. @throws RangeError for a condition that is out of its range. */
  set(change: ConditionsChange, direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.set(change);
  }

  /** Passes on nothing until `release`. No byte is lost. */
  hold(direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.hold();
  }

  /** Continues where `hold` stopped. */
  release(direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.release();
  }

  /**
   * Leaves the link half open: it accepts all bytes and passes on nothing, neither bytes nor an end. Only a heartbeat
   * can detect that. It cannot be undone.
   */
  swallow(direction: Direction = 'both'): void {
    for (const pipe of this.#pipes(direction)) pipe.swallow();
  }

  /**
   * Cuts the link at once; bytes under way are lost. An end that `towards` leaves out is not told, and has a half-open
   * link.
   *
   * @param how 'reset' for an RST, as from a crashed process or a firewall; 'end' for a FIN, as from a process that
   *   exits.
   */
  cut(how: 'reset' | 'end', towards: End = 'both'): void {
    this.swallow();
    for (const [name, socket] of [['client', this.#client] as const, ['server', this.#server] as const]) {
      if (towards !== 'both' && towards !== name) continue;
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  /**
   * Makes the link break after a number of bytes in one direction.
   *
   * @throws RangeError when `after` is out of its range.
   */
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

  // Closes both sockets once nothing more will be passed on in either direction.
  #settle(): void {
    if (this.#up.isOver && this.#down.isOver) this.destroy();
  }
}
