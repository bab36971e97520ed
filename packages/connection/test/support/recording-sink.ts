import type { TransportSink } from '../../src/transport.js';

/** Takes down what a transport says, and whether it kept the order that `TransportSink` promises. */
export class RecordingSink implements TransportSink {
  readonly chunks: Uint8Array[] = [];
  /** Bytes received so far. */
  length = 0;
  drains = 0;
  hasEnded = false;
  hasClosed = false;
  error: Error | undefined;
  /** What came when it should not have. */
  readonly violations: string[] = [];
  /** Called with every chunk, after it was taken down. */
  onChunk: (chunk: Uint8Array) => void = () => {};
  #watchers: { isMet: () => boolean; resolve: () => void }[] = [];

  /** Everything received, in one piece. */
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks));
  }

  /** Resolves once `isMet` says true; it is asked after every event. */
  until(isMet: (sink: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push({ isMet: () => isMet(this), resolve });
      this.#look();
    });
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

  #look(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) {
      if (watcher.isMet()) watcher.resolve();
      else this.#watchers.push(watcher);
    }
  }
}
