/** Why a lane of messages has ended, or does not take one. */
export type RpcErrorCode =
  /** This side, or the peer, has ended it. */
  | 'RPC_ENDED'
  /** A message is longer than `maxMessageSize`. */
  | 'RPC_MESSAGE_TOO_LARGE'
  /** The peer reads more slowly than this side sends: more than `maxQueueSize` waits. */
  | 'RPC_QUEUE_FULL'
  /** The peer has sent what is no message. */
  | 'RPC_MALFORMED';

/** What calls fail with when it is neither the connection that has ended, nor the peer that has given up the channel. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcErrorCode;

  constructor(code: RpcErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
