import type { FrameDecoderOptions } from './decoder-options.js';
import type { FrameSink } from './frame-sink.js';
import { Rsv } from './header.js';
import { HeaderReader } from './header-reader.js';
import { MAX_CONTROL_PAYLOAD, MAX_HEADER_LENGTH } from './length.js';
import { keyAt, maskLongRange, maskRange, turnKey, WORDWISE_FROM } from './mask.js';
import { isControlOpcode } from './opcode.js';
import type { PayloadMemory } from './payload-memory.js';
import { maskRangePrivately } from './private-mask.js';
import type { FrameScanner } from './scanner.js';

const State = { Header: 0, Payload: 1, Stopped: 2 } as const;
type State = (typeof State)[keyof typeof State];

/** Looked up once: V8 takes as long for that as for the copy of a small chunk. */
const setBytes = Uint8Array.prototype.set;

/**
 * Takes frames off a byte stream, however it is cut into chunks (RFC 6455 §5.2). Holds at most one incomplete header and
 * one control frame; the payload of data frames is handed on as it arrives.
 */
export class FrameDecoder {
  // What is accepted, and the frame that is being read.
  readonly #frame: HeaderReader;
  // Nothing is switched on that has to do with each frame.
  readonly #isPlain: boolean;
  readonly #scanner: FrameScanner | undefined;

  #state: State = State.Header;
  // An incomplete header, spilled from the end of a chunk.
  #head: Uint8Array | undefined;
  #headLength = 0;
  // A control frame's payload that is spread over chunks.
  #control: Uint8Array | undefined;
  #controlLength = 0;

  // Bytes of the payload that have not come.
  #left = 0;
  #ascii = false;
  #isLent = false;
  #isSuspended = false;

  /** @throws RangeError when an option is out of its range. */
  constructor(options: FrameDecoderOptions = {}) {
    this.#frame = new HeaderReader(options);
    this.#isPlain = this.#frame.isPlain;
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
    const frame = this.#frame;
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
          size = frame.read(chunk, at, end);
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
            size = frame.read(head, 0, this.#headLength);
          } while (size === 0 && at < end);
          if (size === 0) return end;
          this.#headLength = 0;
        }
        this.#left = frame.length;
        if (this.#left > 0) this.#state = State.Payload;
        const isHere = this.#left <= end - at;
        isWhole = isHere && takesWholes && frame.isMessage;
        if (!isWhole) {
          const isControl = isControlOpcode(frame.opcode);
          if (!isControl || this.#left === 0) {
            sink.onHeader(frame.header);
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
          if (isWhole) sink.onWhole!(frame.opcode, frame.rsv, frame.streamId, empty);
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
      const isKept = memory !== undefined && (isWhole ? (frame.rsv & Rsv.Rsv1) === 0 : this.#isControlHere());
      this.#isLent = memory !== undefined && !isKept;
      let slice = isKept ? memory.keep(chunk, from, at) : new Uint8Array(buffer, base + from, at - from);
      if (isWhole) {
        sink.onWhole!(frame.opcode, frame.rsv, frame.streamId, slice);
        continue;
      }
      if (isControlOpcode(frame.opcode)) {
        if (this.#control !== undefined) {
          this.#control.set(slice, this.#controlLength);
          this.#controlLength += slice.length;
          if (!last) return end;
          slice = this.#control;
          this.#control = undefined;
          this.#ascii = false;
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
    const { masking, maxPayloadSize } = this.#frame;
    const { rules } = this.#frame.accepted;
    const isMasked = masking === 'required';
    const keyLength = isMasked ? 4 : 0;
    let at = start;
    while (end - at >= 4) {
      const first = bytes[at]!;
      // Without the mask bit, if it is as it should be.
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
    const { accepted, masking, maxPayloadSize } = this.#frame;
    const { messages } = accepted;
    const keyLength = masking === 'required' ? 4 : 0;
    const most = Math.min(maxPayloadSize, memory.mostInRun);
    let at = start;
    while (!this.#isSuspended && !this.#isStopped()) {
      let count = scanner.scan(base + at, end, messages, most, memory.room, keyLength);
      // The next one may be larger than what is left of the memory.
      if (count === 0) count = scanner.scan(base + at, end, messages, most, output.length, keyLength);
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

  // The frame is a control frame that lies whole in the chunk: its payload is kept.
  #isControlHere(): boolean {
    return this.#control === undefined && isControlOpcode(this.#frame.opcode);
  }

  #unmaskBy(scanner: FrameScanner, from: number, to: number): void {
    const frame = this.#frame;
    if (!frame.masked) {
      this.#ascii = false;
      return;
    }
    this.#ascii = scanner.mask(from, to, frame.key) === 0;
    if (this.#left > 0) frame.key = turnKey(frame.key, to - from);
  }

  #unmask(bytes: Uint8Array, from: number, to: number): void {
    const frame = this.#frame;
    if (!frame.masked) {
      this.#ascii = false;
      return;
    }
    const { key, privateMask: mask } = frame;
    if (mask === undefined) {
      this.#ascii = maskRange(bytes, from, to, key) === 0;
    } else {
      const position = frame.position;
      this.#ascii = maskRangePrivately(bytes, from, to, key, mask, position) === 0;
      frame.position = (position + to - from) % mask.bytes.length;
    }
    if (this.#left > 0) frame.key = turnKey(key, to - from);
  }
}

// Of a frame that a scanner has found: see `found` there.
function opcodeOf(word: number): number {
  return (word >>> 24) & 0xf;
}
