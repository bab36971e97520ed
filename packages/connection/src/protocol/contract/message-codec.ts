import type { Utf8Validator } from '@webson/frame';
import type { MessageBody } from './message-body.js';

/** A queue of bytes that arrived in pieces. */
export interface Pieces {
  /** Bytes in the queue. */
  readonly length: number;
  /** Adds a slice. @param isLent true when the memory of the slice is valid only for the time of the call. */
  push(slice: Uint8Array, isLent?: boolean): void;
  /** Removes the next piece and returns it; undefined when the queue is empty. */
  shift(): Uint8Array | undefined;
  clear(): void;
}

/** The compression of messages, as the protocol uses it (RFC 7692). */
export interface MessageCodec {
  /**
   * Codecs with the same key deflate a message to the same bytes. Undefined when the result depends on earlier
   * messages.
   */
  readonly sharedKey?: string | undefined;
  /** True when a message is so large that `deflateLater` is better than `deflate`. */
  isLarge(payload: Uint8Array): boolean;
  /**
   * Returns the payload to send with the RSV1 bit, or undefined when the message is better sent uncompressed. Messages
   * must be deflated in the order in which they are sent, except on streams.
   */
  deflate(payload: Uint8Array): Uint8Array | undefined;
  /** Does the same as `deflate`, but calls `done` in a later turn, unless the codec is closed before. */
  deflateLater(payload: Uint8Array, done: (deflated: Uint8Array | undefined) => void): void;
  /**
   * Begins a message that is sent piece by piece. Returns undefined when its first piece suggests to send it
   * uncompressed.
   */
  startDeflating(first: Uint8Array): { deflation: Deflation; deflated: Uint8Array } | undefined;
  /**
   * The cost of compression so far, for all messages of the connection, as a number of inflated bytes; one takes about
   * 4 ns at most. Other costs are converted to bytes, such as deflating whole messages in this thread. The difference
   * of two values is the cost of the work between them.
   */
  readonly work: number;
  /**
   * Inflates a whole message: at once if that takes a few milliseconds at most, else step by step. In the second case
   * the payload must not change, and no other message may be inflated, before the last step.
   *
   * @throws ProtocolError 1007 when the data is corrupt, 1009 when there would be more than `limit` bytes of it.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array | SlicedInflation;
  /**
   * Inflates a message as it arrives. It must be called in the order in which the messages begin.
   *
   * @param queue an empty queue, for payload that cannot be inflated yet.
   * @param utf8 checks the text of a text message; undefined for other messages.
   */
  inflateArriving(
    queue: Pieces,
    limit: number,
    utf8: Utf8Validator | undefined,
    events: InflatingEvents,
  ): ArrivingMessage;
  /**
   * True while no whole message can be inflated: with context takeover it may refer to a message that is read as it arrives and
   * is not inflated to its end. Then `inflateArriving` has to be called for it, which waits.
   */
  readonly mustWait?: boolean;
  /** Frees the memory of the codec. Messages that have arrived completely can still be read to their end. */
  close(): void;
}

/**
 * A message that is inflated in steps, because inflating it at once would hold up the event loop. One step costs about
 * half a MiB of `work`; the caller decides how many steps it takes in one turn of the event loop.
 */
export interface SlicedInflation {
  /**
   * Takes one step. The last step returns the message, the others undefined.
   *
   * @throws ProtocolError as {@link MessageCodec.inflate}.
   */
  step(): Uint8Array | undefined;
  /** Gives the message up. With context takeover no message can follow. */
  cancel(): void;
}

/** A message that is deflated piece by piece. Its payload is all results joined. */
export interface Deflation {
  push(piece: Uint8Array): Uint8Array;
  /** Returns the end of the payload. */
  finish(): Uint8Array;
  /** Gives the message up. */
  cancel(): void;
}

/** The events of an {@link ArrivingMessage}. */
export interface InflatingEvents {
  /** Compressed bytes are inflated or dropped, and held no more. */
  onUsed(bytes: number): void;
  /** Nobody wants the rest of the message. */
  onStop(): void;
  /** The reader begins to wait for payload that has not arrived yet, or stops waiting. Calls alternate. */
  onStarve(isStarving: boolean): void;
  /** The message has failed, for example because it is corrupt. */
  onFault(error: unknown): void;
}

/** A compressed message that takes payload as it arrives, and gives the inflated content to a reader. */
export interface ArrivingMessage extends MessageBody {
  /** The reader. Without one, and after `stop`, the content is dropped as it is inflated. */
  reader: MessageBody | undefined;
  /** True with context takeover: later messages may refer to this one, so they have to wait for it. */
  readonly isFirst: boolean;
  /** The reader has read bytes. */
  consumed(bytes: number): void;
  /** The reader has read everything it got, and waits for more. */
  wanted(): void;
  /** The reader has read everything it got and begins to wait for more, or stops waiting. Calls alternate. */
  starve(isStarving: boolean): void;
  /** The reader wants no more of the message. */
  stop(): void;
}
