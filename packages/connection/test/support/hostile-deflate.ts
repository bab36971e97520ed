import { constants, deflateRawSync } from 'node:zlib';

/** `length` zeros as the payload of a compressed message (RFC 7692 §7.2.1): a thousandth of it. */
export function deflated(length: number): Uint8Array {
  const bytes = deflateRawSync(new Uint8Array(length), { finishFlush: constants.Z_SYNC_FLUSH });
  return new Uint8Array(bytes.subarray(0, bytes.length - 4));
}

/** So many MiB of zeros as the payload of a compressed message, made without having them. */
export function bombOf(mebibytes: number): Uint8Array {
  const block = deflateRawSync(new Uint8Array(1 << 20), { finishFlush: constants.Z_SYNC_FLUSH });
  const bytes = Buffer.concat(Array.from({ length: mebibytes }, () => block));
  return new Uint8Array(bytes.subarray(0, bytes.length - 4));
}
