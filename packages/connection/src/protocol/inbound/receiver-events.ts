import type { MessageBody, Reading } from '../contract/message-body.js';

/** The events of a `Receiver`. */
export interface ReceiverEvents {
  /** A message is complete. `isAscii` is true when the payload is known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /**
   * A message has begun. Called for the types of `setStreamed`, and for a compressed message of any type that has to wait
   * for the inflation of others. Returns the object that takes the payload as it arrives.
   */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /**
   * `isStarving` of the receiver has changed: the first reader began to wait for more, or the last one stopped waiting.
   */
  onStarving(): void;
  /** An error was found in a message while it was being read: the connection has to be failed with it. */
  onFault(error: unknown): void;
  /** A control frame has arrived. */
  onControl(opcode: number, payload: Uint8Array): void;
}
