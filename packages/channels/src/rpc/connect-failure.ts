import { ChannelCode, ChannelError } from '../channel-error.js';

/** The codes of Connect that this package fails calls with. */
const Code = {
  InvalidArgument: [3, 'invalid_argument'],
  ResourceExhausted: [8, 'resource_exhausted'],
  FailedPrecondition: [9, 'failed_precondition'],
  Unimplemented: [12, 'unimplemented'],
  Internal: [13, 'internal'],
  Unavailable: [14, 'unavailable'],
} as const;

type Coded = (typeof Code)[keyof typeof Code];

/** An error that is a `ConnectError` for Connect, which knows its errors by what they have. */
class ConnectFailure extends Error {
  override readonly name = 'ConnectError';
  readonly code: number;
  readonly metadata: Headers = new Headers();
  readonly details: never[] = [];
  readonly rawMessage: string;
  override readonly cause: unknown;

  constructor([code, name]: Coded, cause: Error) {
    super(`[${name}] ${cause.message}`);
    this.code = code;
    this.rawMessage = cause.message;
    this.cause = cause;
  }

  findDetails(): never[] {
    return [];
  }
}

/** What a call fails with whose channel has failed. What is not of channels and connections is left as it is. */
export function connectFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeOf(error);
  return code === undefined ? error : new ConnectFailure(code, error);
}

function codeOf(error: Error): Coded | undefined {
  if (error instanceof ChannelError) return codeOfChannel(error);
  if (error.name === 'RpcError') return Code.Internal;
  if (error.name === 'ClosedError' || error.name === 'NotReadyError') return Code.Unavailable;
  return error instanceof RangeError ? Code.InvalidArgument : undefined;
}

function codeOfChannel({ code, channelCode }: ChannelError): Coded {
  if (code === 'NO_STREAMS') return Code.FailedPrecondition;
  if (code === 'CHANNEL_TIMEOUT') return Code.Unavailable;
  if (code !== 'CHANNEL_REFUSED') return Code.Internal;
  if (channelCode === ChannelCode.NoListener) return Code.Unimplemented;
  return channelCode === ChannelCode.TooMany ? Code.ResourceExhausted : Code.Internal;
}
