import type { Transport, TransportSink } from './transport.js';
import { inNextTurn } from './turns.js';

/** Options of {@link createTransportPair}. */
export interface TransportPairOptions {
  /** Bytes that may be under way in one direction before `write` returns false; 65536 by default. */
  readonly capacity?: number;
  /**
   * Lends the delivered chunks: as soon as `onData` has returned they are overwritten, as by a transport that reads
   * into the same memory again. False by default.
   */
  readonly lends?: boolean;
  /** Calls an action in a later turn of the event loop, in the order of the calls. `setImmediate` by default. */
  readonly inNextTurn?: (action: () => void) => void;
}

/** The byte that lent memory is overwritten with. */
const OVERWRITTEN = 0xdd;

/**
 * Creates two transports that are connected in memory: bytes that are written to one arrive at the other in a later
 * turn of the event loop.
 *
 * @throws RangeError when `capacity` is not a whole number from 0 on.
 */
export function createTransportPair(options: TransportPairOptions = {}): [Transport, Transport] {
  const { capacity = 64 * 1024 } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 0) {
    throw new RangeError(`capacity: a whole number from 0 on expected, got ${capacity}`);
  }
  const settings = { capacity, lends: options.lends ?? false, inNextTurn: options.inNextTurn ?? inNextTurn };
  const left = new MemoryTransport(settings);
  const right = new MemoryTransport(settings);
  left.join(right);
  right.join(left);
  return [left, right];
}

/**
 * One end of a pair.
 *
 * - Events are delivered in a later turn, never from within a call of the transport: chunks, then `onEnd`, then
 *   `onClose`.
 * - `onClose` comes when both sides have ended, or one of them was destroyed.
 */
class MemoryTransport implements Transport {
  readonly #settings: Required<TransportPairOptions>;
  #peer!: MemoryTransport;
  #sink: TransportSink | undefined;
  // Bytes that were written by the peer and have not been delivered.
  #inbox: Uint8Array[] = [];
  #inboxLength = 0;
  #isPaused = false;
  #isScheduled = false;
  #peerEnded = false;
  #wasEndReported = false;
  #hasEnded = false;
  #isGone = false;
  #wasCloseReported = false;
  #error: Error | undefined;
  #owesDrain = false;

  constructor(settings: Required<TransportPairOptions>) {
    this.#settings = settings;
  }

  join(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#schedule();
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#isGone || this.#hasEnded) return true;
    // `slice` would not copy a Buffer, whose method of that name returns a view.
    for (const part of parts) this.#peer.#take(new Uint8Array(part));
    this.#owesDrain = this.#peer.#inboxLength > this.#settings.capacity;
    return !this.#owesDrain;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  end(): void {
    this.#hasEnded = true;
    this.#peer.#peerEnded = true;
    this.#peer.#schedule();
    this.#schedule();
  }

  destroy(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#error = error;
    this.#inbox = [];
    this.#inboxLength = 0;
    this.#schedule();
    this.#peer.#peerEnded = true;
    this.#peer.#isGone = true;
    this.#peer.#schedule();
  }

  #take(bytes: Uint8Array): void {
    if (this.#isGone) return;
    this.#inbox.push(bytes);
    this.#inboxLength += bytes.length;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#sink === undefined) return;
    this.#isScheduled = true;
    this.#settings.inNextTurn(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#wasCloseReported) return;
    const { capacity, lends } = this.#settings;
    while (!this.#isPaused && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Uint8Array;
      this.#inboxLength -= chunk.length;
      sink.onData(chunk, lends);
      if (lends) chunk.fill(OVERWRITTEN);
    }
    if (!this.#isGone && this.#inboxLength <= capacity) this.#peer.#drained();
    if (this.#inbox.length > 0 && !this.#isGone) return;
    if (this.#peerEnded && !this.#wasEndReported) {
      this.#wasEndReported = true;
      sink.onEnd();
    }
    if (this.#peerEnded && this.#hasEnded) this.#isGone = true;
    if (this.#isGone) {
      this.#wasCloseReported = true;
      sink.onClose(this.#error);
    }
  }

  #drained(): void {
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    if (!this.#wasCloseReported) this.#sink?.onDrain();
  }
}
