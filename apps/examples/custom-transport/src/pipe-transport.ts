import type { Readable, Writable } from 'node:stream';
import type { Transport, TransportSink } from '@webson/connection';

/** A transport over two streams of bytes, one to read from and one to write to: pipes, a serial port, the stdio of a process. */
export class PipeTransport implements Transport {
  readonly #input: Readable;
  readonly #output: Writable;
  #sink: TransportSink | undefined;
  #error: Error | undefined;
  #hasEnded = false;
  #hasFinished = false;
  #hasPeerEnded = false;
  #isGone = false;
  #isClosing = false;

  /** The streams are read from `start` on; their errors end the transport, and reach nobody else. */
  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
    for (const stream of [input, output]) stream.on('error', (error: Error) => this.destroy(error));
    // Closed before its time.
    input.on('close', () => input.readableEnded || this.destroy());
    output.on('close', () => output.writableFinished || this.destroy());
    output.on('drain', () => !this.#isGone && this.#sink?.onDrain());
    output.on('finish', () => {
      this.#hasFinished = true;
      this.#closeIfOver();
    });
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#isGone) {
      this.#close();
      return;
    }
    this.#input.on('data', (chunk: Uint8Array) => !this.#isGone && sink.onData(chunk));
    this.#input.on('end', () => {
      if (this.#isGone) return;
      this.#hasPeerEnded = true;
      sink.onEnd();
      this.#closeIfOver();
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#isGone || this.#hasEnded) return true;
    // A copy: a stream may keep what it is given, and the memory is not ours.
    return this.#output.write(Buffer.concat(parts));
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    if (!this.#isGone) this.#input.resume();
  }

  end(): void {
    if (this.#isGone || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#output.end();
  }

  destroy(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#error = error;
    this.#input.destroy();
    this.#output.destroy();
    this.#close();
  }

  #closeIfOver(): void {
    if (!this.#hasPeerEnded || !this.#hasFinished || this.#isGone) return;
    // The streams are left alone: what they took may not have been read yet by the other side.
    this.#isGone = true;
    this.#close();
  }

  // Told in a turn of its own: nobody is called from within what he calls.
  #close(): void {
    if (this.#sink === undefined || this.#isClosing) return;
    this.#isClosing = true;
    const sink = this.#sink;
    setImmediate(() => sink.onClose(this.#error));
  }
}
