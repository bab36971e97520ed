import { headerLength, writeUnmaskedHeader } from '@webson/frame';

const FIN = 0x80;

/** Encodes an unmasked frame that is a whole message, or a control frame (RFC 6455 §5.2). */
export function wholeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerLength(payload.length, false) + payload.length);
  frame.set(payload, writeUnmaskedHeader(frame, 0, FIN | opcode, payload.length));
  return frame;
}
