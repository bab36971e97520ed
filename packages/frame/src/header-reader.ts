import { type AcceptedFrames, acceptedFrames, isMessage, opcodesOf } from './accepted-frames.js';
import { CloseCode } from './close-code.js';
import { FrameError } from './frame-error.js';
import { CANCEL_BIT, type FrameHeader } from './header.js';
import { MAX_CONTROL_PAYLOAD, STREAM_HEADER_LENGTH } from './length.js';
import { keyAt, rotateKey } from './mask.js';
import type { PrivateMask } from './private-mask.js';

/** What the headers of one direction may have. */
export interface HeaderRules {
  readonly masking: 'required' | 'forbidden' | 'optional';
  readonly streams: boolean;
  readonly compression: boolean;
  /** Accepted in addition to the standard ones. */
  readonly opcodes: Iterable<number>;
  readonly maxPayloadSize: number;
  readonly privateMask?: PrivateMask | undefined;
}

/**
 * Reads frame headers, and keeps the fields of the last one (RFC 6455 §5.2).
 *
 * - The fields change only when a header is complete; an incomplete header leaves them as they were.
 * - Every field is checked as soon as it has arrived, before anything is allocated for the payload.
 * - Only one length encoding, the shortest, is accepted (RFC 6455 §5.2), and control frames have at most 125 bytes and
 *   are never fragmented (RFC 6455 §5.5).
 */
export class HeaderReader {
  readonly masking: 'required' | 'forbidden' | 'optional';
  readonly maxPayloadSize: number;
  readonly privateMask: PrivateMask | undefined;
  #accepted: AcceptedFrames;
  readonly #streams: boolean;
  readonly #compression: boolean;
  // The fields of the header that was read last.
  fin = false;
  rsv = 0;
  opcode = 0;
  masked = false;
  /** Bytes of payload, the stream header not counted. */
  length = 0;
  /** The masking key, rotated so that its lowest byte applies to the next byte of payload. */
  key = 0;
  /** The index into the private mask of the byte that applies to the next byte of payload. */
  position = 0;
  streamId = 0;
  cancel = false;

  /** @throws RangeError for an opcode that is not an integer from 0 to 15. */
  constructor(rules: HeaderRules) {
    this.masking = rules.masking;
    this.maxPayloadSize = rules.maxPayloadSize;
    this.privateMask = rules.privateMask;
    this.#streams = rules.streams;
    this.#compression = rules.compression;
    this.#accepted = acceptedFrames(rules.streams, rules.compression, rules.opcodes);
  }

  /** The first bytes of a frame that are accepted now. Opcodes are only added. */
  get accepted(): AcceptedFrames {
    return this.#accepted;
  }

  /** Accepts these opcodes too. @throws RangeError for one that is not an integer from 0 to 15. */
  accept(opcodes: Iterable<number>): void {
    const all = new Set([...opcodesOf(this.#accepted), ...opcodes]);
    this.#accepted = acceptedFrames(this.#streams, this.#compression, all);
  }

  /** True when neither streams nor a private mask are on, and either all frames are masked or none is. */
  get isPlain(): boolean {
    return !this.#streams && this.privateMask === undefined && this.masking !== 'optional';
  }

  /** True when the frame is a whole, unfragmented message that was not cancelled. */
  get isMessage(): boolean {
    return this.fin && isMessage(this.opcode) && !this.cancel;
  }

  /** A copy of the fields of the last header. */
  get header(): FrameHeader {
    return {
      fin: this.fin,
      rsv: this.rsv,
      opcode: this.opcode,
      masked: this.masked,
      payloadLength: this.length,
      streamId: this.streamId,
      cancel: this.cancel,
    };
  }

  /**
   * Reads a header from bytes[at, end), which must not be empty. Returns the length of the header in bytes, or 0 when
   * it is incomplete; the fields that have arrived are checked even then, so that a wrong first byte fails at once.
   *
   * @throws FrameError as soon as the field that breaks the rules is complete.
   */
  read(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at]!;
    const opcode = first & 0xf;
    const rsv = (first >>> 4) & 7;
    const rule = this.#accepted.rules[opcode]!;
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
    // RFC 6455 §5.1: a client masks every frame, a server masks none.
    if (masked ? this.masking === 'forbidden' : this.masking === 'required') {
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
    if (!isControl && length > this.maxPayloadSize) {
      throw new FrameError(
        'PAYLOAD_TOO_LARGE',
        CloseCode.MessageTooBig,
        `a frame of ${length} bytes, maxPayloadSize is ${this.maxPayloadSize}`,
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
      if (masked && this.privateMask !== undefined) {
        const secret = this.privateMask.bytes;
        word ^= (secret[0]! << 8) | secret[1]!;
      }
      cancel = (word & CANCEL_BIT) !== 0;
      streamId = word & ~CANCEL_BIT;
      if (streamId === 0) throw protocolError('STREAM_ID_INVALID', 'stream id 0');
      // The stream header is masked too, so the payload begins in the middle of the masking key.
      key = rotateKey(key, STREAM_HEADER_LENGTH);
    }
    this.fin = first >= 0x80;
    this.rsv = rsv;
    this.opcode = opcode;
    this.masked = masked;
    this.length = length;
    this.key = key;
    this.position = hasStream ? STREAM_HEADER_LENGTH : 0;
    this.streamId = streamId;
    this.cancel = cancel;
    return next - at;
  }
}

function protocolError(code: FrameError['code'], message: string): FrameError {
  return new FrameError(code, CloseCode.ProtocolError, message);
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
