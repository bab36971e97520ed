import { promiseOf } from '../application/thenable.js';
import { toError } from '../application/thrown.js';
import { atEndOfTurn } from '../time/clock.js';
import type { Transport, TransportSink } from '../transport.js';
import { CutWrite, isLarge } from './cut-write.js';

/**
 * Wraps a transport that may throw, as applications can bring their own.
 *
 * Invariants:
 * - No method throws. An error that the transport throws destroys it, and the caller goes on.
 * - The first such error is reported by `onClose`, one turn later. `onClose` may be called a second time when the transport
 *   reports its end by itself too.
 * - A promise that a method returns against its type is not awaited, but a rejection counts as an error thrown.
 * - A large write to a transport that does not tell how much of it is taken is made in pieces: after each `onDrain` of the
 *   transport `writeOn` has to be called. The end of the transport comes behind the last piece.
 */
export class GuardedTransport implements Transport {
  readonly #transport: Transport;
  #sink: TransportSink | undefined;
  #fault: Error | undefined;
  // Set while a large write is made in pieces.
  #cut: CutWrite | undefined;
  // True when the end is to follow the last piece.
  #endsAfterCut = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The first error that the transport has thrown. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  get bytesTaken(): number | undefined {
    return this.#transport.bytesTaken;
  }

  /** Bytes of the write that is under way that are passed on, where only whole writes would be told of. */
  get passed(): number {
    return this.#cut?.passed ?? 0;
  }

  get bytesReceived(): number | undefined {
    return this.#transport.bytesReceived;
  }

  watch(sink: TransportSink): void {
    this.#sink = sink;
    try {
      this.#catchRejection(this.#transport.watch?.(sink));
    } catch (error) {
      this.fail(error);
    }
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    try {
      this.#catchRejection(this.#transport.start(sink));
    } catch (error) {
      this.fail(error);
    }
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (!isLarge(parts) || this.#transport.bytesTaken !== undefined) return this.#write(parts);
    this.#cut = new CutWrite(parts);
    return !this.writeOn();
  }

  /** Goes on with the last write, when a piece of it is passed on. True while not all of it is. */
  writeOn(): boolean {
    for (let piece = this.#cut?.next(); piece !== undefined; piece = this.#cut?.next()) {
      if (!this.#write(piece)) return true;
    }
    this.#cut = undefined;
    if (this.#endsAfterCut) this.#call('end');
    this.#endsAfterCut = false;
    return false;
  }

  #write(parts: readonly Uint8Array[]): boolean {
    if (this.#fault !== undefined) return false;
    try {
      const isTaken: unknown = this.#transport.write(parts);
      if (isTaken !== true && isTaken !== false) this.#catchRejection(isTaken);
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
    if (this.#cut === undefined) this.#call('end');
    else this.#endsAfterCut = true;
  }

  destroy(error?: Error): void {
    this.#call('destroy', error);
  }

  /** Destroys the transport, as an error does that it throws itself. */
  fail(thrown: unknown): void {
    if (this.#fault !== undefined) return;
    const fault = toError(thrown);
    this.#fault = fault;
    try {
      // The error is not passed on: a socket of Node reads its properties, which may throw once more.
      this.#catchRejection(this.#transport.destroy());
    } catch {
      // A transport that cannot be destroyed is abandoned.
    }
    atEndOfTurn(() => this.#sink?.onClose(fault));
  }

  #call(method: 'pause' | 'resume' | 'end' | 'destroy', error?: Error): void {
    if (this.#fault !== undefined) return;
    try {
      this.#catchRejection(this.#transport[method](error));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #catchRejection(result: unknown): void {
    promiseOf(result)?.then(undefined, (thrown: unknown) => this.fail(thrown));
  }
}
