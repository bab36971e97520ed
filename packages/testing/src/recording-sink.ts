import { concat } from './bytes.js';
import type { TransportSink } from './transport.js';

// Read when this module loads, because tests may replace the global functions later.
const startTimer = globalThis.setTimeout;
const stopTimer = globalThis.clearTimeout;

/** An event that {@link RecordingSink.until} waited for did not come in time. */
export class PatienceError extends Error {
  override readonly name = 'PatienceError';
}

/**
 * Records the events of a transport, and whether they come in the order that `TransportSink` promises: no `onData`
 * after `onEnd`, one `onEnd`, and nothing after `onClose`.
 */
export class RecordingSink implements TransportSink {
  /** The received chunks. A chunk that was lent is copied. */
  readonly chunks: Uint8Array[] = [];
  /** Bytes received so far. */
  length = 0;
  /** The number of calls of `onDrain`. */
  drains = 0;
  hasEnded = false;
  hasClosed = false;
  /** The error that `onClose` was called with. */
  error: Error | undefined;
  /** The events that came out of order, in words. */
  readonly violations: string[] = [];
  /** Called with every chunk after it was recorded. */
  onChunk: (chunk: Uint8Array) => void = () => {};
  readonly #patience: number;
  #watchers: { isMet: () => boolean; resolve: () => void }[] = [];

  /** @param patience the longest time that `until` waits, in milliseconds; for ever by default. */
  constructor(patience: number = Number.POSITIVE_INFINITY) {
    this.#patience = patience;
  }

  /** All received bytes in one array. */
  get bytes(): Uint8Array {
    return concat(this.chunks);
  }

  /**
   * Resolves once `isMet` returns true; it is called now and after every event.
   *
   * Rejects with {@link PatienceError}, whose message begins with `awaited`, when that takes too long.
   */
  async until(isMet: (sink: this) => boolean, awaited = 'an event'): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const met = new Promise<void>((resolve) => {
      this.#watchers.push({ isMet: () => isMet(this), resolve });
      this.#checkWatchers();
    });
    if (this.#patience === Number.POSITIVE_INFINITY) return met;
    const lost = new Promise<never>((_resolve, reject) => {
      timer = startTimer(
        () => reject(new PatienceError(`${awaited} did not come; ${this.#describeState()}`)),
        this.#patience,
      );
    });
    try {
      await Promise.race([met, lost]);
    } finally {
      stopTimer(timer);
    }
  }

  onData(chunk: Uint8Array, isLent = false): void {
    this.#checkOrder('onData');
    if (this.hasEnded) this.violations.push('onData after onEnd');
    const kept = isLent ? new Uint8Array(chunk) : chunk;
    // A lent chunk may be written to. Overwriting it shows whether anybody reads it after this call, which is
    // forbidden.
    if (isLent) chunk.fill(0xee);
    this.chunks.push(kept);
    this.length += kept.length;
    this.onChunk(kept);
    this.#checkWatchers();
  }

  onDrain(): void {
    this.#checkOrder('onDrain');
    this.drains++;
    this.#checkWatchers();
  }

  onEnd(): void {
    this.#checkOrder('onEnd');
    if (this.hasEnded) this.violations.push('onEnd twice');
    this.hasEnded = true;
    this.#checkWatchers();
  }

  onClose(error?: Error): void {
    this.#checkOrder('onClose');
    this.hasClosed = true;
    this.error = error;
    this.#checkWatchers();
  }

  #checkOrder(event: string): void {
    if (this.hasClosed) this.violations.push(`${event} after onClose`);
  }

  #describeState(): string {
    const end = this.hasClosed ? 'closed' : this.hasEnded ? 'ended' : 'open';
    return `so far ${this.length} bytes, ${this.drains} times onDrain, ${end}`;
  }

  #checkWatchers(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) {
      if (watcher.isMet()) watcher.resolve();
      else this.#watchers.push(watcher);
    }
  }
}
