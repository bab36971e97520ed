import { MessageTooLargeError } from '../contract/errors.js';
import type { MessageInProgress } from './message-table.js';
import type { ReceiverOptions } from './receiver-options.js';
import { policyViolation } from './violation.js';

/**
 * Most messages that the peer may cancel between two ticks of the clock, in addition to `maxStreams`: a peer that
 * leaves cancels all its open messages at once.
 */
const CANCELS_PER_TICK = 1000;
/** A message that is read as it arrives may have one frame more than `maxFragments` for each so many bytes. */
const BYTES_PER_FRAGMENT = 1024;

/**
 * The limits on the messages of one connection that come in several frames, and on cancelled messages.
 *
 * - Payload counts when a frame header announces it, before memory is allocated for it (RFC 6455 §10.4).
 * - `maxMessageSize` bounds each message, and the sum of all messages that are being assembled. A message that is read
 *   as it arrives has no bound on its size; if it is compressed, its payload has.
 */
export class MessageLimits {
  readonly #options: ReceiverOptions;
  // Bytes announced for all messages that are being assembled.
  #assembling = 0;
  #cancels = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /**
   * Counts the payload that a frame header announces for a message; `fragments` of the message includes the frame.
   *
   * @throws ProtocolError 1008 for too many frames, 1009 for too many bytes.
   */
  announce(message: MessageInProgress, bytes: number): void {
    message.announced += bytes;
    const { maxFragments, maxMessageSize } = this.#options;
    if (message.payload !== undefined) {
      this.#assembling += bytes;
      // RFC 6455 §7.4.1: 1009 is the code for messages that are too big; 1008 is for cases without a code of their own.
      checkSize(Math.max(message.announced, this.#assembling), message.isCompressed, maxMessageSize);
    } else if (message.isCompressed) {
      checkSize(message.announced, true, maxMessageSize);
    }
    const additional = message.payload === undefined ? message.announced / BYTES_PER_FRAGMENT : 0;
    if (message.fragments > maxFragments + additional) {
      throw policyViolation('TOO_MANY_FRAGMENTS', `a message of more than maxFragments, ${maxFragments} frames`);
    }
  }

  /** Takes the bytes of a message that has ended off the sum. */
  release(message: MessageInProgress): void {
    if (message.payload !== undefined) this.#assembling -= message.announced;
  }

  /** Counts a message that the peer has cancelled. @throws ProtocolError 1008 for too many since the last `tick`. */
  cancel(): void {
    if (++this.#cancels > CANCELS_PER_TICK + this.#options.maxStreams) {
      throw policyViolation('TOO_MANY_CANCELS', 'too many cancelled streams');
    }
  }

  /** Begins to count cancelled messages anew; called at each tick of the clock. */
  tick(): void {
    this.#cancels = 0;
  }
}

/**
 * Checks the size of a message against `maxMessageSize`. It is a function of its own so that a message in one frame
 * costs nothing more.
 *
 * @throws MessageTooLargeError 1009 when the message is too large.
 */
export function checkSize(announced: number, isCompressed: boolean, limit: number): void {
  // Data that does not compress grows a little, so a compressed payload may be larger than its message.
  if (announced > (isCompressed ? limit + Math.ceil(limit / 256) + 64 : limit)) {
    throw new MessageTooLargeError(`a message of ${announced} bytes, maxMessageSize is ${limit}`);
  }
}
