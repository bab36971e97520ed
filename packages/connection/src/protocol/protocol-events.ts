import type { MessageBody, Reading } from './contract/message-body.js';

/** What happens on a connection. None of these may throw. */
export interface ProtocolEvents {
  /** A message is complete. `isAscii`: known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A message has begun; with `triggerOnStart` alone. What it returns takes the payload as it arrives. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /** The first of the readers waits for more of its message, or the last of them waits no longer. */
  onStarving(): void;
  /** A control frame has come, Close not included. */
  onControl(type: number, payload: Uint8Array): void;
  /** The peer has answered a ping that nobody but the protocol knows of. */
  onSignOfLife(): void;
  /** It has not answered one in time. */
  onSilence(): void;
  /** False when the answer to the peer's Close has to wait until `answerClose` is called: something is to be sent before it. */
  readonly mayAnswerClose: boolean;
  /** The peer's Close has come, and ours is queued or sent, if it may be: nothing more will be read. */
  onPeerClose(payload: Uint8Array): void;
  /** The connection has failed: our Close is queued, nothing more will be read. */
  onFailure(): void;
  /** There may be something to write. */
  onOutput(): void;
  /** `isUnreadFull` has changed. */
  onUnread(): void;
}
