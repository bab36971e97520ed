/** Why a channel has failed. */
export type ChannelErrorCode =
  /** The peer has refused to open it. */
  | 'CHANNEL_REFUSED'
  /** The peer has given it up. */
  | 'CHANNEL_RESET'
  /** This side has given it up. */
  | 'CHANNEL_ABORTED'
  /** Both sides have ended it; there is nothing to write to. */
  | 'CHANNEL_ENDED'
  /** The peer has not answered in time, or nobody has accepted it here, or nothing has passed for `idleTimeout`. */
  | 'CHANNEL_TIMEOUT'
  /** The peer breaks the rules of docs/CHANNELS.md: the connection is failed with 1002. */
  | 'CHANNEL_PROTOCOL'
  /** The connection has no streams: `enableStreams` is off on one of its sides. */
  | 'NO_STREAMS';

/** The codes that channels are refused and reset with. Those from 1000 on are the application's own. */
export const ChannelCode = {
  /** No reason is given. */
  None: 0,
  /** The peer takes no channels. */
  NoListener: 1,
  /** The peer does not want this one. */
  Refused: 2,
  /** The peer has as many as it takes. */
  TooMany: 3,
  /** Something took too long. */
  TimedOut: 4,
  /** A handler, or what stands behind the channel, has failed. */
  Failed: 5,
} as const;

/** What a channel fails with when it is not the connection that has ended. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: ChannelErrorCode;
  /** What the peer, or this side, has refused or reset it with: see {@link ChannelCode}. */
  readonly channelCode: number;
  /** What was said beside the code; '' for nothing. */
  readonly reason: string;

  constructor(code: ChannelErrorCode, message: string, channelCode: number = ChannelCode.None, reason = '') {
    super(message);
    this.code = code;
    this.channelCode = channelCode;
    this.reason = reason;
  }
}
