import { isUtf8 } from 'node:buffer';
import type { FrameDecoderOptions } from '../src/decoder-options.js';
import type { FrameErrorCode } from '../src/frame-error.js';
import type { FrameHeader } from '../src/header.js';

// Slow twins, written from RFC 6455 and the description of the stream header alone, that the sources are held against.

/** RFC 6455 §5.3: octet i of the payload is XORed with octet i modulo 4 (here: the key's length) of the key. */
export function naiveMask(bytes: Uint8Array, key: Uint8Array, position: number): Uint8Array {
  return bytes.map((byte, i) => byte ^ key[(position + i) % key.length]!);
}

/** What is in some bytes. */
interface NaiveDecoded {
  frames: { header: FrameHeader; payload: Uint8Array; complete: boolean }[];
  error: FrameErrorCode | undefined;
}

class NotEnough extends Error {}
class Refused extends Error {
  readonly code: FrameErrorCode;
  constructor(code: FrameErrorCode) {
    super(code);
    this.code = code;
  }
}

/** Reads all frames in `bytes`: every field taken as a whole, refused as soon as it has come. */
export function naiveDecode(bytes: Uint8Array, options: FrameDecoderOptions): NaiveDecoded {
  const frames: NaiveDecoded['frames'] = [];
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw new NotEnough();
    at += count;
    return bytes.slice(at - count, at);
  };
  const refuse = (condition: boolean, code: FrameErrorCode): void => {
    if (condition) throw new Refused(code);
  };
  try {
    while (at < bytes.length) {
      const bits = take(1)[0]!.toString(2).padStart(8, '0');
      const [fin, rsv1, rsv2, rsv3] = [...bits].map((bit) => bit === '1');
      const opcode = Number.parseInt(bits.slice(4), 2);
      const control = opcode > 7;
      refuse(![0, 1, 2, 8, 9, 10, ...(options.opcodes ?? [])].includes(opcode), 'RESERVED_OPCODE');
      refuse(rsv1! && !(options.compression === true && opcode >= 1 && opcode <= 7), 'RESERVED_BITS');
      refuse(rsv2! !== (options.streams === true && !control), 'RESERVED_BITS');
      refuse(rsv3!, 'RESERVED_BITS');
      refuse(control && !fin, 'CONTROL_FRAGMENTED');

      const second = take(1)[0]!;
      const masked = second > 127;
      refuse(masked && options.masking === 'forbidden', 'MASK_FORBIDDEN');
      refuse(!masked && options.masking === 'required', 'MASK_REQUIRED');
      let length = BigInt(second % 128);
      if (length === 126n) {
        refuse(control, 'CONTROL_TOO_LONG');
        length = big(take(2));
        refuse(length <= 125n, 'LENGTH_NOT_MINIMAL');
      } else if (length === 127n) {
        refuse(control, 'CONTROL_TOO_LONG');
        if (at < bytes.length) refuse(bytes[at]! > 127, 'LENGTH_INVALID');
        length = big(take(8));
        refuse(length > 2n ** 53n - 1n, 'PAYLOAD_TOO_LARGE');
        refuse(length <= 65535n, 'LENGTH_NOT_MINIMAL');
      }
      const streamed = options.streams === true && !control;
      refuse(streamed && length < 2n, 'STREAM_HEADER_MISSING');
      const payloadLength = Number(length) - (streamed ? 2 : 0);
      refuse(!control && payloadLength > (options.maxPayloadSize ?? 104_857_600), 'PAYLOAD_TOO_LARGE');

      let key: Uint8Array = Uint8Array.of(0, 0, 0, 0);
      if (masked) {
        key = take(4);
        const secret = options.privateMask;
        if (secret !== undefined) key = naiveMask(secret, key, 0);
      }
      const word = streamed ? Number(big(naiveMask(take(2), key, 0))) : 0;
      refuse(streamed && word % 32768 === 0, 'STREAM_ID_INVALID');
      const header = {
        fin: fin!,
        rsv: Number.parseInt(bits.slice(1, 4), 2),
        opcode,
        masked,
        payloadLength,
        streamId: word % 32768,
        cancel: word > 32767,
      };
      const complete = bytes.length - at >= payloadLength;
      if (control && !complete) break;
      const raw = take(Math.min(payloadLength, bytes.length - at));
      frames.push({ header, payload: naiveMask(raw, key, streamed ? 2 : 0), complete });
    }
  } catch (error) {
    if (error instanceof Refused) return { frames, error: error.code };
    if (!(error instanceof NotEnough)) throw error;
  }
  return { frames, error: undefined };
}

function big(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

// Continuations that complete whatever can be completed: the first byte of one may be a second byte, for which RFC 3629
// has narrower bounds; all bytes after it are free from 80 to BF.
const CONTINUATIONS: readonly Uint8Array[] = [
  [],
  ...[0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf].flatMap((first) => [[first], [first, 0x80], [first, 0x80, 0x80]]),
].map((bytes) => Uint8Array.from(bytes));

/** True when `bytes` are UTF-8 or can become UTF-8 by what follows: it is tried. */
export function canBecomeUtf8(bytes: Uint8Array): boolean {
  const whole = new Uint8Array(bytes.length + 3);
  whole.set(bytes);
  return CONTINUATIONS.some((continuation) => {
    whole.set(continuation, bytes.length);
    return isUtf8(whole.subarray(0, bytes.length + continuation.length));
  });
}
