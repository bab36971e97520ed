import type { Transport, TransportSink } from '../../src/index.js';
import { inNextTurn } from '../../src/turns.js';

/** Over a transport that has neither `watch` nor `bytesTaken` nor `bytesReceived`: one that has all. */
export class AbleTransport implements Transport, TransportSink {
  protected readonly transport: Transport;
  protected watcher: TransportSink | undefined;
  protected sink: TransportSink | undefined;
  // Told to who watched, and to be told once more.
  protected ahead: ((sink: TransportSink) => void)[] = [];
  #isReading = false;
  #isPaused = false;
  // Nothing is told from within `start`.
  #mayTell = false;
  #written = 0;
  #taken = 0;
  #received = 0;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get bytesTaken(): number {
    return this.#taken;
  }

  get bytesReceived(): number {
    return this.#received;
  }

  watch(sink: TransportSink): void {
    this.watcher = sink;
    this.#read();
  }

  start(sink: TransportSink): void {
    this.sink = sink;
    this.watcher = undefined;
    this.#read();
    inNextTurn(() => {
      this.#mayTell = true;
      this.#tellAhead();
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    for (const { length } of parts) this.#written += length;
    const isTaken = this.transport.write(parts);
    if (isTaken) this.#taken = this.#written;
    return isTaken;
  }

  pause(): void {
    this.#isPaused = true;
    this.transport.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.transport.resume();
    this.#tellAhead();
  }

  end(): void {
    this.transport.end();
  }

  destroy(error?: Error): void {
    this.ahead = [];
    // Who is paused is told that it is gone all the same.
    this.#isPaused = false;
    this.transport.destroy(error);
  }

  onData(chunk: Uint8Array): void {
    this.#received += chunk.length;
    const copy = new Uint8Array(chunk);
    this.tell((sink) => sink.onData(sink === this.watcher ? new Uint8Array(copy) : copy));
  }

  onDrain(): void {
    this.#taken = this.#written;
    this.sink?.onDrain();
  }

  onEnd(): void {
    this.tell((sink) => sink.onEnd());
  }

  onClose(error?: Error): void {
    this.tell((sink) => sink.onClose(error));
  }

  protected tell(event: (sink: TransportSink) => void): void {
    if (this.watcher !== undefined) event(this.watcher);
    this.ahead.push(event);
    this.#tellAhead();
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.transport.start(this);
  }

  #tellAhead(): void {
    while (this.sink !== undefined && this.#mayTell && !this.#isPaused && this.ahead.length > 0) {
      this.ahead.shift()?.(this.sink);
    }
  }
}
