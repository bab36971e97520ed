import { type FrameDecoderOptions, headerRulesOf } from './decoder-options.js';
import type { FrameSink } from './frame-sink.js';
import { Rsv } from './header.js';
import { HeaderReader } from './header-reader.js';
import { MAX_CONTROL_PAYLOAD, MAX_HEADER_LENGTH } from './length.js';
import { keyAt, maskLongRange, maskRange, rotateKey, WORDWISE_FROM } from './mask.js';
import { isControlOpcode } from './opcode.js';
import type { PayloadMemory } from './payload-memory.js';
import { maskRangePrivately } from './private-mask.js';
import type { FrameScanner } from './scanner.js';

const State = { Header: 0, Payload: 1, Stopped: 2 } as const;
type State = (typeof State)[keyof typeof State];

/** Looked up once, because V8 takes as long for the look-up as for copying a small chunk. */
const setBytes = Uint8Array.prototype.set;

/**
 * Decodes the frames of a byte stream that arrives in chunks of any size (RFC 6455 §5.2).
 *
 * - The decoder keeps at most one incomplete header and the payload of one control frame between two chunks; payload of
 *   data frames is handed on as it arrives.
 * - A control frame is handed on as a whole, also between the fragments of a message (RFC 6455 §5.4, §5.5).
 * - A frame is refused as soon as the header field that breaks the rules is complete, before any of its payload is
 *   read.
 * - After a failure, or after `stop`, every further byte is ignored (RFC 6455 §7.1.7).
 */
export class FrameDecoder {
  // The options, and the header of the frame that is being read.
  readonly #frame: HeaderReader;
  // Neither streams nor a private mask are on, and either all frames are masked or none is.
  readonly #isPlain: boolean;
  readonly #scanner: FrameScanner | undefined;

  #state: State = State.Header;
  // The bytes of an incomplete header that stood at the end of a chunk.
  #spilledHeader: Uint8Array | undefined;
  #spilledLength = 0;
  // The payload of a control frame that is spread over several chunks, and how many of its bytes have arrived.
  #controlPayload: Uint8Array | undefined;
  #controlReceived = 0;

  // Bytes of the current frame's payload that have not arrived.
  #payloadLeft = 0;
  #isSliceAscii = false;
  #isLent = false;
  #isSuspended = false;

  /** @throws RangeError when an option is out of its range, TypeError when it is of another type, or unknown. */
  constructor(options: FrameDecoderOptions = {}) {
    this.#frame = new HeaderReader(headerRulesOf(options));
    this.#isPlain = this.#frame.isPlain;
    if (this.#isPlain) this.#scanner = options.scanner;
  }

  /**
   * True when the slice that was last handed to the sink is known to be ASCII. Only slices whose unmasking looks at
   * every byte are checked: it is false for long slices, for unmasked ones, and for those put together from several
   * chunks.
   */
  get isAscii(): boolean {
    return this.#isSliceAscii;
  }

  /** True when `push` was given a payload memory, but the slice last handed to the sink is a view of the chunk. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** True between frames: no byte of the next frame has arrived. False once stopped. */
  get isIdle(): boolean {
    return this.#state === State.Header && this.#spilledLength === 0;
  }

  /**
   * Accepts these opcodes too, beginning with the next frame; the sink may call it.
   *
   * @throws RangeError for one that is not an integer from 0 to 15.
   */
  accept(opcodes: Iterable<number>): void {
    this.#frame.accept(opcodes);
  }

  /** Ignores every byte from now on, as is due after a Close frame or a failure (RFC 6455 §7.1.7). */
  stop(): void {
    this.#state = State.Stopped;
    this.#controlPayload = undefined;
  }

  /**
   * Makes the running `push` return after the current frame, or the current part of one, without reading the rest of
   * its chunk. The sink calls it while the decoder is calling the sink. A few frames that a scanner has already found
   * may still be handed to the sink.
   */
  suspend(): void {
    this.#isSuspended = true;
  }

  /**
   * Reads the next chunk: payload is unmasked in place and handed to the sink as views of the chunk. Without `memory`
   * the decoder owns the chunk from now on.
   *
   * @param memory where messages of a single frame, and control frames, are copied to. The copies do not depend on the
   *   chunk, which the decoder then needs only until this call returns.
   * @returns how many bytes of the chunk were read: all of them, unless the sink has called `suspend`. The rest is
   *   unchanged and has to be pushed again as a chunk of its own.
   * @throws FrameError once, as soon as the header field that breaks the rules is complete; for the top bit of a 64-bit
   *   length that is its first byte. Every later byte is ignored.
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
    // Read once for each chunk, because each of these properties is a call in the run-time.
    let { buffer, byteOffset: base } = pushed;
    const end = pushed.length;
    let chunk = pushed;
    let scanner = freeScanner;
    if (scanner !== undefined && buffer !== scanner.memory) {
      if (end > scanner.inputEnd - scanner.inputStart) {
        scanner = undefined;
      } else {
        // Copying the chunk into the scanner's memory costs less than reading it without the scanner.
        buffer = scanner.memory;
        base = scanner.inputStart;
        chunk = new Uint8Array(buffer, base, end);
        setBytes.call(chunk, pushed);
      }
    }
    const frame = this.#frame;
    const takesWholes = sink.onWhole !== undefined;
    const isPlain = takesWholes && this.#isPlain;
    let at = 0;
    let isWhole = false;
    while (at < end && !this.#isSuspended) {
      if (this.#state === State.Header) {
        let size: number;
        if (this.#spilledLength === 0) {
          if (isPlain) {
            this.#isLent = false;
            at =
              scanner === undefined
                ? this.#readPlain(chunk, at, end, sink, memory)
                : this.#readScanned(chunk, at, sink, memory!, scanner);
            if (at === end || this.#isSuspended) return at;
            if (this.#isStopped()) return end;
          }
          size = frame.read(chunk, at, end);
          if (size === 0) {
            this.#spilledHeader ??= new Uint8Array(MAX_HEADER_LENGTH);
            this.#spilledHeader.set(chunk.subarray(at, end));
            this.#spilledLength = end - at;
            return end;
          }
          at += size;
        } else {
          const head = this.#spilledHeader!;
          do {
            head[this.#spilledLength++] = chunk[at++]!;
            size = frame.read(head, 0, this.#spilledLength);
          } while (size === 0 && at < end);
          if (size === 0) return end;
          this.#spilledLength = 0;
        }
        this.#payloadLeft = frame.length;
        if (this.#payloadLeft > 0) this.#state = State.Payload;
        const isPayloadInChunk = this.#payloadLeft <= end - at;
        isWhole = isPayloadInChunk && takesWholes && frame.isMessage;
        if (!isWhole) {
          const isControl = isControlOpcode(frame.opcode);
          if (!isControl || this.#payloadLeft === 0) {
            sink.onHeader(frame.header);
            if (this.#isStopped()) return end;
          } else if (!isPayloadInChunk) {
            this.#controlPayload = new Uint8Array(this.#payloadLeft);
            this.#controlReceived = 0;
          }
        }
        if (this.#payloadLeft === 0) {
          this.#isSliceAscii = true;
          this.#isLent = false;
          // Each frame gets an array of its own, because the receiver may transfer its buffer.
          const empty = new Uint8Array(0);
          if (isWhole) sink.onWhole!(frame.opcode, frame.rsv, frame.streamId, empty);
          else sink.onPayload(empty, true);
          continue;
        }
      }
      if (this.#state !== State.Payload) return end;
      if (at === end) return end;
      const from = at;
      at = end - from < this.#payloadLeft ? end : from + this.#payloadLeft;
      this.#payloadLeft -= at - from;
      if (scanner === undefined) this.#unmask(chunk, from, at);
      else this.#unmaskWithScanner(scanner, base + from, base + at);
      const last = this.#payloadLeft === 0;
      if (last) this.#state = State.Header;
      const isKept = memory !== undefined && (isWhole ? (frame.rsv & Rsv.Rsv1) === 0 : this.#isControlInOneChunk());
      this.#isLent = memory !== undefined && !isKept;
      let slice = isKept ? memory.keep(chunk, from, at) : new Uint8Array(buffer, base + from, at - from);
      if (isWhole) {
        sink.onWhole!(frame.opcode, frame.rsv, frame.streamId, slice);
        continue;
      }
      if (isControlOpcode(frame.opcode)) {
        if (this.#controlPayload !== undefined) {
          this.#controlPayload.set(slice, this.#controlReceived);
          this.#controlReceived += slice.length;
          if (!last) return end;
          slice = this.#controlPayload;
          this.#controlPayload = undefined;
          this.#isSliceAscii = false;
          this.#isLent = false;
        }
        sink.onHeader(frame.header);
        if (this.#isStopped()) return end;
      }
      sink.onPayload(slice, last);
    }
    return at;
  }

  /**
   * Reads the most common frames: unfragmented messages without reserved bits, complete within bytes[start, end). A
   * separate loop for them takes half the time of the general one. Returns where the first other frame begins.
   */
  #readPlain(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: FrameSink,
    memory: PayloadMemory | undefined,
  ): number {
    const { buffer, byteOffset: base } = bytes;
    const { masking, maxPayloadSize } = this.#frame;
    const { rules } = this.#frame.accepted;
    const isMasked = masking === 'required';
    const keyLength = isMasked ? 4 : 0;
    let at = start;
    while (end - at >= 4) {
      const first = bytes[at]!;
      // A wrong mask bit makes the length negative, or larger than 126, and so ends this loop.
      let length = bytes[at + 1]! - (isMasked ? 0x80 : 0);
      let from = at + 2 + keyLength;
      if (first <= 0x80 || first >= 0x88 || rules[first & 0xf] === 0) break;
      if (length > MAX_CONTROL_PAYLOAD) {
        if (length > 126) break;
        length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
        if (length <= MAX_CONTROL_PAYLOAD) break;
        from += 2;
      }
      const to = from + length;
      if (length <= 0 || to > end || length > maxPayloadSize) break;
      if (isMasked) {
        const key = keyAt(bytes, from - 4);
        const isShort = length < WORDWISE_FROM;
        const seen = isShort ? maskRange(bytes, from, to, key) : maskLongRange(bytes, buffer, base, from, to, key);
        this.#isSliceAscii = seen === 0;
      } else {
        this.#isSliceAscii = false;
      }
      at = to;
      const payload = memory === undefined ? new Uint8Array(buffer, base + from, length) : memory.keep(bytes, from, to);
      sink.onWhole!(first & 0xf, 0, 0, payload);
      if (this.#isSuspended || this.#isStopped()) break;
    }
    return at;
  }

  /** Does what `#readPlain` does for a chunk in the memory of a scanner, which writes the payloads to its `output`. */
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
    const { accepted, masking, maxPayloadSize } = this.#frame;
    const { messages } = accepted;
    const keyLength = masking === 'required' ? 4 : 0;
    const most = Math.min(maxPayloadSize, memory.mostInRun);
    let at = start;
    while (!this.#isSuspended && !this.#isStopped()) {
      let count = scanner.scan(base + at, end, messages, most, memory.room, keyLength);
      // The next payload may not fit in the room that the memory has left: it then goes to new memory.
      if (count === 0) count = scanner.scan(base + at, end, messages, most, output.length, keyLength);
      if (count === 0) break;
      at = scanner.stop() - base;
      const lastWord = count * 2 - 1;
      const length = found[lastWord - 1]! + (found[lastWord]! & 0xff_ffff);
      if (count === 1) {
        this.#isSliceAscii = found[1]! >= 0;
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
          // A receiver has transferred the buffer that all payloads of the run share. The rest is copied once more from
          // the scanner's output.
          run = memory.keepRun(output, begin, length);
          buffer = run.buffer;
          offset = run.byteOffset - begin;
        }
        this.#isSliceAscii = word >= 0;
        sink.onWhole!(opcodeOf(word), 0, 0, new Uint8Array(buffer, offset + begin, word & 0xff_ffff));
      }
    }
    return at;
  }

  // A method, because the sink may have called `stop`, which the compiler's narrowing of `#state` does not know of.
  #isStopped(): boolean {
    return this.#state === State.Stopped;
  }

  // True for a control frame whose payload lies in one chunk.
  #isControlInOneChunk(): boolean {
    return this.#controlPayload === undefined && isControlOpcode(this.#frame.opcode);
  }

  #unmaskWithScanner(scanner: FrameScanner, from: number, to: number): void {
    const frame = this.#frame;
    if (!frame.masked) {
      this.#isSliceAscii = false;
      return;
    }
    this.#isSliceAscii = scanner.mask(from, to, frame.key) === 0;
    if (this.#payloadLeft > 0) frame.key = rotateKey(frame.key, to - from);
  }

  #unmask(bytes: Uint8Array, from: number, to: number): void {
    const frame = this.#frame;
    if (!frame.masked) {
      this.#isSliceAscii = false;
      return;
    }
    const { key, privateMask: mask } = frame;
    if (mask === undefined) {
      this.#isSliceAscii = maskRange(bytes, from, to, key) === 0;
    } else {
      const position = frame.position;
      this.#isSliceAscii = maskRangePrivately(bytes, from, to, key, mask, position) === 0;
      frame.position = (position + to - from) % mask.bytes.length;
    }
    if (this.#payloadLeft > 0) frame.key = rotateKey(key, to - from);
  }
}

// Reads the opcode from the second word that a scanner writes for each frame: see `FrameScanner.found`.
function opcodeOf(word: number): number {
  return (word >>> 24) & 0xf;
}
