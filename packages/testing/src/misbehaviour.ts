import { SlowTransport } from './slow-transport.js';
import type { Transport, TransportSink } from './transport.js';
import { inNextTurn } from './turns.js';

/** How a transport, or the peer at its other end, misbehaves. All sizes are whole numbers of bytes. */
export type Misbehaviour =
  /**
   * `bytes` bytes, 1 or more, move in each turn of the event loop and direction. It breaks no rule and loses nothing.
   */
  | { readonly kind: 'slow'; readonly bytes: number }
  /** After `after` received bytes the peer ends. It still accepts what is written to it, but does not read it. */
  | { readonly kind: 'cut'; readonly after: number }
  /** After `after` received bytes the transport closes with an error whose `code` is 'ECONNRESET'. */
  | { readonly kind: 'reset'; readonly after: number }
  /**
   * After `after` received bytes, 0 by default, nothing more arrives, not even an end. Written bytes are accepted and
   * lost.
   */
  | { readonly kind: 'mute'; readonly after?: number }
  /** After `after` received bytes, 0 by default, nothing moves in either direction, and `onDrain` never comes. */
  | { readonly kind: 'stall'; readonly after?: number }
  /**
   * `content` arrives in every turn of the event loop in which the reader is not paused, `times` times (for ever by
   * default), instead of what the peer sends. Written bytes are accepted and lost.
   */
  | { readonly kind: 'flood'; readonly content: Uint8Array; readonly times?: number };

/**
 * Wraps a transport so that whoever uses it meets a peer, or a network, that misbehaves in the given way.
 *
 * @throws RangeError for a size that is not a whole number, or is too small.
 */
export function misbehave(transport: Transport, behaviour: Misbehaviour): Transport {
  switch (behaviour.kind) {
    case 'slow':
      return new SlowTransport(transport, size('bytes', behaviour.bytes, 1));
    case 'flood':
      return new FloodingTransport(transport, behaviour.content, behaviour.times ?? Number.POSITIVE_INFINITY);
    default:
      return new FailingTransport(transport, behaviour.kind, size('after', behaviour.after ?? 0, 0));
  }
}

function size(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name}: a whole number from ${least} on expected, got ${value}`);
}

/**
 * Behaves like the transport under it until a number of bytes has been received, and then fails in one of four ways.
 */
class FailingTransport implements Transport, TransportSink {
  readonly #transport: Transport;
  readonly #kind: 'cut' | 'reset' | 'mute' | 'stall';
  #bytesLeft: number;
  #sink: TransportSink | undefined;
  #hasFailed = false;
  #isOver = false;

  constructor(transport: Transport, kind: 'cut' | 'reset' | 'mute' | 'stall', after: number) {
    this.#transport = transport;
    this.#kind = kind;
    this.#bytesLeft = after;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#transport.start(this);
    // A transport calls no method of its sink from within `start`.
    if (this.#bytesLeft === 0) inNextTurn(() => this.#fail());
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (!this.#hasFailed || this.#isOver) return this.#transport.write(parts);
    return this.#kind !== 'stall';
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  end(): void {
    // After a cut the peer has ended, so the transport is closed as soon as this side ends too.
    if (this.#hasFailed && this.#kind === 'cut') this.#transport.destroy();
    else if (!this.#hasFailed) this.#transport.end();
  }

  destroy(error?: Error): void {
    this.#transport.destroy(error);
  }

  onData(chunk: Uint8Array, isLent?: boolean): void {
    if (this.#hasFailed) return;
    const passed = Math.min(chunk.length, this.#bytesLeft);
    this.#bytesLeft -= passed;
    if (passed > 0) this.#sink?.onData(chunk.subarray(0, passed), isLent);
    if (this.#bytesLeft === 0) this.#fail();
  }

  onDrain(): void {
    if (!this.#hasFailed) this.#sink?.onDrain();
    // A `write` before the failure may have returned false, and then its `onDrain` is still due.
    else if (this.#kind !== 'stall') this.#sink?.onDrain();
  }

  onEnd(): void {
    if (!this.#hasFailed) this.#sink?.onEnd();
  }

  onClose(error?: Error): void {
    this.#isOver = true;
    this.#sink?.onClose(error);
  }

  #fail(): void {
    if (this.#hasFailed || this.#isOver) return;
    this.#hasFailed = true;
    if (this.#kind === 'cut') this.#sink?.onEnd();
    if (this.#kind === 'reset') {
      this.#transport.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    }
  }
}

/** Delivers the same bytes to its reader again and again. */
class FloodingTransport implements Transport, TransportSink {
  readonly #transport: Transport;
  readonly #content: Uint8Array;
  #times: number;
  #sink: TransportSink | undefined;
  #isPaused = false;
  #isScheduled = false;
  #isOver = false;

  constructor(transport: Transport, content: Uint8Array, times: number) {
    this.#transport = transport;
    this.#content = content;
    this.#times = times;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#transport.start(this);
    this.#schedule();
  }

  write(): boolean {
    return true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  end(): void {
    this.#transport.end();
  }

  destroy(error?: Error): void {
    this.#isOver = true;
    this.#transport.destroy(error);
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {}

  onClose(error?: Error): void {
    this.#isOver = true;
    this.#sink?.onClose(error);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#sink === undefined) return;
    this.#isScheduled = true;
    inNextTurn(() => {
      this.#isScheduled = false;
      if (this.#isOver || this.#isPaused || this.#times <= 0) return;
      this.#times--;
      // A copy, because the reader owns the chunk.
      this.#sink?.onData(new Uint8Array(this.#content));
      this.#schedule();
    });
  }
}
