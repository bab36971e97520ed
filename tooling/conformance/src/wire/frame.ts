/** One frame the peer sends. Made by the functions of case.ts. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly fin: boolean;
  /** RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  readonly rsv: number;
  /** True: masked where it must not be, or not where it must. */
  readonly wrongMasking: boolean;
  /** Bits of the length field, 7, 16 or 64, to use a longer form than needed. */
  readonly lengthBits?: 7 | 16 | 64;
  /** The length its header states, where that is not the payload's. */
  readonly announced?: bigint;
  /** 4 bytes; by default another one for every frame. */
  readonly key?: Uint8Array;
  /** Only so many bytes of the frame are sent, header included. */
  readonly cut?: number;
}

/** Bytes of the frame's header. */
export function headerSize(frame: Frame, masked: boolean): number {
  const bits = lengthBits(frame);
  return 2 + (bits === 7 ? 0 : bits / 8) + (masked ? 4 : 0);
}

/** Bytes of the frame as it is sent. */
export function frameSize(frame: Frame, masked: boolean): number {
  const whole = headerSize(frame, masked) + frame.payload.length;
  return Math.min(whole, frame.cut ?? whole);
}

/** Writes the frame to `target`, as RFC 6455 §5.2 says, or as its fields say otherwise. */
export function writeFrame(target: Uint8Array, offset: number, frame: Frame, key: Uint8Array | undefined): void {
  const { payload } = frame;
  if (frame.cut !== undefined) {
    const { cut, ...whole } = frame;
    const bytes = new Uint8Array(frameSize(whole, key !== undefined));
    writeFrame(bytes, 0, whole, key);
    target.set(bytes.subarray(0, cut), offset);
    return;
  }
  const masked = key !== undefined;
  const bits = lengthBits(frame);
  const length = frame.announced ?? BigInt(payload.length);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let at = offset;
  target[at++] = (frame.fin ? 0x80 : 0) | (frame.rsv << 4) | frame.opcode;
  target[at++] = (masked ? 0x80 : 0) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127);
  if (bits === 16) view.setUint16(at, Number(length));
  if (bits === 64) view.setBigUint64(at, length);
  at += bits === 7 ? 0 : bits / 8;
  if (key === undefined) {
    target.set(payload, at);
    return;
  }
  target.set(key, at);
  at += 4;
  for (let i = 0; i < payload.length; i++) target[at + i] = payload[i]! ^ key[i & 3]!;
}

function lengthBits(frame: Frame): 7 | 16 | 64 {
  if (frame.lengthBits !== undefined) return frame.lengthBits;
  const length = frame.announced ?? BigInt(frame.payload.length);
  return length <= 125n ? 7 : length <= 0xffffn ? 16 : 64;
}
