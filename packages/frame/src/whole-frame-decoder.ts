import { CloseCode } from './close-code.js';
import { FrameError } from './frame-error.js';
import type { FrameSink } from './frame-sink.js';
import { Rsv } from './header.js';
import { HeaderReader } from './header-reader.js';
import { isControlOpcode } from './opcode.js';
import type { PayloadMemory } from './payload-memory.js';

/** Options of a {@link WholeFrameDecoder}, as those of a `FrameDecoder`. They are not checked. */
export interface WholeFrameDecoderOptions {
  readonly streams?: boolean;
  readonly opcodes?: Iterable<number>;
  readonly maxPayloadSize: number;
}

/**
 * Decodes unmasked frames that come whole: each chunk holds one or more, as the messages do of a WebSocket inside of which they
 * travel. It hands on what a `FrameDecoder` does that is given the same chunks, and is a fraction of its size, for pages.
 *
 * - A frame is refused as soon as its header is read. One that its chunk cuts is refused, too.
 * - After a failure, or after `stop`, every further byte is ignored (RFC 6455 §7.1.7).
 */
export class WholeFrameDecoder {
  readonly #frame: HeaderReader;
  #isStopped = false;
  #isSuspended = false;
  #isLent = false;

  constructor({ streams = false, opcodes = [], maxPayloadSize }: WholeFrameDecoderOptions) {
    this.#frame = new HeaderReader({ masking: 'forbidden', streams, compression: false, opcodes, maxPayloadSize });
  }

  /** False: nothing here looks at every byte. */
  get isAscii(): boolean {
    return false;
  }

  /** True when `push` was given a payload memory, but the slice last handed to the sink is a view of the chunk. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** Accepts these opcodes too, beginning with the next frame. @throws RangeError for one that is not an integer from 0 to 15. */
  accept(opcodes: Iterable<number>): void {
    this.#frame.accept(opcodes);
  }

  /** Ignores every byte from now on. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Called by the sink: makes the running `push` return after the current frame. */
  suspend(): void {
    this.#isSuspended = true;
  }

  /**
   * Reads a chunk. It owns it from now on; with `memory` only until the call returns, see `FrameDecoder`.
   *
   * @returns how many bytes were read: all, unless the sink has called `suspend`. The rest has to be pushed again.
   * @throws FrameError once, for a frame that breaks the rules.
   */
  push(chunk: Uint8Array, sink: FrameSink, memory?: PayloadMemory): number {
    this.#isSuspended = false;
    const frame = this.#frame;
    let at = 0;
    try {
      while (at < chunk.length && !this.#isStopped && !this.#isSuspended) {
        const size = frame.read(chunk, at, chunk.length);
        const from = at + size;
        at = from + frame.length;
        if (size === 0 || at > chunk.length) {
          throw new FrameError('LENGTH_INVALID', CloseCode.ProtocolError, 'a length beyond the end of the chunk');
        }
        const isWhole = frame.isMessage && sink.onWhole !== undefined;
        const isKept = isWhole ? (frame.rsv & Rsv.Rsv1) === 0 : isControlOpcode(frame.opcode);
        this.#isLent = memory !== undefined && !isKept;
        const payload = memory !== undefined && isKept ? memory.keep(chunk, from, at) : chunk.subarray(from, at);
        if (isWhole) sink.onWhole!(frame.opcode, frame.rsv, frame.streamId, payload);
        else this.#handOn(sink, payload);
      }
    } catch (error) {
      this.stop();
      throw error;
    }
    return this.#isStopped ? chunk.length : at;
  }

  #handOn(sink: FrameSink, payload: Uint8Array): void {
    sink.onHeader(this.#frame.header);
    if (!this.#isStopped) sink.onPayload(payload, true);
  }
}
