import { after, atEndOfTurn, type Timer } from './clock.js';
import { ClosedError } from './protocol/errors.js';
import type { Platform } from './protocol/platform.js';
import { type CloseInfo, Protocol, type ProtocolEvents, type ProtocolOptions } from './protocol/protocol.js';
import type { PartialMessage } from './protocol/sender.js';
import { MessageType } from './status.js';
import type { Transport, TransportSink } from './transport.js';

/** Above this many bytes queued in one turn they are written before its end. */
const WRITE_FROM = 256 * 1024;

/** Who owns a {@link Link}. */
export interface LinkOwner {
  /** A message is complete, or a control frame has come. `isAscii`: known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** The transport is gone: the last event. */
  onEnd(info: CloseInfo): void;
}

/** How a {@link Link} behaves. */
export interface LinkOptions extends ProtocolOptions {
  /** Milliseconds from our Close to the end of the transport at the latest. */
  closeTimeout: number;
  /** Bytes queued above which senders should wait. */
  highWaterMark: number;
}

interface Waiter {
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
  #isScheduled = false;
  #isWriting = false;
  #isPaused = false;
  // Nothing more will be written: the end of our side follows the last bytes.
  #isEnding = false;
  #isEnded = false;
  #isGone = false;
  #closeTimer: Timer | undefined;
  #error: Error | undefined;
  #waiters: Waiter[] = [];
  readonly #goneActions = new Set<() => void>();

  constructor(platform: Platform, transport: Transport, options: LinkOptions, owner: LinkOwner) {
    this.#transport = transport;
    this.#owner = owner;
    this.#options = options;
    this.#protocol = new Protocol(platform, options, this);
  }

  /** Begins to read. */
  start(): void {
    this.#transport.start(this);
  }

  /** True when no data can be sent any more. */
  get isClosing(): boolean {
    return this.#protocol.isCloseSent || this.#isEnding || this.#isGone;
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
    this.#protocol.send(type, payload);
    this.#written();
    return this.#protocol.bufferedAmount <= this.#options.highWaterMark;
  }

  /** Answers a ping. */
  pong(payload: Uint8Array): void {
    this.#protocol.pong(payload);
    this.#written();
  }

  /** Begins a message that is sent piece by piece; call `flushSoon` after each piece. */
  beginMessage(type: number, onTurn: () => void): PartialMessage {
    return this.#protocol.beginMessage(type, onTurn);
  }

  /** Sees to it that what is queued leaves in this turn. */
  flushSoon(): void {
    this.#written();
  }

  /** Resolves when at most `highWaterMark` bytes are queued; rejects with ClosedError at the end. */
  drained(): Promise<void> {
    if (this.#isGone) return Promise.reject(closedError());
    if (this.#protocol.bufferedAmount <= this.#options.highWaterMark) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Calls `action` when the transport is gone; the function returned takes that back. */
  whenGone(action: () => void): () => void {
    this.#goneActions.add(action);
    return () => this.#goneActions.delete(action);
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

  /** Ends everything at once. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#transport.destroy(error);
  }

  /** Stops reading. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    // A connection that only waits for its end reads on, and drops what comes.
    if (!this.#isEnding) this.#transport.pause();
  }

  /** Reads on. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#transport.resume();
  }

  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void {
    this.#owner.onMessage(type, streamId, payload, isAscii);
  }

  onControl(type: number, payload: Uint8Array): void {
    this.#owner.onMessage(type, 0, payload, false);
  }

  onPeerClose(payload: Uint8Array): void {
    this.#owner.onMessage(MessageType.Close, 0, payload, false);
    this.#expectEnd();
  }

  onFailure(): void {
    this.#expectEnd();
  }

  onData(chunk: Uint8Array): void {
    this.#isReading = true;
    this.#protocol.receive(chunk);
    this.#isReading = false;
    this.#flush();
  }

  onDrain(): void {
    this.#protocol.drained();
    this.#flush();
  }

  onEnd(): void {
    // Whoever half-closes without a Close has nothing more to say, and gets what is queued.
    this.#end();
    this.#armCloseTimer();
  }

  onClose(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#closeTimer?.cancel();
    const info = this.#protocol.end(this.#error ?? error);
    for (const { reject } of this.#waiters.splice(0)) reject(closedError());
    for (const action of this.#goneActions) action();
    this.#owner.onEnd(info);
  }

  // The last frame of the peer has come. RFC 6455 §7.1.1: the server ends the transport first, the client waits for it.
  #expectEnd(): void {
    this.#armCloseTimer();
    if (this.#isPaused) this.#transport.resume();
    if (!this.#options.isClient || !this.#protocol.isClosed) this.#end();
    this.#written();
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#written();
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
    atEndOfTurn(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    // A transport may hand over a chunk from within `write`: what that brings about leaves with the next.
    if (this.#isGone || this.#isWriting) return;
    const protocol = this.#protocol;
    if (protocol.hasOutput) {
      const parts = protocol.takeOutput();
      this.#isWriting = true;
      protocol.taken(this.#transport.write(parts));
      this.#isWriting = false;
      if (protocol.hasOutput) this.#written();
    }
    if (this.#isEnding && !this.#isEnded && protocol.outputLength === 0) {
      this.#isEnded = true;
      this.#transport.end();
    }
    if (this.#waiters.length > 0 && protocol.bufferedAmount <= this.#options.highWaterMark) {
      for (const { resolve } of this.#waiters.splice(0)) resolve();
    }
  }
}

function closedError(): ClosedError {
  return new ClosedError('the connection has ended before everything was sent');
}
