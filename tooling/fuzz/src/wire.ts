/** A frame to lay on the wire, whether the rules allow it or not. */
export interface WireFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** 0: none. */
  readonly streamId: number;
  readonly cancel: boolean;
  /** Masked where it must not be, bare where it must be masked. */
  readonly wrongMask: boolean;
  /** Bytes of extended length, 0, 2 or 8; the fewest possible when left out. */
  readonly lengthBytes?: number;
  /** What the length field says beyond the truth, positive or negative. */
  readonly lie: number;
}

/** How a peer lays its frames on the wire. */
export interface WireStyle {
  readonly masked: boolean;
  /** Secret that widens the masking keys (PROTOCOL.md §2). */
  readonly privateMask?: Uint8Array | undefined;
}

/** The bytes of the frames, back to back. Masking keys depend on place and style alone, so that a case can be repeated. */
export function layOut(frames: readonly WireFrame[], style: WireStyle): Uint8Array {
  return Buffer.concat(frames.map((frame, index) => layOutFrame(frame, index, style)));
}

function layOutFrame(frame: WireFrame, index: number, { masked, privateMask }: WireStyle): Uint8Array {
  const content = frame.streamId === 0 ? frame.payload : withStreamHeader(frame);
  const length = Math.max(0, content.length + frame.lie);
  const fewest = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const size = Math.max(frame.lengthBytes ?? fewest, fewest);
  const isMasked = masked !== frame.wrongMask;
  const bytes = Buffer.alloc(2 + size + (isMasked ? 4 : 0) + content.length);
  bytes[0] = (frame.fin ? 128 : 0) + frame.rsv * 16 + frame.opcode;
  bytes[1] = (isMasked ? 128 : 0) + (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) bytes.writeUInt16BE(length, 2);
  if (size === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  let at = 2 + size;
  const key = [0, 0, 0, 0];
  if (isMasked) {
    // Now and then the key of all zeros.
    const seed = index % 7 === 3 ? 0 : 0x9e3779b1 * (index + 1);
    for (let i = 0; i < 4; i++) bytes[at++] = key[i] = (seed >>> (8 * i)) & 0xff;
  }
  const wide = isMasked ? privateMask : undefined;
  for (let i = 0; i < content.length; i++) {
    const narrow = key[(wide === undefined ? i : i % wide.length) % 4] as number;
    bytes[at + i] = (content[i] as number) ^ narrow;
    if (wide !== undefined) bytes[at + i]! ^= wide[i % wide.length] as number;
  }
  return bytes;
}

function withStreamHeader({ streamId, cancel, payload }: WireFrame): Uint8Array {
  const word = (cancel ? 0x8000 : 0) + streamId;
  return Buffer.concat([Uint8Array.of(word >>> 8, word & 0xff), payload]);
}
