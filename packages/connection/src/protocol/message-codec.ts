/** Compression of whole messages, as far as the protocol needs to know it (RFC 7692). */
export interface MessageCodec {
  /** Codecs with the same key deflate a message to the same bytes. Undefined: it depends on the messages before. */
  readonly sharedKey?: string | undefined;
  /** The payload to send with RSV1, or nothing when the message is better sent as it is. */
  deflate(payload: Uint8Array): Uint8Array | undefined;
  /**
   * The message that a compressed payload stands for.
   *
   * @throws ProtocolError 1007 when the data is corrupt, 1009 when there would be more than `limit` bytes of it.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array;
  /** Releases what it holds. */
  close(): void;
}
