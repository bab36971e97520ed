/** Compression of messages, as far as the protocol needs to know it (RFC 7692). */
export interface MessageCodec {
  /** Codecs with the same key deflate a message to the same bytes. Undefined: it depends on the messages before. */
  readonly sharedKey?: string | undefined;
  /** True when messages of the peer may refer to those before them: they have to be inflated one after the other. */
  readonly inflatesInOrder: boolean;
  /** True for a message that is so large that `deflateLater` is better than `deflate`. */
  isLarge(payload: Uint8Array): boolean;
  /**
   * The payload to send with RSV1, or nothing when the message is better sent as it is. Messages are deflated in the
   * order they are sent in, but those on streams.
   */
  deflate(payload: Uint8Array): Uint8Array | undefined;
  /** As `deflate`, but tells the result in a later turn, unless it is closed before. */
  deflateLater(payload: Uint8Array, done: (deflated: Uint8Array | undefined) => void): void;
  /** For a message that is sent piece by piece; nothing when it is better sent as it is, by the look of the first. */
  startDeflating(first: Uint8Array): { deflation: Deflation; deflated: Uint8Array } | undefined;
  /**
   * The message that a compressed payload stands for.
   *
   * @throws ProtocolError 1007 when the data is corrupt, 1009 when there would be more than `limit` bytes of it.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array;
  /** For a message that is read as it arrives. @throws ProtocolError 1011 when there is no memory for it. */
  startInflating(limit: number): Inflation;
  /** Releases what it holds, but for messages that are being read. */
  close(): void;
}

/** A message that is deflated piece by piece: the results joined are its payload. */
export interface Deflation {
  push(piece: Uint8Array): Uint8Array;
  /** What ends it. */
  finish(): Uint8Array;
  /** Gives it up. */
  cancel(): void;
}

/** A message that is inflated piece by piece. */
export interface Inflation {
  /** All of it has been put out. */
  readonly isDone: boolean;
  /** Adds a part of the payload: one at a time, which must not change until `pull` gives nothing. @throws as `pull`. */
  push(part: Uint8Array): void;
  /** No more parts will come. */
  end(): void;
  /**
   * The next bytes, at most `most`; nothing when another part is needed, or all is done.
   *
   * @throws ProtocolError as {@link MessageCodec.inflate}.
   */
  pull(most: number): Uint8Array | undefined;
  /** Gives it up. */
  cancel(): void;
}
