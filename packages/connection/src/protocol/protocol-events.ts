import type { MessageBody, Reading } from './contract/message-body.js';

/** The events of a {@link Protocol}. No method may throw. */
export interface ProtocolEvents {
  /** A message is complete. `isAscii` is true when the payload is known to be ASCII only. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A message has begun: see `ReceiverEvents.onMessageStart`. The body returned takes the payload as it arrives. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /** The first reader has begun to wait for more of its message, or the last one waits no longer. */
  onStarving(): void;
  /** A control frame other than Close has arrived. */
  onControl(type: number, payload: Uint8Array): void;
  /** The peer has answered a ping of the protocol's own. */
  onSignOfLife(): void;
  /** The peer has not answered a ping of the protocol's own in time. */
  onSilence(): void;
  /** False when the answer to the peer's Close has to wait for `answerClose`, because something is to be sent before it. */
  readonly mayAnswerClose: boolean;
  /** The peer's Close has arrived: nothing more will be read. Our Close is queued or sent if `mayAnswerClose` was true. */
  onPeerClose(payload: Uint8Array): void;
  /** The connection has failed: our Close is queued, and nothing more will be read. */
  onFailure(): void;
  /** There may be something to write. */
  onOutput(): void;
  /** `isFull` of the inbound flow has changed. */
  onUnread(): void;
}
