import { after, atEndOfTurn, type Timer } from './clock.js';
import { Pressure } from './dispatcher.js';
import { Offer } from './pool-access.js';
import { ClosedError } from './protocol/errors.js';
import type { UnsentMessage } from './protocol/journal.js';
import type { MessageBody } from './protocol/message-table.js';
import type { OutgoingEvents, OutgoingMessage } from './protocol/outgoing-message.js';
import type { Platform } from './protocol/platform.js';
import { type CloseInfo, Protocol, type ProtocolEvents, type ProtocolOptions } from './protocol/protocol.js';
import type { Reading } from './protocol/receiver.js';
import type { SharedMessage, SharedRun } from './protocol/shared-message.js';
import { MessageType } from './status.js';
import type { Transport, TransportSink } from './transport.js';

/** Above this many bytes queued in one turn they are written before its end. */
const WRITE_FROM = 256 * 1024;

/** Writes of one connection in a row while it has more to send: each of them costs less than a turn of the event loop. */
const WRITES_PER_TURN = 4;

/** Who owns a {@link Link}. */
export interface LinkOwner {
  /** A message is complete, or a control frame has come. `isAscii`: known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A message has begun; with `triggerOnStart` alone. What it returns takes the payload as it arrives. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /** The peer has answered a ping that was not the application's. */
  onSignOfLife(): void;
  /** The transport is gone: the last event. */
  onEnd(info: CloseInfo): void;
}

/**
 * Milliseconds that a Go client is given to get ready to read, if it does not speak first. It loses what comes before: so
 * a ping goes first, and another, until it answers; a client that never does is let go after so many.
 */
const HOLD = 50;
const KNOCKS = 20;

/** How a {@link Link} behaves. */
export interface LinkOptions extends ProtocolOptions {
  /** Milliseconds from our Close to the end of the transport at the latest. */
  closeTimeout: number;
  /** Bytes queued above which senders should wait. */
  highWaterMark: number;
  /** Milliseconds in which something must come of an unfinished message on a stream. */
  streamIdleTimeout: number;
}

interface Waiter {
  /** Bytes that may be queued. */
  limit: number;
  resolve(): void;
  reject(error: Error): void;
}

/** One life of a connection: joins a protocol machine to a transport, and keeps the time of its closing. */
export class Link implements TransportSink, ProtocolEvents {
  readonly #transport: Transport;
  readonly #owner: LinkOwner;
  readonly #options: LinkOptions;
  readonly #protocol: Protocol;
  #isReading = false;
  // What came while a chunk was read.
  #chunks: Uint8Array[] | undefined;
  #isScheduled = false;
  #atEndOfTurn: (() => void) | undefined;
  #isWriting = false;
  // Why nothing is read: the handlers are busy, or too much waits to be read.
  #pressure: Pressure = Pressure.Free;
  #isFull = false;
  #isPaused = false;
  // Messages that are handed over as they arrive, and have not ended.
  #openBodies = 0;
  #ticker: Timer | undefined;
  // Nothing was read for some of the time since the last tick.
  #wasPaused = false;
  // The last frame of the peer has come.
  #isOver = false;
  // Nothing more will be written: the end of our side follows the last bytes.
  #isEnding = false;
  #isEnded = false;
  #isGone = false;
  #closeTimer: Timer | undefined;
  #holdTimer: Timer | undefined;
  #waiters: Waiter[] | undefined;
  #goneActions: Set<() => void> | undefined;

  constructor(platform: Platform, transport: Transport, options: LinkOptions, owner: LinkOwner) {
    this.#transport = transport;
    this.#owner = owner;
    this.#options = options;
    this.#protocol = new Protocol(platform, options, this);
  }

  /** Begins to read. */
  start(): void {
    this.#transport.start(this);
    if (this.#options.streams !== undefined) this.#tick();
    if (this.#protocol.isHeld) this.#hold(KNOCKS);
  }

  /** True when no data can be sent any more. */
  get isClosing(): boolean {
    return this.#protocol.isClosing || this.#isEnding || this.#isGone;
  }

  /** False while reading is paused. */
  get isListening(): boolean {
    return !this.#isPaused;
  }

  get bufferedAmount(): number {
    return this.#protocol.bufferedAmount;
  }

  /** Queues a message or control frame. False above `highWaterMark`. */
  send(type: number, payload: string | Uint8Array): boolean {
    const protocol = this.#protocol;
    protocol.send(type, payload);
    const buffered = protocol.bufferedAmount;
    const mark = this.#options.highWaterMark;
    // Most replies: they leave when the chunk has been read.
    if (this.#isReading && buffered < WRITE_FROM && buffered <= mark) return true;
    this.#written();
    return protocol.bufferedAmount <= mark;
  }

  /**
   * Queues a message that other connections send too. `Full`, and nothing done, when something is queued and more than
   * `mark` bytes would be.
   */
  sendShared(message: SharedMessage, mark: number, isKept: boolean, run?: SharedRun, token?: unknown): Offer {
    const protocol = this.#protocol;
    const buffered = protocol.bufferedAmount;
    if (buffered > 0 && buffered + message.size > mark) return Offer.Full;
    const isAttached = protocol.sendShared(message, isKept, run, token);
    this.#written();
    return isAttached ? Offer.Attached : Offer.Taken;
  }

  /** Messages sent with `isKept` that are not known to be passed on to the system. */
  get unsent(): readonly UnsentMessage[] {
    return this.#protocol.unsent;
  }

  /** Sends a ping, unless the peer has yet to read what is on its way: more of them would only pile up. */
  ping(): void {
    if (!this.#protocol.isBlocked) this.send(MessageType.Ping, '');
  }

  /** Answers a ping. */
  pong(payload: Uint8Array): void {
    this.#protocol.pong(payload);
    this.#written();
  }

  /** Begins a message that is sent piece by piece: `onRoom` tells when a piece is wanted. */
  openMessage(type: number, events: OutgoingEvents): OutgoingMessage {
    return this.#protocol.openMessage(type, events);
  }

  /** Queues the next piece, which must not change before the next is wanted. */
  writePiece(message: OutgoingMessage, piece: Uint8Array): void {
    this.#protocol.writePiece(message, piece);
    this.#written();
  }

  /** True when no piece is wanted before the next `onRoom`. */
  isFull(message: OutgoingMessage): boolean {
    return this.#protocol.isFull(message);
  }

  /** Ends a message that was sent piece by piece. */
  endMessage(message: OutgoingMessage): void {
    this.#protocol.endMessage(message);
    this.#written();
  }

  /** Gives a message up. False when half of it is sent, without streams: then nothing but `fail` is left. */
  abortMessage(message: OutgoingMessage): boolean {
    const isUndone = this.#protocol.abortMessage(message);
    this.#written();
    return isUndone;
  }

  /** Resolves when at most `limit` bytes are queued, `highWaterMark` by default; rejects with ClosedError at the end. */
  drained(limit: number = this.#options.highWaterMark): Promise<void> {
    if (this.#isGone) return Promise.reject(closedError());
    if (this.#protocol.bufferedAmount <= limit) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters ??= [];
      this.#waiters.push({ limit, resolve, reject });
    });
  }

  /** Ends the transport at once; what is queued is lost. */
  destroy(): void {
    this.#transport.destroy();
  }

  /** Calls `action` when the transport is gone; the function returned takes that back. */
  whenGone(action: () => void): () => void {
    const actions = this.#goneActions ?? new Set();
    this.#goneActions = actions.add(action);
    return () => actions.delete(action);
  }

  /** Begins the closing handshake. @throws RangeError for a code or reason that may not be sent. */
  close(code: number, reason?: string): void {
    this.#protocol.close(code, reason);
    this.#armCloseTimer();
    this.#written();
  }

  /** Fails the connection (RFC 6455 §7.1.7) for a reason that is not the peer's; `error` goes into the CloseInfo. */
  fail(closeCode: number, reason: string, error: Error): void {
    this.#protocol.fail(closeCode, reason, error);
  }

  /** Stops reading while the handlers are busy, unless one of them may wait for the rest of its message. */
  setPressure(pressure: Pressure): void {
    this.#pressure = pressure;
    this.#pauseOrResume();
  }

  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    this.#owner.onMessage(type, streamId, payload, isAscii);
  }

  onControl(type: number, payload: Uint8Array): void {
    this.#owner.onMessage(type, 0, payload, false);
  }

  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody {
    this.#openBodies++;
    return this.#owner.onMessageStart(type, streamId, reading);
  }

  onMessageEnd(): void {
    this.#openBodies--;
    this.#pauseOrResume();
  }

  onSignOfLife(): void {
    this.#owner.onSignOfLife();
  }

  onOutput(): void {
    this.#written();
  }

  onUnread(isFull: boolean): void {
    this.#isFull = isFull;
    this.#pauseOrResume();
  }

  onPeerClose(payload: Uint8Array): void {
    this.#owner.onMessage(MessageType.Close, 0, payload, false);
    this.#expectEnd();
  }

  onFailure(): void {
    this.#expectEnd();
  }

  onData(chunk: Uint8Array, isLent = false): void {
    // A transport may hand over a chunk while the one before it is handled, from within a write: it has to wait.
    if (this.#isReading) {
      this.#chunks ??= [];
      this.#chunks.push(isLent ? new Uint8Array(chunk) : chunk);
      return;
    }
    this.#isReading = true;
    this.#protocol.receive(chunk);
    while (this.#chunks !== undefined) {
      const chunks = this.#chunks;
      this.#chunks = undefined;
      for (const next of chunks) this.#protocol.receive(next);
    }
    this.#isReading = false;
    this.#flush();
  }

  onDrain(): void {
    this.#protocol.drained();
    this.#flush();
  }

  onEnd(): void {
    this.#protocol.receiveEnd();
    // Whoever half-closes without a Close has nothing more to say, and gets what is queued.
    this.#end();
    this.#armCloseTimer();
  }

  onClose(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#closeTimer?.cancel();
    this.#ticker?.cancel();
    this.#holdTimer?.cancel();
    const info = this.#protocol.end(error);
    for (const { reject } of this.#waiters ?? []) reject(closedError());
    this.#waiters = undefined;
    for (const action of this.#goneActions ?? []) action();
    this.#owner.onEnd(info);
  }

  // The last frame of the peer has come. RFC 6455 §7.1.1: the server ends the transport first, the client waits for it.
  #expectEnd(): void {
    this.#armCloseTimer();
    this.#isOver = true;
    this.#pauseOrResume();
    if (!this.#options.isClient || !this.#protocol.isClosed) this.#end();
    this.#written();
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#written();
  }

  #pauseOrResume(): void {
    // A connection that only waits for its end reads on, and drops what comes.
    const mayStarve = this.#pressure === Pressure.Busy && this.#openBodies > 0;
    const pause = !this.#isOver && (this.#isFull || (this.#pressure !== Pressure.Free && !mayStarve));
    if (this.#isPaused === pause) return;
    this.#isPaused = pause;
    this.#wasPaused = true;
    if (pause) this.#transport.pause();
    else this.#transport.resume();
  }

  #tick(): void {
    this.#ticker = after(this.#options.streamIdleTimeout, () => {
      // What was not read cannot have come.
      this.#protocol.tick(!this.#wasPaused);
      this.#wasPaused = this.#isPaused;
      this.#tick();
    });
  }

  #hold(knocks: number): void {
    this.#holdTimer = after(HOLD, () => {
      if (!this.#protocol.isHeld) return;
      if (knocks > 0) {
        this.#protocol.knock();
        this.#hold(knocks - 1);
      } else {
        this.#protocol.release();
      }
      this.#written();
    });
  }

  #armCloseTimer(): void {
    if (this.#isGone) return;
    this.#closeTimer ??= after(this.#options.closeTimeout, () => this.#transport.destroy());
  }

  // Something may have been queued. While a chunk is read its end is soon enough, else the end of the turn.
  #written(): void {
    if (this.#protocol.outputLength >= WRITE_FROM) this.#flush();
    if (this.#isReading || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#atEndOfTurn ??= () => {
      this.#isScheduled = false;
      this.#flush();
    };
    atEndOfTurn(this.#atEndOfTurn);
  }

  #flush(): void {
    // A transport may hand over a chunk from within `write`: what that brings about leaves with the next.
    if (this.#isGone || this.#isWriting) return;
    const protocol = this.#protocol;
    let { hasOutput } = protocol;
    if (hasOutput) {
      this.#isWriting = true;
      // What the system takes at once makes room for more; the other connections have their turn all the same.
      for (let i = 0; i < WRITES_PER_TURN && hasOutput; i++) {
        protocol.taken(this.#transport.write(protocol.takeOutput()));
        hasOutput = protocol.hasOutput;
      }
      this.#isWriting = false;
      if (hasOutput) this.#written();
    }
    if (this.#isEnding && !this.#isEnded && protocol.isWrittenOut) {
      this.#isEnded = true;
      this.#transport.end();
    }
    if (this.#waiters !== undefined) {
      const buffered = protocol.bufferedAmount;
      for (const { limit, resolve } of this.#waiters) if (buffered <= limit) resolve();
      const waiters = this.#waiters.filter(({ limit }) => buffered > limit);
      this.#waiters = waiters.length > 0 ? waiters : undefined;
    }
  }
}

function closedError(): ClosedError {
  return new ClosedError('the connection has ended before everything was sent');
}
