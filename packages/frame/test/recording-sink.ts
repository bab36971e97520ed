import assert from 'node:assert/strict';
import { FrameDecoder } from '../src/decoder.js';
import type { FrameDecoderOptions } from '../src/decoder-options.js';
import { FrameError } from '../src/frame-error.js';
import type { FrameSink } from '../src/frame-sink.js';
import type { FrameHeader } from '../src/header.js';

/** What has been handed over of one frame. */
class RecordedFrame {
  readonly header: FrameHeader;
  readonly slices: Uint8Array[] = [];
  received = 0;
  complete = false;

  constructor(header: FrameHeader) {
    this.header = header;
  }

  get payload(): Uint8Array {
    return concat(this.slices);
  }
}

/** Writes down what a decoder says, and complains when it breaks the contract of `FrameSink`. */
export class RecordingSink implements FrameSink {
  readonly frames: RecordedFrame[] = [];
  events = 0;

  onHeader(header: FrameHeader): void {
    this.events++;
    const before = this.frames.at(-1);
    if (before !== undefined && !before.complete) throw new Error('a header before the last frame was complete');
    this.frames.push(new RecordedFrame(header));
  }

  onPayload(slice: Uint8Array, last: boolean): void {
    this.events++;
    const frame = this.frames.at(-1);
    if (frame === undefined || frame.complete) throw new Error('a payload without a header');
    if (slice.length === 0 && (!last || frame.header.payloadLength !== 0)) throw new Error('an empty slice');
    if (frame.header.opcode >= 8 && !last) throw new Error('a control frame in parts');
    frame.slices.push(slice);
    frame.received += slice.length;
    frame.complete = last;
    if (last !== (frame.received === frame.header.payloadLength))
      throw new Error('last, but not all; or all, but not last');
  }
}

/** A sink that takes messages of one frame and one piece by a call. */
export class WholesSink extends RecordingSink {
  wholes = 0;

  onWhole(opcode: number, rsv: number, streamId: number, payload: Uint8Array): void {
    if (opcode < 1 || opcode > 7) throw new Error(`a whole message of opcode ${opcode}`);
    this.wholes++;
    const { length: payloadLength } = payload;
    // Whether it was masked is not told; `decode` does not compare it.
    this.onHeader({ fin: true, rsv, opcode, masked: false, payloadLength, streamId, cancel: false });
    this.onPayload(payload, true);
  }
}

/** What came of pushing some chunks. */
export interface Decoded {
  frames: RecordedFrame[];
  error: FrameError | undefined;
  /** Bytes pushed up to and with the chunk that failed. */
  failedAt: number | undefined;
  idle: boolean;
}

/**
 * Pushes copies of `chunks` through a new decoder; after a failure the rest too, which must change nothing. A second
 * decoder has a sink that takes whole messages by a call: the same must come of it.
 */
export function decode(chunks: Iterable<Uint8Array>, options?: FrameDecoderOptions): Decoded {
  const all = [...chunks];
  const decoded = decodeInto(new RecordingSink(), all, options);
  const twin = decodeInto(new WholesSink(), all, options);
  compare(twin, decoded);
  return decoded;
}

function decodeInto(sink: RecordingSink, chunks: readonly Uint8Array[], options?: FrameDecoderOptions): Decoded {
  const decoder = new FrameDecoder(options);
  let error: FrameError | undefined;
  let failedAt: number | undefined;
  let eventsThen = 0;
  let pushed = 0;
  for (const chunk of chunks) {
    pushed += chunk.length;
    try {
      decoder.push(new Uint8Array(chunk), sink);
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown;
      if (error !== undefined) throw new Error('a second FrameError', { cause: thrown });
      error = thrown;
      failedAt = pushed;
      eventsThen = sink.events;
    }
  }
  if (error !== undefined) {
    decoder.push(Uint8Array.of(0x81, 0x00, 0x81, 0x80, 0, 0, 0, 0), sink);
    if (sink.events !== eventsThen) throw new Error('an event after the failure');
  }
  return { frames: sink.frames, error, failedAt, idle: decoder.isIdle };
}

// `assert.equal` of what is cheap to compare: this is called very often.
function compare(twin: Decoded, decoded: Decoded): void {
  assert.equal(twin.frames.length, decoded.frames.length);
  for (const [i, { header, payload, complete }] of decoded.frames.entries()) {
    const other = twin.frames[i]!;
    for (const key of ['fin', 'rsv', 'opcode', 'payloadLength', 'streamId', 'cancel'] as const) {
      assert.equal(other.header[key], header[key]);
    }
    assert.equal(other.complete, complete);
    assert.equal(Buffer.compare(other.payload, payload), 0);
  }
  assert.equal(twin.error?.message, decoded.error?.message);
  assert.equal(twin.error?.code, decoded.error?.code);
  assert.equal(twin.failedAt, decoded.failedAt);
  assert.equal(twin.idle, decoded.idle);
}

/** `bytes` one by one. */
export function* bytewise(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

/** `bytes` cut after the sizes given, again and again. */
export function* cutBy(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes.length === 0 ? bytes.length : sizes[i % sizes.length]!);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** The parts as one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of a hex text; blanks are ignored. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

/** `bytes` as hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
