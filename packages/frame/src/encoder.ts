import { checkInteger } from './check-integer.js';
import { checkOptions, checkType, type OptionTypes } from './check-options.js';
import { CANCEL_BIT, MAX_STREAM_ID, Rsv } from './header.js';
import { headerLength, MAX_CONTROL_PAYLOAD, STREAM_HEADER_LENGTH } from './length.js';
import { keyAt, maskRange } from './mask.js';
import { writeMaskingKey } from './masking-key.js';
import { isControlOpcode } from './opcode.js';
import { payloadOf } from './payload.js';
import { maskRangePrivately, type PrivateMask, privateMaskOf } from './private-mask.js';
import { writeUnmaskedHeader } from './unmasked-header.js';

/** One frame to encode. */
export interface OutgoingFrame {
  /** 0 to 15. */
  opcode: number;
  /** Application data, empty by default. Never written to. Other typed arrays and buffers, of any realm, mean their bytes. */
  payload?: Uint8Array;
  /** True for the last frame of a message; true by default. */
  fin?: boolean;
  /** Reserved bits: RSV1 = 4, RSV2 = 2, RSV3 = 1; 0 by default. A stream id sets RSV2 by itself. */
  rsv?: number;
  /** A masking key of 4 bytes, or true for a fresh random one; unmasked by default (RFC 6455 §5.3). */
  mask?: Uint8Array | boolean;
  /** The stream id, 1 to 32767, of the stream header before the payload; 0, the default, for no stream header. */
  streamId?: number;
  /** Sets the cancel bit of the stream header; needs a stream id. */
  cancel?: boolean;
}

/** Settings that both sides of a connection have agreed on out of band. */
export interface EncodeOptions {
  /** A shared secret that widens the masking key; its length is a positive multiple of 4 bytes. */
  privateMask?: Uint8Array;
}

const FRAME_TYPES: OptionTypes<OutgoingFrame> = {
  opcode: 'number',
  payload: 'Uint8Array or object',
  fin: 'boolean',
  rsv: 'number',
  mask: 'Uint8Array or boolean',
  streamId: 'number',
  cancel: 'boolean',
};

const ENCODE_TYPES: OptionTypes<EncodeOptions> = { privateMask: 'Uint8Array' };

/**
 * Bytes that `frame` takes on the wire: header, stream header and payload together.
 *
 * @throws TypeError for a payload that is no bytes.
 */
export function frameLength(frame: OutgoingFrame): number {
  const length = payloadOf(frame.payload).length + (frame.streamId ? STREAM_HEADER_LENGTH : 0);
  return headerLength(length, isMasked(frame)) + length;
}

/**
 * Encodes `frame` (RFC 6455 §5.2).
 *
 * @throws RangeError when the frame may not be sent, TypeError for an unknown field or one of another type: see
 *   {@link encodeFrameInto}.
 */
export function encodeFrame(frame: OutgoingFrame, options?: EncodeOptions): Uint8Array {
  checkType('frame', frame, 'object');
  const target = new Uint8Array(frameLength(frame));
  encodeFrameInto(target, 0, frame, options);
  return target;
}

/**
 * Encodes `frame` into `target` at `offset` and masks it there, so that the given payload is never written to.
 *
 * @returns the offset after the frame.
 * @throws RangeError when the target is too short; when the offset is not an integer; when the opcode, reserved bits,
 *   stream id, masking key or private mask are out of range; when a control frame is fragmented, has a stream id or
 *   more than 125 bytes of payload (RFC 6455 §5.5); or when `cancel` is set without a stream id.
 * @throws TypeError for a field or an option that is unknown, or of another type.
 */
export function encodeFrameInto(
  target: Uint8Array,
  offset: number,
  frame: OutgoingFrame,
  options?: EncodeOptions,
): number {
  checkOptions('frame', frame, FRAME_TYPES);
  if (options !== undefined) checkOptions('options', options, ENCODE_TYPES);
  const payload = payloadOf(frame.payload);
  checkFrame(frame, payload.length);
  const masked = isMasked(frame);
  const secret = options?.privateMask;
  const privateMask = secret === undefined ? undefined : privateMaskOf(secret);
  if (!Number.isInteger(offset) || offset < 0 || target.length - offset < frameLength(frame)) {
    throw new RangeError(`target: ${frameLength(frame)} bytes from offset ${offset} expected, got ${target.length}`);
  }
  const streamId = frame.streamId ?? 0;
  const streamBytes = streamId === 0 ? 0 : STREAM_HEADER_LENGTH;
  const rsv = (frame.rsv ?? 0) | (streamId === 0 ? 0 : Rsv.Rsv2);
  const first = (frame.fin === false ? 0 : 0x80) | (rsv << 4) | frame.opcode;
  let at = writeHeader(target, offset, first, payload.length + streamBytes, masked);
  if (typeof frame.mask === 'object') target.set(frame.mask, at - 4);
  const start = at;
  if (streamId !== 0) {
    const word = streamId | (frame.cancel === true ? CANCEL_BIT : 0);
    target[at++] = word >>> 8;
    target[at++] = word;
  }
  target.set(payload, at);
  at += payload.length;
  if (masked) maskPayload(target, start, at, privateMask);
  return at;
}

/**
 * Writes a frame header: the first two bytes, the extended length and, when `masked`, a fresh masking key. It is for
 * callers that write the payload themselves, and checks nothing; {@link encodeFrameInto} is the safe way.
 *
 * @param first the first byte of the header: FIN, reserved bits, opcode.
 * @param length bytes of payload, the stream header included.
 * @returns the offset of the payload.
 */
export function writeHeader(
  target: Uint8Array,
  offset: number,
  first: number,
  length: number,
  masked: boolean,
): number {
  const at = writeUnmaskedHeader(target, offset, first, length);
  if (!masked) return at;
  target[offset + 1]! |= 0x80;
  writeMaskingKey(target, at);
  return at + 4;
}

/**
 * Masks the payload of a frame, which is `target[start, end)`. The 4 bytes before `start` are its masking key
 * (RFC 6455 §5.3).
 */
export function maskPayload(target: Uint8Array, start: number, end: number, privateMask?: PrivateMask): void {
  const key = keyAt(target, start - 4);
  if (privateMask === undefined) maskRange(target, start, end, key);
  else maskRangePrivately(target, start, end, key, privateMask, 0);
}

function isMasked(frame: OutgoingFrame): boolean {
  return frame.mask !== undefined && frame.mask !== false;
}

function checkFrame(frame: OutgoingFrame, length: number): void {
  const { opcode, rsv = 0, streamId = 0, mask } = frame;
  checkInteger('opcode', opcode, 15);
  checkInteger('rsv', rsv, 7);
  checkInteger('streamId', streamId, MAX_STREAM_ID);
  if (frame.cancel === true && streamId === 0) throw new RangeError('cancel: a streamId is expected with it');
  if (typeof mask === 'object' && mask.length !== 4) {
    throw new RangeError(`mask: a key of 4 bytes expected, got ${mask.length}`);
  }
  if (isControlOpcode(opcode)) {
    // RFC 6455 §5.5: control frames are never fragmented and carry at most 125 bytes.
    if (frame.fin === false) throw new RangeError('fin: a control frame must not be fragmented');
    if (streamId !== 0) throw new RangeError('streamId: a control frame has no stream header');
    if (length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`payload: at most ${MAX_CONTROL_PAYLOAD} bytes in a control frame expected, got ${length}`);
    }
  }
}
