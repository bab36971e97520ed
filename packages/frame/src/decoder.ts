import { checkInteger } from './check-integer.js';
import { CloseCode } from './close-code.js';
import { FrameError } from './frame-error.js';
import { CANCEL_BIT, type FrameHeader, Rsv } from './header.js';
import { MAX_CONTROL_PAYLOAD, MAX_HEADER_LENGTH, STREAM_HEADER_LENGTH } from './length.js';
import { keyAt, maskLongRange, maskRange, turnKey, WORDWISE_FROM } from './mask.js';
import { isControlOpcode, Opcode, STANDARD_OPCODES } from './opcode.js';
import type { PayloadMemory } from './payload-memory.js';
import { maskRangePrivately, type PrivateMask, privateMaskOf } from './private-mask.js';
import type { FrameScanner } from './scanner.js';

/** Default of {@link FrameDecoderOptions.maxPayloadSize}: 100 MiB. */
export const DEFAULT_MAX_PAYLOAD_SIZE: number = 100 * 1024 * 1024;

/** Receives what a {@link FrameDecoder} finds. What it throws ends the decoding and comes out of `push`. */
export interface FrameSink {
  /** A data frame's header is complete, or a control frame as a whole. */
  onHeader(header: FrameHeader): void;
  /**
   * The next part of the payload, unmasked: a view of the chunk that was pushed, not a copy. `last` is true exactly once
   * a frame, also for an empty payload. A control frame's payload comes in one piece, copied if it was spread over chunks.
   *
   * With a memory for payloads, a slice of a data frame is a view of the chunk all the same, and `isLent` says so.
   */
  onPayload(slice: Uint8Array, last: boolean): void;
  /**
   * A data frame that is a message by itself and has come in one piece, as most are. Where this is missing, the two above
   * are called instead.
   *
   * @param opcode 1-7. @param rsv as in {@link FrameHeader}. @param payload as in `onPayload`; with a memory for payloads a
   *   copy in that, unless it is compressed (RSV1): that is a view of the chunk.
   */
  onWhole?(opcode: number, rsv: number, streamId: number, payload: Uint8Array): void;
}

/** What a {@link FrameDecoder} accepts. */
export interface FrameDecoderOptions {
  /** A server requires masked frames, a client forbids them (RFC 6455 §5.1); 'optional' by default. */
  masking?: 'required' | 'forbidden' | 'optional';
  /** Streams are negotiated: every data frame has RSV2 and a stream header. */
  streams?: boolean;
  /** Compression is negotiated: the first frame of a message may have RSV1. */
  compression?: boolean;
  /** Opcodes accepted beside the standard ones: 0x3-0x7, 0xB-0xF. */
  opcodes?: Iterable<number>;
  /** Bytes of application data in one data frame, 0 to 2^53 - 1; 100 MiB by default. */
  maxPayloadSize?: number;
  /** Shared secret that widens the masking key; its length is a multiple of 4. */
  privateMask?: Uint8Array;
  /** Reads chunks, in its memory, when `push` is given a memory; with `masking` said, and nothing switched on. */
  scanner?: FrameScanner | undefined;
}

const State = { Header: 0, Payload: 1, Stopped: 2 } as const;
type State = (typeof State)[keyof typeof State];

/** Looked up once: V8 takes as long for that as for the copy of a small chunk. */
const setBytes = Uint8Array.prototype.set;

const MASKING: readonly string[] = ['required', 'forbidden', 'optional'];
const KNOWN = 0x40;

/** What a decoder accepts of the first byte of a frame. */
interface Accepted {
  /** By opcode: KNOWN, the RSV bits allowed, and from bit 3 on those required. */
  readonly rules: Uint8Array;
  /** A bit for each opcode that a message may have. */
  readonly messages: number;
}

/** Decoders that accept the same share this, for there may be very many. */
const knownAccepted = new Map<string, Accepted>();

/** @throws RangeError for an opcode that is none. */
function acceptedBy(streams: boolean, compression: boolean, opcodes: Iterable<number> = []): Accepted {
  const custom = [...opcodes];
  const key = `${streams} ${compression} ${custom.join()}`;
  const known = knownAccepted.get(key);
  if (known !== undefined) return known;
  const rules = new Uint8Array(16);
  let messages = 0;
  for (const opcode of [...STANDARD_OPCODES, ...custom]) {
    checkInteger('opcode', opcode, 15);
    const isData = !isControlOpcode(opcode);
    const stream = isData && streams ? Rsv.Rsv2 : 0;
    // RFC 7692 §6: RSV1 stands on the first frame of a message only, and never on a control frame.
    const deflate = isMessage(opcode) && compression ? Rsv.Rsv1 : 0;
    rules[opcode] = KNOWN | (stream << 3) | stream | deflate;
    if (isMessage(opcode)) messages |= 1 << opcode;
  }
  const accepted = { rules, messages };
  knownAccepted.set(key, accepted);
  return accepted;
}

/**
 * Takes frames off a byte stream, however it is cut into chunks (RFC 6455 §5.2). Holds at most one incomplete header and
 * one control frame; the payload of data frames is handed on as it arrives.
 */
export class FrameDecoder {
  readonly #masking: 'required' | 'forbidden' | 'optional';
  readonly #streams: boolean;
  readonly #maxPayloadSize: number;
  readonly #privateMask: PrivateMask | undefined;
  // Nothing is switched on that has to do with each frame.
  readonly #isPlain: boolean;
  // Both as in Accepted.
  readonly #rules: Uint8Array;
  readonly #messages: number;
  readonly #scanner: FrameScanner | undefined;

  #state: State = State.Header;
  // An incomplete header, spilled from the end of a chunk.
  #head: Uint8Array | undefined;
  #headLength = 0;
  // A control frame's payload that is spread over chunks.
  #control: Uint8Array | undefined;
  #controlLength = 0;

  // The frame being read.
  #fin = false;
  #rsv = 0;
  #opcode = 0;
  #masked = false;
  #length = 0;
  #left = 0;
  #key = 0;
  // Of the private mask: where it applies next.
  #position = 0;
  #streamId = 0;
  #cancel = false;
  #ascii = false;
  #isLent = false;
  #isSuspended = false;

  /** @throws RangeError when an option is out of its range. */
  constructor(options: FrameDecoderOptions = {}) {
    this.#masking = options.masking ?? 'optional';
    if (!MASKING.includes(this.#masking)) {
      throw new RangeError(`masking: one of ${MASKING.join(', ')} expected, got ${String(this.#masking)}`);
    }
    this.#streams = options.streams ?? false;
    this.#maxPayloadSize = options.maxPayloadSize ?? DEFAULT_MAX_PAYLOAD_SIZE;
    checkInteger('maxPayloadSize', this.#maxPayloadSize, Number.MAX_SAFE_INTEGER);
    if (options.privateMask !== undefined) {
      this.#privateMask = privateMaskOf(options.privateMask);
    }
    this.#isPlain = !this.#streams && this.#privateMask === undefined && this.#masking !== 'optional';
    const { rules, messages } = acceptedBy(this.#streams, options.compression === true, options.opcodes);
    this.#rules = rules;
    this.#messages = messages;
    if (this.#isPlain) this.#scanner = options.scanner;
  }

  /**
   * True when the slice handed to the sink last is known to be ASCII. Unmasking a short slice looks at every byte anyway;
   * any other (long, unmasked, put together from chunks) is not looked at, and false.
   */
  get isAscii(): boolean {
    return this.#ascii;
  }

  /** True when the slice handed to the sink last is a view of the chunk although there is a memory for payloads. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** True between frames: no part of the next frame has come yet. False once stopped. */
  get isIdle(): boolean {
    return this.#state === State.Header && this.#headLength === 0;
  }

  /** Ignores everything from now on; what comes after a Close frame or a failure is not read (RFC 6455 §7.1.7). */
  stop(): void {
    this.#state = State.Stopped;
    this.#control = undefined;
  }

  /**
   * For the sink, from within a call of the decoder: `push` returns after this frame, or this part of one, without having
   * read all of its chunk. A few frames more may be told that had been found already.
   */
  suspend(): void {
    this.#isSuspended = true;
  }

  /**
   * Takes the next chunk: payload is unmasked in place and handed on as views of it. Without `memory` the chunk is the
   * decoder's from now on.
   *
   * @param memory where whole messages in one frame, and control frames, are copied: what is handed on then has nothing to
   *   do with the chunk, which is of use only for the time of the call.
   * @returns how many bytes of the chunk were read: all of them, unless the sink has called `suspend`. The rest was not
   *   changed, and is to be pushed again, as a chunk of its own.
   * @throws FrameError once, as soon as the header field that breaks the rules is complete (the top bit of a 64-bit
   *   length: with its first byte); whatever comes later is ignored.
   */
  push(chunk: Uint8Array, sink: FrameSink, memory?: PayloadMemory): number {
    this.#isSuspended = false;
    const scanner = memory !== undefined && this.#scanner?.isInUse === false ? this.#scanner : undefined;
    if (scanner !== undefined) scanner.isInUse = true;
    try {
      return this.#read(chunk, sink, memory, scanner);
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      if (scanner !== undefined) scanner.isInUse = false;
    }
  }

  #read(
    pushed: Uint8Array,
    sink: FrameSink,
    memory: PayloadMemory | undefined,
    freeScanner: FrameScanner | undefined,
  ): number {
    // Asked for once a chunk: each is a call.
    let { buffer, byteOffset: base } = pushed;
    const end = pushed.length;
    let chunk = pushed;
    let scanner = freeScanner;
    if (scanner !== undefined && buffer !== scanner.memory) {
      if (end > scanner.inputEnd - scanner.inputStart) {
        scanner = undefined;
      } else {
        // To copy it there costs less than to read it without.
        buffer = scanner.memory;
        base = scanner.inputStart;
        chunk = new Uint8Array(buffer, base, end);
        setBytes.call(chunk, pushed);
      }
    }
    const takesWholes = sink.onWhole !== undefined;
    const isPlain = takesWholes && this.#isPlain;
    let at = 0;
    let isWhole = false;
    while (at < end && !this.#isSuspended) {
      if (this.#state === State.Header) {
        let size: number;
        if (this.#headLength === 0) {
          if (isPlain) {
            this.#isLent = false;
            at =
              scanner === undefined
                ? this.#readPlain(chunk, at, end, sink, memory)
                : this.#readScanned(chunk, at, sink, memory!, scanner);
            if (at === end || this.#isSuspended) return at;
            if (this.#isStopped()) return end;
          }
          size = this.#readHeader(chunk, at, end);
          if (size === 0) {
            this.#head ??= new Uint8Array(MAX_HEADER_LENGTH);
            this.#head.set(chunk.subarray(at, end));
            this.#headLength = end - at;
            return end;
          }
          at += size;
        } else {
          const head = this.#head!;
          do {
            head[this.#headLength++] = chunk[at++]!;
            size = this.#readHeader(head, 0, this.#headLength);
          } while (size === 0 && at < end);
          if (size === 0) return end;
          this.#headLength = 0;
        }
        if (this.#left > 0) this.#state = State.Payload;
        const isHere = this.#left <= end - at;
        isWhole = isHere && takesWholes && this.#isMessage();
        if (!isWhole) {
          const isControl = isControlOpcode(this.#opcode);
          if (!isControl || this.#left === 0) {
            sink.onHeader(this.#header());
            if (this.#isStopped()) return end;
          } else if (!isHere) {
            this.#control = new Uint8Array(this.#left);
            this.#controlLength = 0;
          }
        }
        if (this.#left === 0) {
          this.#ascii = true;
          this.#isLent = false;
          // Not one for all frames: who gets it may transfer its buffer.
          const empty = new Uint8Array(0);
          if (isWhole) sink.onWhole!(this.#opcode, this.#rsv, this.#streamId, empty);
          else sink.onPayload(empty, true);
          continue;
        }
      }
      if (this.#state !== State.Payload) return end;
      if (at === end) return end;
      const from = at;
      at = end - from < this.#left ? end : from + this.#left;
      this.#left -= at - from;
      if (scanner === undefined) this.#unmask(chunk, from, at);
      else this.#unmaskBy(scanner, base + from, base + at);
      const last = this.#left === 0;
      if (last) this.#state = State.Header;
      const isKept = memory !== undefined && (isWhole ? (this.#rsv & Rsv.Rsv1) === 0 : this.#isControlHere());
      this.#isLent = memory !== undefined && !isKept;
      let slice = isKept ? memory.keep(chunk, from, at) : new Uint8Array(buffer, base + from, at - from);
      if (isWhole) {
        sink.onWhole!(this.#opcode, this.#rsv, this.#streamId, slice);
        continue;
      }
      if (isControlOpcode(this.#opcode)) {
        if (this.#control !== undefined) {
          this.#control.set(slice, this.#controlLength);
          this.#controlLength += slice.length;
          if (!last) return end;
          slice = this.#control;
          this.#control = undefined;
          this.#ascii = false;
          this.#isLent = false;
        }
        sink.onHeader(this.#header());
        if (this.#isStopped()) return end;
      }
      sink.onPayload(slice, last);
    }
    return at;
  }

  /**
   * Reads frames that are messages by themselves, lie whole in bytes[at, end), and have nothing special about them, as most
   * do: in a loop of its own, which takes half the time. Returns where the first that is another begins.
   */
  #readPlain(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: FrameSink,
    memory: PayloadMemory | undefined,
  ): number {
    const { buffer, byteOffset: base } = bytes;
    const isMasked = this.#masking === 'required';
    const keyLength = isMasked ? 4 : 0;
    let at = start;
    while (end - at >= 4) {
      const first = bytes[at]!;
      // Without the mask bit, if it is as it should be.
      let length = bytes[at + 1]! - (isMasked ? 0x80 : 0);
      let from = at + 2 + keyLength;
      if (first <= 0x80 || first >= 0x88 || this.#rules[first & 0xf] === 0) break;
      if (length > MAX_CONTROL_PAYLOAD) {
        if (length > 126) break;
        length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
        if (length <= MAX_CONTROL_PAYLOAD) break;
        from += 2;
      }
      const to = from + length;
      if (length <= 0 || to > end || length > this.#maxPayloadSize) break;
      if (isMasked) {
        const key = keyAt(bytes, from - 4);
        const isShort = length < WORDWISE_FROM;
        const seen = isShort ? maskRange(bytes, from, to, key) : maskLongRange(bytes, buffer, base, from, to, key);
        this.#ascii = seen === 0;
      } else {
        this.#ascii = false;
      }
      at = to;
      const payload = memory === undefined ? new Uint8Array(buffer, base + from, length) : memory.keep(bytes, from, to);
      sink.onWhole!(first & 0xf, 0, 0, payload);
      if (this.#isSuspended || this.#isStopped()) break;
    }
    return at;
  }

  /** As `readPlain`, of a chunk that lies in the memory of a scanner: that writes the payloads where they are kept from. */
  #readScanned(
    chunk: Uint8Array,
    start: number,
    sink: FrameSink,
    memory: PayloadMemory,
    scanner: FrameScanner,
  ): number {
    const base = chunk.byteOffset;
    const end = base + chunk.length;
    const { found, output } = scanner;
    const keyLength = this.#masking === 'required' ? 4 : 0;
    const most = Math.min(this.#maxPayloadSize, memory.mostInRun);
    let at = start;
    while (!this.#isSuspended && !this.#isStopped()) {
      let count = scanner.scan(base + at, end, this.#messages, most, memory.room, keyLength);
      // The next one may be larger than what is left of the memory.
      if (count === 0) count = scanner.scan(base + at, end, this.#messages, most, output.length, keyLength);
      if (count === 0) break;
      at = scanner.stop() - base;
      const lastWord = count * 2 - 1;
      const length = found[lastWord - 1]! + (found[lastWord]! & 0xff_ffff);
      if (count === 1) {
        this.#ascii = found[1]! >= 0;
        sink.onWhole!(opcodeOf(found[1]!), 0, 0, memory.keep(output, 0, length));
        continue;
      }
      let run = memory.keepRun(output, 0, length);
      let buffer = run.buffer;
      let offset = run.byteOffset;
      for (let i = 0; i <= lastWord && !this.#isStopped(); i += 2) {
        const begin = found[i]!;
        const word = found[i + 1]!;
        if (run.length === 0) {
          // Who got a payload has taken the memory of all of them away: the rest still lies where it was written.
          run = memory.keepRun(output, begin, length);
          buffer = run.buffer;
          offset = run.byteOffset - begin;
        }
        this.#ascii = word >= 0;
        sink.onWhole!(opcodeOf(word), 0, 0, new Uint8Array(buffer, offset + begin, word & 0xff_ffff));
      }
    }
    return at;
  }

  // The sink may have called `stop`: what the compiler took `#state` for before the call no longer counts.
  #isStopped(): boolean {
    return this.#state === State.Stopped;
  }

  // The frame is a message by itself.
  #isMessage(): boolean {
    return this.#fin && isMessage(this.#opcode) && !this.#cancel;
  }

  // The frame is a control frame that lies whole in the chunk: its payload is kept.
  #isControlHere(): boolean {
    return this.#control === undefined && isControlOpcode(this.#opcode);
  }

  #header(): FrameHeader {
    return {
      fin: this.#fin,
      rsv: this.#rsv,
      opcode: this.#opcode,
      masked: this.#masked,
      payloadLength: this.#length,
      streamId: this.#streamId,
      cancel: this.#cancel,
    };
  }

  // Reads a header from bytes[at, end). Returns its length, or 0 when it is not complete; what has come is checked
  // already then, so that a wrong first byte fails at once.
  #readHeader(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at]!;
    const opcode = first & 0xf;
    const rsv = (first >>> 4) & 7;
    const rule = this.#rules[opcode]!;
    const isControl = opcode >= 8;
    if (rule === 0) {
      throw protocolError('RESERVED_OPCODE', `opcode 0x${opcode.toString(16)} is reserved`);
    }
    if ((rsv & ~rule & 7) !== 0 || (rsv & (rule >>> 3) & 7) !== ((rule >>> 3) & 7)) {
      throw protocolError('RESERVED_BITS', `reserved bits ${rsv.toString(2).padStart(3, '0')} are not allowed here`);
    }
    if (isControl && first < 0x80) throw protocolError('CONTROL_FRAGMENTED', 'a control frame must not be fragmented');
    if (end - at < 2) return 0;

    const second = bytes[at + 1]!;
    const masked = second >= 0x80;
    // RFC 6455 §5.1: a client masks every frame, a server none.
    if (masked ? this.#masking === 'forbidden' : this.#masking === 'required') {
      throw masked
        ? protocolError('MASK_FORBIDDEN', 'a masked frame, where masks are forbidden')
        : protocolError('MASK_REQUIRED', 'an unmasked frame, where masks are required');
    }
    let length = second & 0x7f;
    let next = at + 2;
    if (length > MAX_CONTROL_PAYLOAD) {
      if (isControl) throw protocolError('CONTROL_TOO_LONG', 'a control frame with more than 125 bytes');
      if (length === 126) {
        if (end - next < 2) return 0;
        length = (bytes[next]! << 8) | bytes[next + 1]!;
        next += 2;
        if (length < 126) throw protocolError('LENGTH_NOT_MINIMAL', 'a length not in its shortest form');
      } else {
        // RFC 6455 §5.2: the most significant bit must be 0.
        if (end > next && bytes[next]! >= 0x80) {
          throw protocolError('LENGTH_INVALID', 'a length with its most significant bit set');
        }
        if (end - next < 8) return 0;
        const high = uint32(bytes, next);
        const low = uint32(bytes, next + 4);
        next += 8;
        if (high > 0x1fffff) {
          throw new FrameError('PAYLOAD_TOO_LARGE', CloseCode.MessageTooBig, 'a length above 2^53 - 1');
        }
        length = high * 0x1_0000_0000 + low;
        if (length <= 0xffff) throw protocolError('LENGTH_NOT_MINIMAL', 'a length not in its shortest form');
      }
    }
    const hasStream = !isControl && this.#streams;
    if (hasStream) {
      if (length < STREAM_HEADER_LENGTH) {
        throw protocolError('STREAM_HEADER_MISSING', 'a data frame too short for its stream header');
      }
      length -= STREAM_HEADER_LENGTH;
    }
    // Checked from the header, before anything is allocated for it.
    if (!isControl && length > this.#maxPayloadSize) {
      throw new FrameError(
        'PAYLOAD_TOO_LARGE',
        CloseCode.MessageTooBig,
        `a frame of ${length} bytes, maxPayloadSize is ${this.#maxPayloadSize}`,
      );
    }
    let key = 0;
    if (masked) {
      if (end - next < 4) return 0;
      key = keyAt(bytes, next);
      next += 4;
    }
    let streamId = 0;
    let cancel = false;
    if (hasStream) {
      if (end - next < STREAM_HEADER_LENGTH) return 0;
      let word = ((bytes[next]! ^ (key & 0xff)) << 8) | (bytes[next + 1]! ^ ((key >>> 8) & 0xff));
      next += STREAM_HEADER_LENGTH;
      if (masked && this.#privateMask !== undefined) {
        const secret = this.#privateMask.bytes;
        word ^= (secret[0]! << 8) | secret[1]!;
      }
      cancel = (word & CANCEL_BIT) !== 0;
      streamId = word & ~CANCEL_BIT;
      if (streamId === 0) throw protocolError('STREAM_ID_INVALID', 'stream id 0');
      // The key goes on where the stream header ends.
      key = turnKey(key, STREAM_HEADER_LENGTH);
    }
    this.#fin = first >= 0x80;
    this.#rsv = rsv;
    this.#opcode = opcode;
    this.#masked = masked;
    this.#length = length;
    this.#left = length;
    this.#key = key;
    this.#position = hasStream ? STREAM_HEADER_LENGTH : 0;
    this.#streamId = streamId;
    this.#cancel = cancel;
    return next - at;
  }

  #unmaskBy(scanner: FrameScanner, from: number, to: number): void {
    if (!this.#masked) {
      this.#ascii = false;
      return;
    }
    this.#ascii = scanner.mask(from, to, this.#key) === 0;
    if (this.#left > 0) this.#key = turnKey(this.#key, to - from);
  }

  #unmask(bytes: Uint8Array, from: number, to: number): void {
    if (!this.#masked) {
      this.#ascii = false;
      return;
    }
    const key = this.#key;
    const mask = this.#privateMask;
    if (mask === undefined) {
      this.#ascii = maskRange(bytes, from, to, key) === 0;
    } else {
      const position = this.#position;
      this.#ascii = maskRangePrivately(bytes, from, to, key, mask, position) === 0;
      this.#position = (position + to - from) % mask.bytes.length;
    }
    if (this.#left > 0) this.#key = turnKey(key, to - from);
  }
}

// Of a frame that a scanner has found: see `found` there.
function opcodeOf(word: number): number {
  return (word >>> 24) & 0xf;
}

function isMessage(opcode: number): boolean {
  return opcode !== Opcode.Continuation && opcode < Opcode.Close;
}

function protocolError(code: FrameError['code'], message: string): FrameError {
  return new FrameError(code, CloseCode.ProtocolError, message);
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
