import { CloseCode, encodeClosePayload, Opcode, writeUnmaskedHeader } from '@webson/frame';
import { joined } from '../application/joined.js';
import { ClosedError, ProtocolError, WebsonError } from '../protocol/contract/errors.js';
import { atEndOfTurn } from '../time/clock.js';
import type { Transport, TransportSink } from '../transport.js';
import { FrameWalker } from './frame-walker.js';
import type { CarrierEnd, CarrierSink, MessageCarrier } from './message-carrier.js';
import { decodeParameters, encodeParameters } from './parameters.js';

/** A message is sent as soon as its frames have this many bytes together: so it has at most one frame more. */
export const MESSAGE_SIZE: number = 64 * 1024;

/**
 * The frames of one connection inside the binary messages of another WebSocket.
 *
 * Invariants:
 * - The first frame of each side has its parameters, and nothing is handed to the sink before those of the peer.
 * - Each message has one or more whole frames. A text message, or one that cuts a frame, closes the WebSocket with 1002.
 * - A write may end within a frame, as a large one does that is made in pieces. Its message waits for the end of the frame.
 * - The memory that is written is copied, so it is free after each `write`; what `send` of the carrier returns counts for the
 *   next one.
 * - The end of either side ends both: the Close frames inside were exchanged before. Where they were not, because the page of the
 *   peer has gone, or what stands between has closed, the Close outside is shown as one inside.
 */
export class InnerTransport implements Transport, CarrierSink {
  /**
   * Resolves with the parameters of the peer. Rejects with ProtocolError when something else came first, and with ClosedError
   * when the WebSocket ended before.
   */
  readonly peerParameters: Promise<string>;
  readonly #carrier: MessageCarrier;
  readonly #outgoing = new FrameWalker();
  readonly #incoming = new FrameWalker();
  #settle: { resolve(parameters: string): void; reject(error: Error): void } | undefined;
  #sink: TransportSink | undefined;
  // What was written and is not sent, in pieces; nothing but within `write`, unless that has ended within a frame.
  #message: Uint8Array[] = [];
  #size = 0;
  // True when what came before the start may be delivered.
  #isStarted = false;
  #early: Uint8Array[] = [];
  #isPaused = false;
  #owesDrain = false;
  #end: CarrierEnd | undefined;
  #fault: Error | undefined;

  /** Starts the carrier and sends the parameters of this side. */
  constructor(carrier: MessageCarrier, parameters: string) {
    this.#carrier = carrier;
    this.peerParameters = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    carrier.start(this);
    carrier.send(encodeParameters(parameters));
  }

  get bytesTaken(): number | undefined {
    return this.#carrier.bytesTaken;
  }

  start(sink: TransportSink): void {
    // It may write before anything is delivered to it, and has to hear of room then.
    this.#sink = sink;
    atEndOfTurn(() => {
      this.#isStarted = true;
      this.#deliverEarly();
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    let mayGoOn = true;
    let kept = this.#message.length;
    for (const part of parts) {
      let start = 0;
      for (let at = 0; at < part.length; ) {
        at = this.#outgoing.walk(part, at);
        const isFull = this.#outgoing.isBetweenFrames && this.#size + at - start >= MESSAGE_SIZE;
        if (!isFull && at < part.length) continue;
        this.#message.push(part.subarray(start, at));
        this.#size += at - start;
        start = at;
        if (!isFull) continue;
        mayGoOn = this.#send();
        kept = 0;
      }
    }
    if (this.#outgoing.isBetweenFrames) {
      if (this.#size > 0) mayGoOn = this.#send();
    } else {
      const views = this.#message.splice(kept);
      this.#message.push(...views.map((view) => new Uint8Array(view)));
    }
    this.#owesDrain = !mayGoOn;
    return mayGoOn;
  }

  pause(): void {
    this.#isPaused = true;
    this.#carrier.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#early.length > 0 || this.#end !== undefined) atEndOfTurn(() => this.#deliverEarly());
    this.#carrier.resume();
  }

  end(): void {
    this.#carrier.close(CloseCode.NormalClosure);
  }

  destroy(): void {
    this.#carrier.destroy();
  }

  /** For the carrier alone. */
  onMessage(payload: Uint8Array | string): void {
    if (this.#fault !== undefined) return;
    try {
      const frames = this.#settle === undefined ? payload : this.#takeParameters(payload);
      this.#check(frames);
      if (frames.length === 0) return;
      if (!this.#isStarted || this.#early.length > 0) this.#early.push(frames);
      else this.#sink?.onData(frames);
    } catch (error) {
      this.#fail(error as ProtocolError);
    }
  }

  /** For the carrier alone. */
  onDrain(): void {
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.#sink?.onDrain();
  }

  /** For the carrier alone. */
  onClose(end: CarrierEnd): void {
    this.#end = end;
    this.#settle?.reject(
      this.#fault ?? new ClosedError(`the WebSocket closed before its parameters came: ${shown(end)}`),
    );
    this.#settle = undefined;
    this.#deliverEarly();
  }

  #send(): boolean {
    const message = joined(this.#message, this.#size);
    this.#message = [];
    this.#size = 0;
    return this.#carrier.send(message);
  }

  #takeParameters(payload: Uint8Array | string): Uint8Array {
    const { text, rest } = decodeParameters(payload);
    this.#settle?.resolve(text);
    this.#settle = undefined;
    // Until the transport is started nobody reads: the peer's windows bound what comes if the carrier cannot pause.
    if (this.#sink === undefined) this.#carrier.pause();
    return rest;
  }

  #check(frames: Uint8Array | string): asserts frames is Uint8Array {
    if (typeof frames === 'string') throw violation('a text message within the inner protocol');
    for (let at = 0; at < frames.length; ) at = this.#incoming.walk(frames, at);
    if (!this.#incoming.isBetweenFrames) throw violation('a message of the inner protocol that cuts a frame');
  }

  #fail(error: ProtocolError): void {
    this.#fault = error;
    this.#settle?.reject(error);
    this.#settle = undefined;
    this.#early = [];
    this.#carrier.close(error.closeCode, error.message);
  }

  #deliverEarly(): void {
    const sink = this.#sink;
    if (sink === undefined || !this.#isStarted) return;
    while (this.#early.length > 0) {
      if (this.#isPaused) return;
      sink.onData(this.#early.shift()!);
    }
    const end = this.#end;
    if (end === undefined) {
      if (!this.#isPaused) this.#carrier.resume();
      return;
    }
    this.#sink = undefined;
    // With 1000 the Close inside has come before. What comes behind a Close is dropped in any case.
    if (this.#fault === undefined && end.wasClean && end.code !== CloseCode.NormalClosure) sink.onData(closeFrame(end));
    sink.onEnd();
    sink.onClose(
      this.#fault ??
        (end.wasClean ? undefined : new WebsonError('CARRIER_CLOSED', `the WebSocket closed with ${shown(end)}`)),
    );
  }
}

function closeFrame({ code, reason }: CarrierEnd): Uint8Array {
  const payload = code === CloseCode.NoStatusReceived ? encodeClosePayload() : encodeClosePayload(code, reason);
  // `encodeFrame` would bring into a page what masks frames.
  const frame = new Uint8Array(2 + payload.length);
  frame.set(payload, writeUnmaskedHeader(frame, 0, 0x80 | Opcode.Close, payload.length));
  return frame;
}

function shown({ code, reason }: CarrierEnd): string {
  return reason === '' ? String(code) : `${code} ${JSON.stringify(reason)}`;
}

function violation(message: string): ProtocolError {
  return new ProtocolError('INNER_PROTOCOL', CloseCode.ProtocolError, message);
}
