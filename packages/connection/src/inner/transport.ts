import { CloseCode } from '@webson/frame';
import { joined } from '../application/joined.js';
import { ClosedError, ProtocolError, WebsonError } from '../protocol/contract/errors.js';
import { atEndOfTurn } from '../time/clock.js';
import type { Transport, TransportSink } from '../transport.js';
import { closeFrame } from './close-frame.js';
import { FrameWalker } from './frame-walker.js';
import type { CarrierEnd, CarrierSink, MessageCarrier } from './message-carrier.js';
import { decodeParameters, encodeParameters } from './parameters.js';

/** A message is sent as soon as its frames have this many bytes together: so it has at most one frame more. */
export const MESSAGE_SIZE: number = 64 * 1024;

/** Bytes that a message counts in addition to its own while it is kept. */
const ENTRY_SIZE = 128;
/** Bytes that may come beside those that the windows allow: headers, empty messages, and control frames. */
const ROOM_BESIDE = 1024 * 1024;

/**
 * The frames of one connection inside the binary messages of another WebSocket.
 *
 * Invariants:
 * - The first frame of each side has its parameters, and nothing is handed to the sink before those of the peer.
 * - Each message has one or more whole frames. A text message, an empty one, or one that cuts a frame, fails the connection with
 *   1002.
 * - A write may end within a frame, as a large one does that is made in pieces. Its message waits for the end of the frame.
 * - The memory that is written is copied, so it is free after each `write`; what `send` of the carrier returns counts for the
 *   next one.
 * - What comes in spite of a pause is kept until it is over, within a bound where there are windows: a peer that exceeds that
 *   bound fails the connection with 1008.
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
  // What came before that, or came although the carrier was paused, and how much memory it takes.
  #early: Uint8Array[] = [];
  #unread = 0;
  #mostUnread = Number.POSITIVE_INFINITY;
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
    // Where the parameters of this side cannot even be sent, nobody waits for those of the peer.
    this.peerParameters.catch(() => {});
    carrier.start(this);
    carrier.send(encodeParameters(parameters));
  }

  get bytesTaken(): number | undefined {
    return this.#carrier.bytesTaken;
  }

  /**
   * Bounds what is kept of a peer that sends on while nothing is read.
   *
   * @param mostUnread bytes that its windows may let it send at a time.
   */
  limitUnread(mostUnread: number): void {
    this.#mostUnread = mostUnread + ROOM_BESIDE;
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
      if (payload.length === 0) throw violation('an empty message within the inner protocol');
      const frames = this.#settle === undefined ? payload : this.#takeParameters(payload);
      this.#check(frames);
      if (frames.length === 0) return;
      if (!this.#isStarted || this.#isPaused || this.#early.length > 0) this.#keep(frames);
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
      this.#fault ?? end.error ?? new ClosedError(`the WebSocket closed before its parameters came: ${shown(end)}`),
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

  #keep(frames: Uint8Array): void {
    this.#early.push(frames);
    this.#unread += frames.length + ENTRY_SIZE;
    if (this.#unread <= this.#mostUnread) return;
    const message = 'more bytes than connectionWindow lets come while nothing is read';
    throw new ProtocolError('WINDOW_EXCEEDED', CloseCode.PolicyViolation, message);
  }

  // Nobody waits for a peer that has broken the rules, and may never answer.
  #fail(error: ProtocolError): void {
    const { closeCode: code, message: reason } = error;
    this.#fault = error;
    this.#early = [];
    try {
      // A platform may not let one send this code outside.
      if (this.#settle === undefined) this.#carrier.send(closeFrame({ code, reason }));
      this.#carrier.close(code, reason);
    } catch {
      // What cannot be told to the peer changes nothing here.
    }
    atEndOfTurn(() => this.onClose({ code, reason, wasClean: false }));
  }

  #deliverEarly(): void {
    const sink = this.#sink;
    if (sink === undefined || !this.#isStarted) return;
    const end = this.#end;
    while (this.#early.length > 0) {
      if (this.#isPaused && end === undefined) return;
      const frames = this.#early.shift()!;
      this.#unread -= frames.length + ENTRY_SIZE;
      sink.onData(frames);
    }
    if (end === undefined) {
      if (!this.#isPaused) this.#carrier.resume();
      return;
    }
    this.#sink = undefined;
    // With 1000 the Close inside should have come before: then neither the Close outside nor an error counts.
    const isShown = end.wasClean && end.code !== CloseCode.NormalClosure;
    if (this.#fault === undefined && isShown) sink.onData(closeFrame(end));
    sink.onEnd();
    sink.onClose(
      this.#fault ??
        end.error ??
        (isShown ? undefined : new WebsonError('CARRIER_CLOSED', `the WebSocket closed with ${shown(end)}`)),
    );
  }
}

function shown({ code, reason }: CarrierEnd): string {
  return reason === '' ? String(code) : `${code} ${JSON.stringify(reason)}`;
}

function violation(message: string): ProtocolError {
  return new ProtocolError('INNER_PROTOCOL', CloseCode.ProtocolError, message);
}
