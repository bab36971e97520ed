import { RecordingSink } from '../recording-sink.js';
import type { Transport } from '../transport.js';
import { turns } from '../turns.js';

/** Two connected transports, neither of them started: bytes that are written to one arrive at the other. */
export interface ConnectedPair {
  readonly left: Transport;
  readonly right: Transport;
  /** Frees what the pair needed in addition to the transports, such as a listening server. */
  dispose?(): unknown;
}

/** A transport did something that it must not do, or failed to do something that it must. */
export class ComplianceError extends Error {
  override readonly name = 'ComplianceError';
}

/** @throws ComplianceError unless `isMet`. */
export function must(isMet: boolean, complaint: string): asserts isMet {
  if (!isMet) throw new ComplianceError(complaint);
}

/** @throws ComplianceError unless both are the same value. */
export function mustBe<T>(found: T, expected: T, what: string): void {
  must(Object.is(found, expected), `${what}: expected ${String(expected)}, found ${String(found)}`);
}

/** One side of a pair, with the events that it has reported. */
export class Side {
  readonly transport: Transport;
  readonly sink: RecordingSink;
  readonly #patience: number;
  #isStarted = false;

  constructor(transport: Transport, patience: number) {
    this.transport = transport;
    this.sink = new RecordingSink(patience);
    this.#patience = patience;
  }

  /** Starts the transport, unless it is started. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.transport.start(this.sink);
  }

  /** Creates another sink with the patience of this side. */
  otherSink(): RecordingSink {
    return new RecordingSink(this.#patience);
  }

  /** Writes the parts in one write, and waits until the transport accepts more. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    const { drains } = this.sink;
    if (!this.transport.write(parts)) await this.sink.until((sink) => sink.drains > drains, 'onDrain');
  }

  /** Writes the content in pieces of `pieceLength` bytes, as fast as the transport accepts them. */
  async writeAll(content: Uint8Array, pieceLength: number): Promise<void> {
    for (let at = 0; at < content.length; at += pieceLength) await this.write(content.subarray(at, at + pieceLength));
  }

  /**
   * Waits until this side has received `length` bytes in all. Rejects with ComplianceError when it has received more.
   */
  async received(length: number): Promise<void> {
    await this.sink.until((sink) => sink.length >= length, `byte ${length}`);
    mustBe(this.sink.length, length, 'bytes received');
  }

  async ended(): Promise<void> {
    await this.sink.until(({ hasEnded }) => hasEnded, 'onEnd');
  }

  async closed(): Promise<void> {
    await this.sink.until(({ hasClosed }) => hasClosed, 'onClose');
  }

  /** Waits until this side knows that nothing more will arrive, by `onEnd` or by `onClose`. */
  async over(): Promise<void> {
    await this.sink.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed, 'onEnd or onClose');
  }
}

/** A pair under test. */
export class Trial {
  readonly left: Side;
  readonly right: Side;
  /** The seed of all random choices in this trial. */
  readonly seed: number;
  readonly #pair: ConnectedPair;

  constructor(pair: ConnectedPair, patience: number, seed: number) {
    this.#pair = pair;
    this.seed = seed;
    this.left = new Side(pair.left, patience);
    this.right = new Side(pair.right, patience);
  }

  /** Starts both sides. */
  start(): void {
    this.left.start();
    this.right.start();
  }

  /** Destroys both sides. Rejects when one does not close in time, or has reported an event out of order. */
  async close(): Promise<void> {
    try {
      for (const side of [this.left, this.right]) {
        side.start();
        side.transport.destroy();
        await side.closed();
      }
      await turns(2);
      const violations = [...this.left.sink.violations, ...this.right.sink.violations];
      must(violations.length === 0, violations.join(', '));
    } finally {
      await this.#pair.dispose?.();
    }
  }
}
