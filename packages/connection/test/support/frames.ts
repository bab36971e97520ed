import { encodeFrame, FrameDecoder, type FrameDecoderOptions, type OutgoingFrame } from '@webson/frame';

/** A frame as it was on the wire, unmasked. */
export interface WireFrame {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  streamId: number;
  cancel: boolean;
  payload: Uint8Array;
}

/** Takes the frames off bytes that come in pieces, by the codec alone. */
export class FrameReader {
  readonly frames: WireFrame[] = [];
  readonly #decoder: FrameDecoder;

  constructor(options: FrameDecoderOptions = {}) {
    this.#decoder = new FrameDecoder({ opcodes: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15], compression: true, ...options });
  }

  /** True when the bytes so far end with a frame. */
  get isIdle(): boolean {
    return this.#decoder.isIdle;
  }

  push(bytes: Uint8Array): void {
    // The decoder unmasks in place, and the bytes are not ours.
    this.#decoder.push(new Uint8Array(bytes), {
      onHeader: ({ fin, rsv, opcode, masked, streamId, cancel }) => {
        this.frames.push({ fin, rsv, opcode, masked, streamId, cancel, payload: new Uint8Array(0) });
      },
      onPayload: (slice) => {
        const frame = this.frames.at(-1) as WireFrame;
        frame.payload = concat([frame.payload, slice]);
      },
    });
  }
}

/** The frames that `parts` are. @throws Error when they end in the middle of one. */
export function framesOf(parts: readonly Uint8Array[], options?: FrameDecoderOptions): WireFrame[] {
  const reader = new FrameReader(options);
  for (const part of parts) reader.push(part);
  if (!reader.isIdle) throw new Error('the bytes end in the middle of a frame');
  return reader.frames;
}

/** A frame in short: '1 hello', or '0x1 hello' for one that is not the last of its message. */
export function brief(frame: Pick<WireFrame, 'fin' | 'opcode' | 'payload'>): string {
  const text = frame.payload.length > 200 ? `${frame.payload.length} bytes` : textOf(frame.payload);
  return `${frame.opcode}${frame.fin ? '' : '+'} ${text}`.trimEnd();
}

/** A frame as bytes: text or bytes for the payload. Masked or not as `mask` says; not by default. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = '',
  options: Omit<OutgoingFrame, 'opcode' | 'payload'> = {},
): Uint8Array {
  return encodeFrame({ opcode, payload: typeof payload === 'string' ? bytesOf(payload) : payload, ...options });
}

/** As `brief`, with the stream in front: '5: 1+ hello'; '5: cancel'. */
export function briefOnStream(frame: WireFrame): string {
  if (frame.streamId === 0) return brief(frame);
  return `${frame.streamId}: ${frame.cancel ? 'cancel' : brief(frame)}`;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Bytes from hexadecimal digits, spaces allowed. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

/** `length` bytes that differ from place to place. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 0x9e3779b1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** The same bytes cut after every `size` of them, each piece in memory of its own. */
export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}
