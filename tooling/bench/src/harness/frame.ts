/** One final frame, of binary unless told otherwise; masked if a key is given (RFC 6455 §5.2). Made here, by none of the libraries under measurement. */
export function encode(payload: Uint8Array, key?: Uint8Array, opcode = 2): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = 0x80 | opcode;
  head[1] = (key === undefined ? 0 : 0x80) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (key === undefined) return Buffer.concat([head, payload]);
  const masked = payload.map((byte, i) => byte ^ (key[i & 3] ?? 0));
  return Buffer.concat([head, key, masked]);
}
