import { SlowTransport } from './slow-transport.js';
import type { Transport, TransportSink } from './transport.js';
import { inNextTurn } from './turns.js';

/** How a transport, or the peer at its other end, misbehaves. All sizes are bytes, whole numbers. */
export type Misbehaviour =
  /** So many bytes, 1 or more, move each turn of the event loop, in either direction. Breaks no rule, and loses nothing. */
  | { readonly kind: 'slow'; readonly bytes: number }
  /** After so many received bytes the peer has ended, and takes what is written to it without reading it. */
  | { readonly kind: 'cut'; readonly after: number }
  /** After so many received bytes the transport is gone, with an error whose `code` is 'ECONNRESET'. */
  | { readonly kind: 'reset'; readonly after: number }
  /** After so many received bytes, 0 by default, nothing comes any more, not even an end; what is written is taken, and lost. */
  | { readonly kind: 'mute'; readonly after?: number }
  /** After so many received bytes, 0 by default, nothing moves any more, in either direction: `onDrain` never comes. */
  | { readonly kind: 'stall'; readonly after?: number }
  /**
   * In place of what the peer sends, `content` comes every turn, `times` or for ever, as long as the reader is not paused; what is
   * written is taken, and lost.
   */
  | { readonly kind: 'flood'; readonly content: Uint8Array; readonly times?: number };

/**
 * A transport that misbehaves, over one that does not: whoever uses it meets a peer, or a network, of that kind.
 *
 * @throws RangeError for a size that is none.
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

/** Is as the transport under it until so many bytes have come. */
class FailingTransport implements Transport, TransportSink {
  readonly #transport: Transport;
  readonly #kind: 'cut' | 'reset' | 'mute' | 'stall';
  #left: number;
  #sink: TransportSink | undefined;
  #hasFailed = false;
  #isOver = false;

  constructor(transport: Transport, kind: 'cut' | 'reset' | 'mute' | 'stall', after: number) {
    this.#transport = transport;
    this.#kind = kind;
    this.#left = after;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#transport.start(this);
    // Nobody is told anything from within `start`.
    if (this.#left === 0) inNextTurn(() => this.#fail());
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
    // Both sides of one that is cut have ended then.
    if (this.#hasFailed && this.#kind === 'cut') this.#transport.destroy();
    else if (!this.#hasFailed) this.#transport.end();
  }

  destroy(error?: Error): void {
    this.#transport.destroy(error);
  }

  onData(chunk: Uint8Array, isLent?: boolean): void {
    if (this.#hasFailed) return;
    const passed = Math.min(chunk.length, this.#left);
    this.#left -= passed;
    if (passed > 0) this.#sink?.onData(chunk.subarray(0, passed), isLent);
    if (this.#left === 0) this.#fail();
  }

  onDrain(): void {
    if (!this.#hasFailed) this.#sink?.onDrain();
    // What was written before the failure is still owed.
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

/** Hands its reader the same bytes again and again. */
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
      // The reader owns what it is given.
      this.#sink?.onData(new Uint8Array(this.#content));
      this.#schedule();
    });
  }
}
