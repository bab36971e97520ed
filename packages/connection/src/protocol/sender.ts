import { Opcode, Rsv } from '@webson/frame';
import type { MessageCodec } from './message-codec.js';
import { Outbox } from './outbox.js';
import type { Platform } from './platform.js';

const FIN = 0x80;
const RSV1 = Rsv.Rsv1 << 4;
const EMPTY = new Uint8Array(0);

/** How a {@link Sender} puts messages on the wire. */
export interface SenderOptions {
  /** A client masks every frame (RFC 6455 §5.1). */
  masked: boolean;
  /** Shared secret that widens the masking key. */
  privateMask?: Uint8Array | undefined;
  /** Set when compression is negotiated. */
  codec?: MessageCodec | undefined;
  /** Bytes of payload in one frame of a message that is sent piece by piece. */
  chunkSize: number;
}

interface HeldMessage {
  readonly type: number;
  readonly payload: string | Uint8Array;
}

/** Puts messages on the wire: whole ones in one frame, those of a {@link PartialMessage} piece by piece (RFC 6455 §5.4). */
export class Sender {
  readonly outbox: Outbox;
  readonly #platform: Platform;
  readonly #codec: MessageCodec | undefined;
  readonly #chunkSize: number;
  // RFC 6455 §5.4: the frames of two messages must not interleave; what comes meanwhile waits.
  #partial: PartialMessage | undefined;
  readonly #held: (HeldMessage | PartialMessage)[] = [];
  #heldBytes = 0;

  constructor(platform: Platform, options: SenderOptions) {
    this.#platform = platform;
    this.outbox = new Outbox(platform, options.masked, options.privateMask);
    this.#codec = options.codec;
    this.#chunkSize = options.chunkSize;
  }

  /** Bytes of messages that wait for the end of a partial one. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Queues a control frame: at most 125 bytes. */
  control(opcode: number, payload: string | Uint8Array): void {
    if (typeof payload === 'string') this.outbox.addText(FIN | opcode, payload);
    else this.outbox.addFrame(FIN | opcode, payload);
  }

  /** Queues a whole message. */
  message(type: number, payload: string | Uint8Array): void {
    if (this.#partial === undefined) {
      this.#whole(type, payload);
    } else {
      this.#held.push({ type, payload });
      this.#heldBytes += this.#lengthOf(payload);
    }
  }

  /**
   * A message that is sent piece by piece.
   *
   * @param onTurn called once when its first piece may be sent: at once, or when the messages before it have ended.
   */
  partialMessage(type: number, onTurn: () => void): PartialMessage {
    const message = new PartialMessage(this, type, onTurn);
    if (this.#partial === undefined) this.#take(message);
    else this.#held.push(message);
    return message;
  }

  /** Drops what waits for the end of a partial message: no data may follow a Close (RFC 6455 §5.5.1). */
  dropHeld(): void {
    this.#partial = undefined;
    this.#held.length = 0;
    this.#heldBytes = 0;
  }

  /** Drops everything: nothing more can be sent. */
  clear(): void {
    this.dropHeld();
    this.outbox.clear();
  }

  /** For {@link PartialMessage} alone. */
  piece(message: PartialMessage, first: number, bytes: Uint8Array): void {
    let opcode = first & 0xf;
    let at = 0;
    for (; bytes.length - at > this.#chunkSize; at += this.#chunkSize) {
      this.outbox.addFrame(opcode, bytes.subarray(at, at + this.#chunkSize));
      opcode = Opcode.Continuation;
    }
    const isLast = (first & FIN) !== 0;
    this.outbox.addFrame((isLast ? FIN : 0) | opcode, bytes.subarray(at));
    if (isLast) this.endPartial(message);
  }

  /** For {@link PartialMessage} alone: its turn is over. */
  endPartial(message: PartialMessage): void {
    const waiting = this.#held.indexOf(message);
    if (waiting >= 0) this.#held.splice(waiting, 1);
    if (this.#partial !== message) return;
    this.#partial = undefined;
    while (this.#partial === undefined) {
      const next = this.#held.shift();
      if (next === undefined) return;
      if (next instanceof PartialMessage) {
        this.#take(next);
      } else {
        this.#heldBytes -= this.#lengthOf(next.payload);
        this.#whole(next.type, next.payload);
      }
    }
  }

  #take(message: PartialMessage): void {
    this.#partial = message;
    message.onTurn();
  }

  #whole(type: number, payload: string | Uint8Array): void {
    if (this.#codec !== undefined) {
      const plain = typeof payload === 'string' ? this.#encode(payload) : payload;
      const deflated = this.#codec.deflate(plain);
      if (deflated === undefined) this.outbox.addFrame(FIN | type, plain);
      else this.outbox.addFrame(FIN | RSV1 | type, deflated);
    } else if (typeof payload === 'string') {
      this.outbox.addText(FIN | type, payload);
    } else {
      this.outbox.addFrame(FIN | type, payload);
    }
  }

  #encode(text: string): Uint8Array {
    const bytes = this.#platform.allocate(this.#platform.utf8Length(text));
    this.#platform.writeUtf8(bytes, 0, text);
    return bytes;
  }

  #lengthOf(payload: string | Uint8Array): number {
    return typeof payload === 'string' ? this.#platform.utf8Length(payload) : payload.length;
  }
}

/** One message that is sent piece by piece. Nothing may be written before `onTurn` was called. */
export class PartialMessage {
  readonly #sender: Sender;
  readonly #type: number;
  readonly onTurn: () => void;
  #isBegun = false;

  constructor(sender: Sender, type: number, onTurn: () => void) {
    this.#sender = sender;
    this.#type = type;
    this.onTurn = onTurn;
  }

  /** True once a frame of it is on its way: it cannot be taken back. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Queues the next piece, cut into frames. */
  write(piece: Uint8Array): void {
    this.#sender.piece(this, this.#opcode(), piece);
  }

  /** Ends the message with an empty frame: nobody knows which piece is the last before the source says so. */
  end(): void {
    this.#sender.piece(this, FIN | this.#opcode(), EMPTY);
  }

  /** Gives up a message of which nothing has been sent. */
  withdraw(): void {
    this.#sender.endPartial(this);
  }

  #opcode(): number {
    const opcode = this.#isBegun ? Opcode.Continuation : this.#type;
    this.#isBegun = true;
    return opcode;
  }
}
