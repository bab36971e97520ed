import { headerLength, Rsv, writeUnmaskedHeader } from '@webson/frame';
import type { MessageCodec } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';

const FIN = 0x80;
const RSV1 = Rsv.Rsv1 << 4;
/** The size in bytes of a block, in which frames lie one behind the other. */
const BLOCK_LENGTH = 64 * 1024;
/** A frame of at least this many bytes gets a block of its own. */
const ALONE_FROM = 8 * 1024;
const LARGEST_HEADER = 10;
/** The key of frames that are not compressed, among the keys of codecs. */
const PLAIN = '';

/** Memory with frames that many connections send without copying them. No byte is written twice. */
export class SharedBlock {
  readonly bytes: Uint8Array;
  /** True when the block holds exactly one frame, so that a reference to the frame keeps no other memory. */
  readonly isExact: boolean;
  /** The number of bytes in use. */
  used = 0;
  #view: Uint8Array | undefined;
  #viewStart = 0;

  constructor(bytes: Uint8Array, isExact: boolean) {
    this.bytes = bytes;
    this.isExact = isExact;
  }

  /** Returns a part of the block. A call for the same part as the call before returns the same view. */
  view(start: number, end: number): Uint8Array {
    const view = this.#view;
    if (view !== undefined && this.#viewStart === start && view.length === end - start) return view;
    const fresh = this.bytes.subarray(start, end);
    this.#view = fresh;
    this.#viewStart = start;
    return fresh;
  }
}

/** A whole unmasked frame in a block. */
export interface SharedFrame {
  readonly block: SharedBlock;
  readonly start: number;
  readonly end: number;
}

/**
 * The messages of one turn that lie back to back in a block and wait in many outboxes. A message appended to them is in all of
 * these outboxes at once, without a call for each.
 */
export class SharedRun {
  readonly block: SharedBlock;
  /** The position in the block at which the last message ends. It grows. */
  end: number;
  /** The number of messages until now. */
  messages = 1;
  /** The number of outboxes that have joined, including those that have left. */
  outboxes = 0;
  /** The tokens of the outboxes that have left. Later messages have to be sent to these one by one. */
  readonly left: unknown[] = [];

  constructor({ block, end }: SharedFrame) {
    this.block = block;
    this.end = end;
  }

  /** True for a message that can be part of a run. Large messages cannot: they lie in blocks of their own. */
  static takes(message: SharedMessage): boolean {
    return message.size < ALONE_FROM - LARGEST_HEADER;
  }

  /** Adds a message for all outboxes. Returns false and does nothing when its frame does not lie at the end of the run. */
  append(message: SharedMessage): boolean {
    const frame = message.frame(undefined);
    if (frame === undefined || frame.block !== this.block || frame.start !== this.end) return false;
    this.end = frame.end;
    this.messages++;
    return true;
  }
}

/** Creates messages that many connections send. Their frames lie back to back, so that those of one turn leave as one part. */
export class SharedEncoder {
  readonly platform: Platform;
  // The block in use for each codec, by the key of the codec.
  readonly #blocks = new Map<string, SharedBlock>();

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** Creates a message of a data type, 1 to 7. The payload must not change until every connection has queued the message. */
  message(type: number, payload: string | Uint8Array): SharedMessage {
    return new SharedMessage(this, type, payload);
  }

  /** Only for {@link SharedMessage}: puts a frame behind the last one with the same key. @param length the bytes of `payload`. */
  encode(key: string, first: number, payload: string | Uint8Array, length: number): SharedFrame {
    const size = headerLength(length, false) + length;
    const block = this.#blockFor(key, size);
    const start = block.used;
    const at = writeUnmaskedHeader(block.bytes, start, first, length);
    if (typeof payload === 'string') this.platform.writeUtf8(block.bytes, at, payload);
    else block.bytes.set(payload, at);
    block.used = at + length;
    return { block, start, end: block.used };
  }

  #blockFor(key: string, size: number): SharedBlock {
    if (size >= ALONE_FROM) return new SharedBlock(this.platform.allocate(size), true);
    const block = this.#blocks.get(key);
    if (block !== undefined && block.bytes.length - block.used >= size) return block;
    const next = new SharedBlock(this.platform.allocate(BLOCK_LENGTH), false);
    this.#blocks.set(key, next);
    return next;
  }
}

/** A message that many connections send. It is encoded, compressed and framed once for all that have the same wire settings. */
export class SharedMessage {
  readonly type: number;
  readonly payload: string | Uint8Array;
  /** The bytes of the payload before compression. */
  readonly size: number;
  readonly #encoder: SharedEncoder;
  #bytes: Uint8Array | undefined;
  #plain: SharedFrame | undefined;
  #deflated: Map<string, Uint8Array | undefined> | undefined;
  #frames: Map<string, SharedFrame> | undefined;

  constructor(encoder: SharedEncoder, type: number, payload: string | Uint8Array) {
    this.#encoder = encoder;
    this.type = type;
    this.payload = payload;
    this.size = typeof payload === 'string' ? encoder.platform.utf8Length(payload) : payload.length;
  }

  /** The payload as bytes. Text is encoded once. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const { payload } = this;
      if (typeof payload === 'string') {
        this.#bytes = this.#encoder.platform.allocate(this.size);
        this.#encoder.platform.writeUtf8(this.#bytes, 0, payload);
      } else {
        this.#bytes = payload;
      }
    }
    return this.#bytes;
  }

  /** Returns the payload compressed by a codec with this key; undefined when the codec leaves it uncompressed. */
  deflated(codec: MessageCodec, key: string): Uint8Array | undefined {
    this.#deflated ??= new Map();
    if (!this.#deflated.has(key)) this.#deflated.set(key, codec.deflate(this.bytes));
    return this.#deflated.get(key);
  }

  /** Returns the message as one unmasked frame without a stream; undefined for a codec whose output cannot be shared. */
  frame(codec: MessageCodec | undefined): SharedFrame | undefined {
    if (codec === undefined) return this.#plainFrame();
    const key = codec.sharedKey;
    if (key === undefined) return undefined;
    const deflated = this.deflated(codec, key);
    if (deflated === undefined) return this.#plainFrame();
    this.#frames ??= new Map();
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = this.#encoder.encode(key, FIN | RSV1 | this.type, deflated, deflated.length);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #plainFrame(): SharedFrame {
    this.#plain ??= this.#encoder.encode(PLAIN, FIN | this.type, this.#bytes ?? this.payload, this.size);
    return this.#plain;
  }
}
