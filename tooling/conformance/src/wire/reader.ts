import { isUtf8 } from 'node:buffer';

/** A whole message, or a control frame, as it was taken off the wire. */
export interface Item {
  readonly type: number;
  readonly payload: Uint8Array;
  /** RSV1 was set on its first frame. */
  readonly isCompressed?: boolean;
}

const EMPTY = new Uint8Array(0);

/**
 * Reads what the endpoint under test sends, and trusts none of it: throws an Error at everything that RFC 6455 does not
 * allow to be sent. Shares no code with what it tests.
 */
export class WireReader {
  readonly #masked: boolean;
  readonly #onItem: (item: Item) => void;
  readonly #allowsRsv1: boolean;
  #rest: Uint8Array = EMPTY;
  // The frame being read.
  #fin = false;
  #opcode = 0;
  #rsv1 = false;
  #key: Uint8Array | undefined;
  #left = -1;
  #position = 0;
  #pieces: Uint8Array[] = [];
  // The message being read.
  #type = 0;
  #isCompressed = false;
  #parts: Uint8Array[] = [];
  #isClosed = false;

  /**
   * @param masked whether frames have to be masked, or must not be (RFC 6455 §5.1).
   * @param allowsRsv1 compression is agreed: RSV1 may stand on the first frame of a message (RFC 7692 §6). What is
   *   compressed is handed on as it is.
   */
  constructor(masked: boolean, onItem: (item: Item) => void, allowsRsv1 = false) {
    this.#masked = masked;
    this.#onItem = onItem;
    this.#allowsRsv1 = allowsRsv1;
  }

  /** True when no frame and no message is half read. */
  get isIdle(): boolean {
    return this.#left < 0 && this.#rest.length === 0 && this.#type === 0;
  }

  /** Takes the next bytes, and owns them from now on. */
  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = EMPTY;
    }
    let at = 0;
    for (;;) {
      if (this.#left < 0) {
        const size = this.#header(bytes, at);
        if (size === 0) {
          this.#rest = bytes.slice(at);
          return;
        }
        at += size;
      }
      const slice = bytes.subarray(at, at + this.#left);
      at += slice.length;
      this.#left -= slice.length;
      this.#unmask(slice);
      if (slice.length > 0) this.#pieces.push(slice);
      if (this.#left > 0) return;
      this.#left = -1;
      this.#frame(join(this.#pieces));
      this.#pieces = [];
    }
  }

  #header(bytes: Uint8Array, at: number): number {
    if (bytes.length - at < 2) return 0;
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    if (this.#isClosed) throw new Error('sent a frame after its Close (RFC 6455 §5.5.1)');
    const opcode = first & 15;
    const mayCompress = this.#allowsRsv1 && (opcode === 1 || opcode === 2);
    if ((first & (mayCompress ? 0x30 : 0x70)) !== 0) {
      throw new Error('sent a frame with a reserved bit (RFC 6455 §5.2)');
    }
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) throw new Error(`sent a frame of opcode ${opcode}`);
    if (second >= 128 !== this.#masked) {
      throw new Error(`sent a frame that is ${this.#masked ? 'not ' : ''}masked (RFC 6455 §5.1)`);
    }
    let length = second & 127;
    let size = 2;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
    if (length === 126) {
      if (view.byteLength < 4) return 0;
      length = view.getUint16(2);
      if (length < 126) throw new Error('sent a length that is not in its shortest form (RFC 6455 §5.2)');
      size = 4;
    } else if (length === 127) {
      if (view.byteLength < 10) return 0;
      length = Number(view.getBigUint64(2));
      if (length < 65536) throw new Error('sent a length that is not in its shortest form (RFC 6455 §5.2)');
      size = 10;
    }
    if (opcode >= 8 && (first < 128 || length > 125)) {
      throw new Error('sent a control frame that is fragmented or too long (RFC 6455 §5.5)');
    }
    if (this.#masked) {
      if (view.byteLength < size + 4) return 0;
      this.#key = bytes.slice(at + size, at + size + 4);
      size += 4;
    }
    this.#fin = first >= 128;
    this.#opcode = opcode;
    this.#rsv1 = (first & 0x40) !== 0;
    this.#left = length;
    this.#position = 0;
    return size;
  }

  #unmask(slice: Uint8Array): void {
    const key = this.#key;
    if (key === undefined) return;
    const position = this.#position;
    for (let i = 0; i < slice.length; i++) slice[i]! ^= key[(position + i) & 3]!;
    this.#position = (position + slice.length) & 3;
  }

  #frame(payload: Uint8Array): void {
    const opcode = this.#opcode;
    if (opcode >= 8) {
      this.#isClosed = opcode === 8;
      this.#onItem({ type: opcode, payload });
      return;
    }
    if ((opcode === 0) !== (this.#type !== 0)) throw new Error('sent fragments out of order (RFC 6455 §5.4)');
    if (opcode !== 0) {
      this.#type = opcode;
      this.#isCompressed = this.#rsv1;
    }
    this.#parts.push(payload);
    if (!this.#fin) return;
    const isCompressed = this.#isCompressed;
    const message = { type: this.#type, payload: join(this.#parts), ...(isCompressed && { isCompressed }) };
    this.#type = 0;
    this.#parts = [];
    if (message.type === 1 && !isCompressed && !isUtf8(message.payload))
      throw new Error('sent text that is not UTF-8 (RFC 6455 §8.1)');
    this.#onItem(message);
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : pieces.length === 0 ? EMPTY : Buffer.concat(pieces);
}
