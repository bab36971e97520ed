import { decodeClosePayload, type FrameHeader, type FrameSink, Opcode, WholeFrameDecoder } from '@webson/frame';
import { joined } from '../../application/joined.js';
import { closeFrame } from '../../inner/close-frame.js';
import type { CarrierEnd, CarrierSink, MessageCarrier } from '../../inner/message-carrier.js';
import { wholeFrame } from '../../inner/whole-frame.js';
import type { Platform } from '../../protocol/contract/platform.js';
import type { Transport, TransportSink } from '../../transport.js';

/**
 * A platform's WebSocket without the inner protocol: its messages are shown to the connection as frames, and the frames of the
 * connection are sent as messages.
 *
 * Invariants:
 * - A message is sent when its last frame is written, because the platform takes whole messages only.
 * - Pings and pongs are dropped: the platform sends its own, and shows none.
 * - The Close frame of the connection becomes the close of the WebSocket, and its clean end becomes the Close of the peer.
 * - The memory that is written is copied, so it is free after each `write`.
 */
export class PlainTransport implements Transport, CarrierSink, FrameSink {
  readonly #carrier: MessageCarrier;
  readonly #platform: Platform;
  readonly #outgoing = new WholeFrameDecoder({ maxPayloadSize: Number.MAX_SAFE_INTEGER });
  #sink: TransportSink | undefined;
  #owesDrain = false;
  #mayGoOn = true;
  #frame: FrameHeader | undefined;
  // The message that is being written: its opcode and its pieces.
  #opcode: number = Opcode.Text;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(carrier: MessageCarrier, platform: Platform) {
    this.#carrier = carrier;
    this.#platform = platform;
  }

  get bytesTaken(): number | undefined {
    return this.#carrier.bytesTaken;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#carrier.start(this);
  }

  write(parts: readonly Uint8Array[]): boolean {
    this.#mayGoOn = true;
    for (const part of parts) this.#outgoing.push(part, this);
    this.#owesDrain = !this.#mayGoOn;
    return this.#mayGoOn;
  }

  pause(): void {
    this.#carrier.pause();
  }

  resume(): void {
    this.#carrier.resume();
  }

  end(): void {
    this.#carrier.close();
  }

  destroy(): void {
    this.#carrier.destroy();
  }

  /** For the decoder of what is written alone. */
  onHeader(header: FrameHeader): void {
    const { opcode } = header;
    this.#frame = header;
    if (opcode === Opcode.Text || opcode === Opcode.Binary) this.#opcode = opcode;
  }

  /** For the decoder of what is written alone. */
  onPayload(slice: Uint8Array, isLastSlice: boolean): void {
    const { opcode, fin } = this.#frame!;
    if (opcode === Opcode.Close) this.#close(slice);
    if (opcode >= Opcode.Close) return;
    const isLast = fin && isLastSlice;
    if (isLast && this.#pieces.length === 0) {
      this.#send(slice, slice);
      return;
    }
    this.#pieces.push(new Uint8Array(slice));
    this.#length += slice.length;
    if (isLast) this.#sendPieces();
  }

  /** For the carrier alone. */
  onMessage(payload: Uint8Array | string): void {
    const opcode = typeof payload === 'string' ? Opcode.Text : Opcode.Binary;
    const bytes = typeof payload === 'string' ? this.#encode(payload) : payload;
    this.#sink?.onData(wholeFrame(opcode, bytes));
  }

  /** For the carrier alone. */
  onDrain(): void {
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.#sink?.onDrain();
  }

  /** For the carrier alone. */
  onClose(end: CarrierEnd): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (end.wasClean) sink?.onData(closeFrame(end));
    sink?.onEnd();
    sink?.onClose(end.error);
  }

  #sendPieces(): void {
    const whole = joined(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    this.#send(whole);
  }

  // A slice is a view of memory that is written over later, so it is copied for the platform.
  #send(message: Uint8Array, slice?: Uint8Array): void {
    const isText = this.#opcode === Opcode.Text;
    const payload = isText
      ? this.#platform.readUtf8(message, false)
      : slice === undefined
        ? message
        : new Uint8Array(slice);
    this.#mayGoOn = this.#carrier.send(payload);
  }

  #close(payload: Uint8Array): void {
    const { code, reason } = decodeClosePayload(payload) ?? {};
    this.#carrier.close(code, reason);
  }

  #encode(text: string): Uint8Array {
    const bytes = new Uint8Array(this.#platform.utf8Length(text));
    this.#platform.writeUtf8(bytes, 0, text);
    return bytes;
  }
}
