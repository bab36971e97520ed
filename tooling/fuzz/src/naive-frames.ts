/** What a {@link readFrames} accepts; the same as a decoder's options, all of them given. */
export interface Rules {
  readonly masking: 'required' | 'forbidden' | 'optional';
  /** Bytes of application data in one data frame. */
  readonly maxPayload: number;
  readonly streams: boolean;
  readonly compression: boolean;
  /** Opcodes beside those of RFC 6455. */
  readonly opcodes: readonly number[];
  readonly privateMask: Uint8Array | undefined;
}

/** A frame of which at least the header has come. Places are counted in bytes from the start of the input. */
export interface NaiveFrame {
  /** Where its first byte is. */
  readonly start: number;
  /** Where its payload begins, the stream header not counted as payload. */
  readonly payloadStart: number;
  /** Where the next frame begins. */
  readonly end: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly streamId: number;
  readonly cancel: boolean;
  /** Unmasked; as much of it as has come. */
  readonly payload: Uint8Array;
  readonly isComplete: boolean;
}

/** The header broke the rules. */
export interface Refusal {
  readonly error: string;
  readonly closeCode: number;
  /** The first byte of the frame. */
  readonly start: number;
  /** The byte that settled it. */
  readonly at: number;
}

/** What a byte stream consists of. */
export interface NaiveFrames {
  readonly frames: readonly NaiveFrame[];
  readonly refusal: Refusal | undefined;
  /** Where the unfinished header at the end begins, the end of the input when there is none. */
  readonly rest: number;
}

/** Rules of an endpoint without extensions. */
export function plainRules(isClient: boolean, maxPayload: number): Rules {
  return {
    masking: isClient ? 'forbidden' : 'required',
    maxPayload,
    streams: false,
    compression: false,
    opcodes: [],
    privateMask: undefined,
  };
}

const STANDARD = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa];

/**
 * Takes a byte stream apart into frames, all of it at once and one field after the other, as RFC 6455 §5.2 describes
 * them. Shares nothing with `@webson/frame`: it is what that is compared with.
 */
export function readFrames(bytes: Uint8Array, rules: Rules): NaiveFrames {
  const frames: NaiveFrame[] = [];
  for (let start = 0; start < bytes.length; ) {
    const frame = readFrame(bytes, start, rules);
    if (frame === undefined) return { frames, refusal: undefined, rest: start };
    if ('error' in frame) return { frames, refusal: frame, rest: start };
    frames.push(frame);
    start = frame.end;
  }
  return { frames, refusal: undefined, rest: bytes.length };
}

function readFrame(bytes: Uint8Array, start: number, rules: Rules): NaiveFrame | Refusal | undefined {
  const has = (count: number): boolean => start + count <= bytes.length;
  const byte = (offset: number): number => bytes[start + offset] as number;
  const refuse = (error: string, offset: number, closeCode = 1002): Refusal => ({
    error,
    closeCode,
    start,
    at: start + offset,
  });

  const opcode = byte(0) % 16;
  const fin = byte(0) >= 128;
  const rsv = Math.floor(byte(0) / 16) % 8;
  const isControl = opcode >= 8;
  if (!STANDARD.includes(opcode) && !rules.opcodes.includes(opcode)) return refuse('RESERVED_OPCODE', 0);
  const allowed = [0];
  if (!isControl && rules.streams) allowed[0] = 2;
  if (!isControl && opcode !== 0 && rules.compression) allowed.push((allowed[0] as number) + 4);
  if (!allowed.includes(rsv)) return refuse('RESERVED_BITS', 0);
  if (isControl && !fin) return refuse('CONTROL_FRAGMENTED', 0);

  if (!has(2)) return undefined;
  const masked = byte(1) >= 128;
  if (masked && rules.masking === 'forbidden') return refuse('MASK_FORBIDDEN', 1);
  if (!masked && rules.masking === 'required') return refuse('MASK_REQUIRED', 1);
  const short = byte(1) % 128;
  if (isControl && short > 125) return refuse('CONTROL_TOO_LONG', 1);
  const size = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (size === 8 && has(3) && byte(2) >= 128) return refuse('LENGTH_INVALID', 2);
  if (!has(2 + size)) return undefined;
  let length = BigInt(short);
  if (size > 0) {
    length = 0n;
    for (let i = 0; i < size; i++) length = length * 256n + BigInt(byte(2 + i));
  }
  const last = 1 + size;
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) return refuse('PAYLOAD_TOO_LARGE', last, 1009);
  if ((size === 2 && length < 126n) || (size === 8 && length < 65536n)) return refuse('LENGTH_NOT_MINIMAL', last);
  const hasStream = rules.streams && !isControl;
  const extension = hasStream ? 2 : 0;
  if (length < BigInt(extension)) return refuse('STREAM_HEADER_MISSING', last);
  if (!isControl && length - BigInt(extension) > BigInt(rules.maxPayload))
    return refuse('PAYLOAD_TOO_LARGE', last, 1009);

  const header = 2 + size + (masked ? 4 : 0);
  if (!has(header)) return undefined;
  const total = Number(length);
  // A copy, which `slice` of a Buffer is not.
  const plain = new Uint8Array(bytes.subarray(start + header, start + header + total));
  if (masked) {
    const key = bytes.subarray(start + header - 4, start + header);
    const secret = rules.privateMask;
    for (let i = 0; i < plain.length; i++) {
      const wide = secret === undefined ? i : i % secret.length;
      plain[i]! ^= key[wide % 4] as number;
      // PROTOCOL.md §2
      if (secret !== undefined) plain[i]! ^= secret[wide] as number;
    }
  }
  let streamId = 0;
  let cancel = false;
  if (hasStream) {
    if (plain.length < 2) return undefined;
    const word = (plain[0] as number) * 256 + (plain[1] as number);
    cancel = word >= 32768;
    streamId = word % 32768;
    if (streamId === 0) return refuse('STREAM_ID_INVALID', header + 1);
  }
  return {
    start,
    payloadStart: start + header + extension,
    end: start + header + total,
    fin,
    rsv,
    opcode,
    masked,
    streamId,
    cancel,
    payload: plain.subarray(extension),
    isComplete: plain.length === total,
  };
}
