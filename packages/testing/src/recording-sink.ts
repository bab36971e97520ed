import { concat } from './bytes.js';
import type { TransportSink } from './transport.js';

// Taken when this module loads: tests replace the global ones for a while.
const startTimer = globalThis.setTimeout;
const stopTimer = globalThis.clearTimeout;

/** What {@link RecordingSink.until} rejects with when it has waited long enough. */
export class PatienceError extends Error {
  override readonly name = 'PatienceError';
}

/** Takes down what a transport says, and whether it kept the order that `TransportSink` promises. */
export class RecordingSink implements TransportSink {
  /** Chunks as they came; of those that were lent, copies. */
  readonly chunks: Uint8Array[] = [];
  /** Bytes received so far. */
  length = 0;
  /** Calls of `onDrain`. */
  drains = 0;
  hasEnded = false;
  hasClosed = false;
  /** What `onClose` was called with. */
  error: Error | undefined;
  /** What came when it should not have. */
  readonly violations: string[] = [];
  /** Called with every chunk, after it was taken down. */
  onChunk: (chunk: Uint8Array) => void = () => {};
  readonly #patience: number;
  #watchers: { isMet: () => boolean; resolve: () => void }[] = [];

  /** @param patience milliseconds that `until` waits; for ever by default. */
  constructor(patience: number = Number.POSITIVE_INFINITY) {
    this.#patience = patience;
  }

  /** Everything received, in one piece. */
  get bytes(): Uint8Array {
    return concat(this.chunks);
  }

  /**
   * Resolves once `isMet` says true; it is asked after every event.
   *
   * Rejects with {@link PatienceError}, which says what was waited for, when that takes too long.
   */
  async until(isMet: (sink: this) => boolean, awaited = 'an event'): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const met = new Promise<void>((resolve) => {
      this.#watchers.push({ isMet: () => isMet(this), resolve });
      this.#look();
    });
    if (this.#patience === Number.POSITIVE_INFINITY) return met;
    const lost = new Promise<never>((_resolve, reject) => {
      timer = startTimer(() => reject(new PatienceError(`${awaited} did not come; ${this.#state()}`)), this.#patience);
    });
    try {
      await Promise.race([met, lost]);
    } finally {
      stopTimer(timer);
    }
  }

  onData(chunk: Uint8Array, isLent = false): void {
    this.#check('onData');
    if (this.hasEnded) this.violations.push('onData after onEnd');
    const kept = isLent ? new Uint8Array(chunk) : chunk;
    // What is lent may be written to, and nobody may look at it when the call has returned.
    if (isLent) chunk.fill(0xee);
    this.chunks.push(kept);
    this.length += kept.length;
    this.onChunk(kept);
    this.#look();
  }

  onDrain(): void {
    this.#check('onDrain');
    this.drains++;
    this.#look();
  }

  onEnd(): void {
    this.#check('onEnd');
    if (this.hasEnded) this.violations.push('onEnd twice');
    this.hasEnded = true;
    this.#look();
  }

  onClose(error?: Error): void {
    this.#check('onClose');
    this.hasClosed = true;
    this.error = error;
    this.#look();
  }

  #check(event: string): void {
    if (this.hasClosed) this.violations.push(`${event} after onClose`);
  }

  #state(): string {
    const end = this.hasClosed ? 'closed' : this.hasEnded ? 'ended' : 'open';
    return `so far ${this.length} bytes, ${this.drains} times onDrain, ${end}`;
  }

  #look(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) {
      if (watcher.isMet()) watcher.resolve();
      else this.#watchers.push(watcher);
    }
  }
}
