import { constants, inflateRawSync } from 'node:zlib';
import { encodeClosePayload } from '@webson/frame';

/** How the Go endpoint is set. */
export interface GoReceiverOptions {
  /** A server, which takes masked frames alone. True by default. */
  isServer?: boolean;
  streams?: boolean;
  deflate?: boolean;
  privateMask?: Uint8Array | undefined;
  /** `BufferSize`: 5120 by default. */
  bufferSize?: number;
  /** `MaxPayloadSize`: of one frame on the wire; none by default. */
  maxPayloadSize?: number;
  /** `TriggerOnStart` with `Synchronize`: nothing can be read, a pong is empty. */
  cannotRead?: boolean;
}

/** What a handler of the Go endpoint reads. */
export interface GoMessage {
  type: number;
  payload: Uint8Array;
  /** The payload could not be inflated; as much of it as could be is there. */
  isCorrupt: boolean;
}

/** What a Go endpoint sends of its own accord. */
export interface GoReply {
  opcode: 8 | 10;
  payload: Uint8Array;
}

interface Pending {
  type: number;
  compressed: boolean;
  parts: Uint8Array[];
}

/** Why it stopped reading: what its `Start` returns, 'nil' for a Close or the end of the bytes. */
class Dropped extends Error {}

const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** What its `Read` puts after a compressed message: the sync flush that is left out, and an empty last block. */
const DEFLATE_END = Uint8Array.of(0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff);

/**
 * How the original Go kit reads, its faults included: a model to try a sender on. Frames come through a small buffer, and
 * the fields of a header are taken with a plain read each, which is short where the buffer happens to end; then it leaves
 * without a word. Bytes given to `push` lie in the socket until `run`: what comes between two runs it may read at once.
 */
export class GoReceiver {
  /** Messages of data types and of custom control types, in the order they are complete. */
  readonly delivered: GoMessage[] = [];
  /** Payloads of the pongs that came. */
  readonly pongs: Uint8Array[] = [];
  /** What it sends, in order. */
  readonly replies: GoReply[] = [];
  /** Payload of the Close that came. */
  closeReceived: Uint8Array | undefined;
  /** Set once it reads no more. */
  ended: string | undefined;
  readonly #options: GoReceiverOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #buffer: Uint8Array;
  #from = 0;
  #to = 0;
  #socket: Uint8Array[] = [];
  // Runs up to where it waits for bytes.
  readonly #reading: Generator<void, never, void>;

  constructor(options: GoReceiverOptions = {}) {
    this.#options = options;
    this.#buffer = new Uint8Array(options.bufferSize ?? 5120);
    this.#reading = this.#start();
  }

  /** Messages that are not complete. */
  get open(): number {
    return this.#pending.size;
  }

  /** Bytes that have come and are not read. */
  get unread(): number {
    return this.#socket.reduce((sum, { length }) => sum + length, this.#to - this.#from);
  }

  /** Bytes arrive at the socket. */
  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#socket.push(new Uint8Array(bytes));
  }

  /** It reads until the socket is empty. */
  run(): void {
    if (this.ended !== undefined) return;
    try {
      this.#reading.next();
    } catch (error) {
      if (!(error instanceof Dropped)) throw error;
      this.ended = error.message;
    }
  }

  *#start(): Generator<void, never, void> {
    for (;;) {
      const head = yield* this.#read(2);
      if (head.length < 2) throw new Dropped('nil');
      yield* this.#frame(head[0]!, head[1]!);
    }
  }

  *#frame(first: number, second: number): Generator<void, void, void> {
    const opcode = first & 0x0f;
    const fin = (first & 0x80) !== 0;
    const rsv1 = (first & 0x40) !== 0;
    const rsv2 = (first & 0x20) !== 0;
    const masked = (second & 0x80) !== 0;
    let size = second & 0x7f;
    const { streams = false, deflate = false, isServer = true, maxPayloadSize, privateMask } = this.#options;
    if (opcode >= CLOSE && !fin) this.#refuse(1002, 'control frame is not complete');
    if (opcode >= CLOSE && size > 125) this.#refuse(1009, 'control frame is too large');
    if (opcode === 0 && fin) this.#refuse(1002, 'unrecognized fin or continue');
    if (rsv1 && !deflate) this.#refuse(1002, 'unrecognized rsv1');
    if (rsv2 && !streams) this.#refuse(1002, 'unrecognized rsv2');
    if ((first & 0x10) !== 0) this.#refuse(1002, 'unrecognized rsv3');
    if (isServer && !masked) this.#refuse(1002, 'client msg is not masked');
    if (rsv2 && size < 2) this.#refuse(1002, 'msg size too small to contain stream id');

    const lengthBytes = size === 126 ? 2 : size === 127 ? 8 : 0;
    if (lengthBytes > 0) {
      const field = yield* this.#read(lengthBytes);
      if (field.length < lengthBytes) throw new Dropped('msg size not given');
      size = field.reduce((sum, byte) => sum * 256 + byte, 0);
      // The topmost bit is a sign.
      if (field[0]! >= 0x80 && lengthBytes === 8) size = 0;
    }
    let key = new Uint8Array(0);
    if (masked) {
      key = yield* this.#read(4);
      if (key.length < 4) throw new Dropped('mask key not given');
    }
    let payload: Uint8Array = new Uint8Array(0);
    let streamId = 0;
    if (size > 0) {
      if (maxPayloadSize !== undefined && size > maxPayloadSize) throw new Dropped('webson.MsgTooLarge');
      payload = yield* this.#take(size);
      if (masked) payload = payload.map((byte, i) => byte ^ key[i % 4]! ^ (privateMask?.[i % privateMask.length] ?? 0));
      if (rsv2) {
        streamId = ((payload[0]! & 0x7f) << 8) | payload[1]!;
        if (streamId === 0) throw new Dropped('invalid stream id');
        if ((payload[0]! & 0x80) !== 0) this.#pending.delete(streamId);
        payload = payload.slice(2);
      }
    }
    if (opcode >= CLOSE) this.#control(opcode, payload, rsv1);
    else this.#data(opcode, fin, rsv1, streamId, payload);
  }

  #data(type: number, fin: boolean, compressed: boolean, streamId: number, payload: Uint8Array): void {
    // Whatever its opcode, a frame belongs to what is open there.
    const message = this.#pending.get(streamId) ?? { type, compressed, parts: [] };
    message.parts.push(payload);
    if (!fin) {
      this.#pending.set(streamId, message);
      return;
    }
    this.#pending.delete(streamId);
    // Nobody gets to see a message of type 0.
    if (message.type > 0) this.#deliver(message);
  }

  #control(type: number, payload: Uint8Array, compressed: boolean): void {
    const { cannotRead = false } = this.#options;
    if (type === PING) this.replies.push({ opcode: PONG, payload: cannotRead ? new Uint8Array(0) : payload });
    else if (type === PONG) this.pongs.push(payload);
    else if (type > PONG) this.#deliver({ type, compressed, parts: [payload] });
    if (type !== CLOSE) return;
    this.closeReceived = payload;
    // No answer: it is gone.
    throw new Dropped('nil');
  }

  #deliver({ type, compressed, parts }: Pending): void {
    const bytes = new Uint8Array(Buffer.concat(parts));
    this.delivered.push({ type, ...(compressed ? inflated(bytes) : { payload: bytes, isCorrupt: false }) });
  }

  #refuse(code: number, reason: string): never {
    this.replies.push({ opcode: CLOSE, payload: encodeClosePayload(code, reason) });
    throw new Dropped('malformed meta');
  }

  // A plain read of a buffered reader: what the buffer has, or what one read of the socket gives.
  *#read(length: number): Generator<void, Uint8Array<ArrayBuffer>, void> {
    if (this.#from === this.#to) yield* this.#fill();
    const bytes = this.#buffer.slice(this.#from, Math.min(this.#from + length, this.#to));
    this.#from += bytes.length;
    return bytes;
  }

  // All of it, however many reads of the socket that takes: but it has to fit into the buffer.
  *#take(length: number): Generator<void, Uint8Array, void> {
    while (this.#to - this.#from < Math.min(length, this.#buffer.length)) yield* this.#fill();
    if (length > this.#buffer.length) throw new Dropped('bufio: buffer full');
    return yield* this.#read(length);
  }

  // One read of the socket: all that has come, as far as there is room.
  *#fill(): Generator<void, void, void> {
    while (this.#socket.length === 0) yield;
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    while (this.#socket.length > 0 && this.#to < this.#buffer.length) {
      const chunk = this.#socket[0]!;
      const part = chunk.subarray(0, this.#buffer.length - this.#to);
      this.#buffer.set(part, this.#to);
      this.#to += part.length;
      if (part.length === chunk.length) this.#socket.shift();
      else this.#socket[0] = chunk.subarray(part.length);
    }
  }
}

function inflated(bytes: Uint8Array): { payload: Uint8Array; isCorrupt: boolean } {
  const whole = Buffer.concat([bytes, DEFLATE_END]);
  try {
    return { payload: new Uint8Array(inflateRawSync(whole)), isCorrupt: false };
  } catch {
    return { payload: beforeFault(whole), isCorrupt: true };
  }
}

// What comes of the longest beginning that has no fault.
function beforeFault(whole: Uint8Array): Uint8Array {
  for (let length = whole.length - 1; length > 0; length--) {
    try {
      const output = inflateRawSync(whole.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH });
      return new Uint8Array(output);
    } catch {
      // The fault is before it.
    }
  }
  return new Uint8Array(0);
}
