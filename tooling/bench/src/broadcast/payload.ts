/** Bytes of a message. */
export const PAYLOAD_LENGTH = 100;

/** What every server sends: the load knows it, too. */
export function createPayload(): Uint8Array {
  return Uint8Array.from({ length: PAYLOAD_LENGTH }, (_, i) => (i * 151 + 7) & 0xff);
}
