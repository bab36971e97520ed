import type { Transport, TransportSink } from '@webson/connection';
import type { WireReader } from '../wire/reader.js';

/** Takes note of everything that is done with it. */
export class ProbeTransport implements Transport {
  readonly #reader: WireReader;
  readonly #isSlow: boolean;
  #held: readonly Uint8Array[] | undefined;
  sink: TransportSink | undefined;
  /** The endpoint has ended its side. */
  isEnded = false;
  isPaused = false;
  /** What no endpoint may do, the first time it was done. */
  fault: Error | undefined;

  /** @param isSlow every write is passed on by `drain` only: until then the endpoint must leave the memory alone. */
  constructor(reader: WireReader, isSlow: boolean) {
    this.#reader = reader;
    this.#isSlow = isSlow;
  }

  start(sink: TransportSink): void {
    this.sink = sink;
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.isEnded) this.#blame(new Error('wrote after the end of its side'));
    if (this.#held !== undefined) this.#blame(new Error('wrote before the last write was drained'));
    if (this.#isSlow) this.#held = parts;
    else this.#read(parts);
    return !this.#isSlow;
  }

  /** Passes on what was written. */
  drain(): void {
    while (this.#held !== undefined) {
      const parts = this.#held;
      this.#read(parts);
      this.#held = undefined;
      this.sink?.onDrain();
    }
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    if (this.isEnded) this.#blame(new Error('ended its side twice'));
    if (!this.#reader.isIdle) this.#blame(new Error('ended its side in the middle of a message'));
    this.isEnded = true;
  }

  destroy(): void {
    this.#blame(new Error('destroyed the transport'));
  }

  #read(parts: readonly Uint8Array[]): void {
    try {
      for (const part of parts) this.#reader.push(part.slice());
    } catch (error) {
      this.#blame(error as Error);
    }
  }

  #blame(error: Error): void {
    this.fault ??= error;
  }
}
