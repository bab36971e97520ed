import { promiseOf } from '../application/thenable.js';
import { toError } from '../application/thrown.js';
import { atEndOfTurn } from '../time/clock.js';
import type { Transport, TransportSink } from '../transport.js';

/**
 * A transport that may throw, as one that does not: what it throws ends it, and is the error that `onClose` tells of, a turn
 * later if the transport does not tell of its end by itself. Who called goes on. A promise that a method should not return
 * is not waited for, but may reject.
 */
export class GuardedTransport implements Transport {
  readonly #transport: Transport;
  #sink: TransportSink | undefined;
  #fault: Error | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What it has thrown first. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  get bytesTaken(): number | undefined {
    return this.#transport.bytesTaken;
  }

  get bytesReceived(): number | undefined {
    return this.#transport.bytesReceived;
  }

  watch(sink: TransportSink): void {
    this.#sink = sink;
    try {
      this.#watch(this.#transport.watch?.(sink));
    } catch (error) {
      this.fail(error);
    }
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    try {
      this.#watch(this.#transport.start(sink));
    } catch (error) {
      this.fail(error);
    }
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#fault !== undefined) return false;
    try {
      const isTaken: unknown = this.#transport.write(parts);
      if (isTaken !== true && isTaken !== false) this.#watch(isTaken);
      return isTaken !== false;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  pause(): void {
    this.#call('pause');
  }

  resume(): void {
    this.#call('resume');
  }

  end(): void {
    this.#call('end');
  }

  destroy(error?: Error): void {
    this.#call('destroy', error);
  }

  /** Ends it as what it throws does. */
  fail(thrown: unknown): void {
    if (this.#fault !== undefined) return;
    const fault = toError(thrown);
    this.#fault = fault;
    try {
      // Without the error: a socket of Node looks into it, and that may throw once more.
      this.#watch(this.#transport.destroy());
    } catch {
      // There is no more to be done about it.
    }
    atEndOfTurn(() => this.#sink?.onClose(fault));
  }

  #call(method: 'pause' | 'resume' | 'end' | 'destroy', error?: Error): void {
    if (this.#fault !== undefined) return;
    try {
      this.#watch(this.#transport[method](error));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #watch(result: unknown): void {
    promiseOf(result)?.then(undefined, (thrown: unknown) => this.fail(thrown));
  }
}
