import type { Utf8Validator } from '@webson/frame';
import type { MessageBody } from './message-body.js';

/** Bytes that have come in pieces and wait, in their order. */
export interface Pieces {
  /** Bytes that wait. */
  readonly length: number;
  /** `isLent`: the slice is of use only for the time of the call. */
  push(slice: Uint8Array, isLent?: boolean): void;
  /** The next of them, undefined when none waits. */
  shift(): Uint8Array | undefined;
  clear(): void;
}

/** Compression of messages, as far as the protocol needs to know it (RFC 7692). */
export interface MessageCodec {
  /** Codecs with the same key deflate a message to the same bytes. Undefined: it depends on the messages before. */
  readonly sharedKey?: string | undefined;
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
   * What compression has cost so far, for all messages of the connection: bytes inflated, and what else takes time as so
   * many bytes more, the deflating of whole messages in this thread included. About 4 ns each at most. What it grows by
   * from one call to another was done in between.
   */
  readonly work: number;
  /**
   * The message that a compressed payload stands for: at once if that takes a few milliseconds at most, else step by step.
   * Then the payload must not change, and no other message may be inflated, before the last step.
   *
   * @throws ProtocolError 1007 when the data is corrupt, 1009 when there would be more than `limit` bytes of it.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array | SlicedInflation;
  /**
   * For a message that is read as it arrives. In the order in which the messages begin.
   *
   * @param queue for what has come and cannot be inflated yet: empty.
   * @param utf8 checks text; absent for other messages.
   */
  inflateArriving(
    queue: Pieces,
    limit: number,
    utf8: Utf8Validator | undefined,
    events: InflatingEvents,
  ): ArrivingMessage;
  /** Releases what it holds, but for messages that have come and are to be read: they can be, to their end. */
  close(): void;
}

/**
 * A message that takes longer to inflate than the others on the loop should wait. A step costs about half a MiB of `work`: the
 * caller makes as many of them in one turn of the event loop as it likes.
 */
export interface SlicedInflation {
  /** Goes on. The message, when this was the last step. @throws ProtocolError as {@link MessageCodec.inflate}. */
  step(): Uint8Array | undefined;
  /** Gives it up; nothing follows it with context takeover. */
  cancel(): void;
}

/** A message that is deflated piece by piece: the results joined are its payload. */
export interface Deflation {
  push(piece: Uint8Array): Uint8Array;
  /** What ends it. */
  finish(): Uint8Array;
  /** Gives it up. */
  cancel(): void;
}

/** What becomes of an {@link ArrivingMessage}. */
export interface InflatingEvents {
  /** Compressed bytes are used up. */
  onUsed(bytes: number): void;
  /** Nobody wants the rest. */
  onStop(): void;
  /** The reader waits for what has not come yet, or waits no longer. In turns. */
  onStarve(isStarving: boolean): void;
  /** The message is at fault. */
  onFault(error: unknown): void;
}

/** A compressed message on its way to who reads it: takes it as it arrives, and gives it on inflated. */
export interface ArrivingMessage extends MessageBody {
  /** Who reads it. Without one, and after `stop`, the message is dropped as it is inflated. */
  reader: MessageBody | undefined;
  /** Those that came after it have to wait for it: they may refer to it. */
  readonly isFirst: boolean;
  /** The reader has taken bytes. */
  consumed(bytes: number): void;
  /** The reader has taken all there is, and waits for more. */
  wanted(): void;
  /** All that was given to it is read, and the reader waits; or waits no longer. In turns. */
  starve(isStarving: boolean): void;
  /** The reader wants no more. */
  stop(): void;
}
