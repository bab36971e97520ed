import { MAX_CONTROL_PAYLOAD } from './length.js';

/**
 * Writes the header of an unmasked frame: the first two bytes and the extended length. It checks nothing, as `writeHeader`, which
 * it is without a masking key: a page never needs one.
 *
 * @param first the first byte of the header: FIN, reserved bits, opcode.
 * @param length bytes of payload, the stream header included.
 * @returns the offset of the payload.
 */
export function writeUnmaskedHeader(target: Uint8Array, offset: number, first: number, length: number): number {
  let at = offset;
  target[at++] = first;
  if (length <= MAX_CONTROL_PAYLOAD) {
    target[at++] = length;
  } else if (length <= 0xffff) {
    target[at++] = 126;
    target[at++] = length >>> 8;
    target[at++] = length;
  } else {
    target[at++] = 127;
    for (const half of [length / 0x1_0000_0000, length]) {
      for (let shift = 24; shift >= 0; shift -= 8) target[at++] = half >>> shift;
    }
  }
  return at;
}
