import { CloseCode } from '@webson/frame';
import type { CarrierEnd, CarrierSink, MessageCarrier } from '../../inner/message-carrier.js';
import { atEndOfTurn } from '../../time/clock.js';
import { allowedCode } from './close-code.js';
import { brokenEnd, platformEnd } from './platform-end.js';
import type { WebSocketStreamLike, WebSocketStreamOpened } from './web-sockets.js';

/** Bytes that may wait for the platform before it is given no more. */
const HIGH_WATER_MARK = 128 * 1024;

/**
 * The platform's WebSocketStream, which is open. While it is paused nothing is read from it, so that the peer is held up by TCP.
 */
export class StreamCarrier implements MessageCarrier {
  readonly #stream: WebSocketStreamLike;
  readonly #reader: ReadableStreamDefaultReader<string | ArrayBuffer | Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<string | Uint8Array>;
  #sink: CarrierSink | undefined;
  #isPaused = false;
  #isReading = false;
  #end: CarrierEnd | undefined;
  #taken = 0;
  // Resolves when all that was sent so far has been taken.
  #written: Promise<void> = Promise.resolve();
  #waiting = 0;
  #owesDrain = false;

  constructor(stream: WebSocketStreamLike, { readable, writable }: WebSocketStreamOpened) {
    this.#stream = stream;
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    // The end is told by `closed` of the stream alone.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
    stream.closed.then(
      ({ closeCode = CloseCode.NoStatusReceived, reason }) => this.#ended(platformEnd(closeCode, reason)),
      () => this.#ended(brokenEnd()),
    );
  }

  get bytesTaken(): number {
    return this.#taken;
  }

  start(sink: CarrierSink): void {
    this.#sink = sink;
    atEndOfTurn(() => void this.#read());
  }

  send(payload: Uint8Array | string): boolean {
    // A text is counted by its characters, which is near enough.
    const { length } = payload;
    this.#waiting += length;
    this.#written = this.#writer.write(payload).then(
      () => this.#onWritten(length),
      () => {},
    );
    this.#owesDrain = this.#waiting > HIGH_WATER_MARK;
    return !this.#owesDrain;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    void this.#read();
  }

  close(code: number = CloseCode.NormalClosure, reason = ''): void {
    // What was written leaves first. A close that comes after the end changes nothing.
    const info = { closeCode: allowedCode(code), reason };
    void this.#written.then(() => this.#stream.close(info)).catch(() => {});
  }

  destroy(): void {
    this.#writer.abort().catch(() => {});
    this.#reader.cancel().catch(() => {});
    this.#ended(brokenEnd());
  }

  #onWritten(length: number): void {
    this.#waiting -= length;
    this.#taken += length;
    if (!this.#owesDrain || this.#waiting > HIGH_WATER_MARK / 2) return;
    this.#owesDrain = false;
    this.#sink?.onDrain();
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#sink === undefined) return;
    this.#isReading = true;
    try {
      while (!this.#isPaused) {
        const { value, done } = await this.#reader.read();
        if (done || value === undefined) break;
        this.#sink?.onMessage(typeof value === 'string' ? value : new Uint8Array(value as ArrayBuffer));
      }
    } catch {
      // `closed` of the stream tells of it.
    }
    this.#isReading = false;
    if (this.#end !== undefined && !this.#isPaused) this.#tellEnd();
  }

  #ended(end: CarrierEnd): void {
    this.#end ??= end;
    // What was read by the platform before the end comes first.
    if (!this.#isReading) atEndOfTurn(() => void this.#read());
  }

  #tellEnd(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (this.#end !== undefined) sink?.onClose(this.#end);
  }
}
