import type { FrameErrorCode } from '@webson/frame';
import type { HandshakeFailureCode } from '@webson/handshake';

/** What a caller did: of `WebsonError` and its classes for wrong calls and options. */
type UsageCode =
  | 'ALREADY_MEMBER'
  | 'ALREADY_READ'
  | 'ALREADY_STARTED'
  | 'CLOSED'
  | 'CONFIG'
  | 'LOAD_FAILED'
  | 'MESSAGE_CANCELLED'
  | 'MESSAGE_INCOMPLETE'
  | 'NAME_TAKEN'
  | 'NOT_READY'
  | 'NO_INNER_PROTOCOL'
  | 'NO_WEB_STREAMS'
  | 'POOL_CLOSED'
  | 'POOL_FULL';

/** Why a connection could not be opened: of `HandshakeError`, beside what the other side did wrong in its handshake. */
type OpeningCode =
  | HandshakeFailureCode
  | 'ABORTED'
  | 'ALREADY_TAKEN'
  | 'BAD_REQUEST'
  | 'CONNECT_FAILED'
  | 'DISCONNECTED'
  | 'FAILED'
  | 'HOST_REFUSED'
  | 'NOT_FOUND'
  | 'NO_PROTOCOL'
  | 'NO_TEXT_ENCODING'
  | 'NO_WEBSOCKET'
  | 'ORIGIN_REFUSED'
  | 'REFUSED'
  | 'TARGET_FAILED'
  | 'TIMEOUT'
  | 'TLS_MISMATCH'
  | 'TOO_MANY_REQUESTS'
  | 'UNVERIFIED';

/** Which rule or bound the peer broke: of `ProtocolError`, beside those of framing. */
type ViolationCode =
  | FrameErrorCode
  | 'BAD_PARAMETERS'
  | 'CANCEL_PAYLOAD'
  | 'FLOW_MALFORMED'
  | 'GO_PEER_SILENT'
  | 'INFLATE_CORRUPT'
  | 'INFLATE_FAILED'
  | 'INFLATE_LIMIT'
  | 'INNER_PROTOCOL'
  | 'MESSAGE_OPEN'
  | 'MESSAGE_TOO_LARGE'
  | 'NO_MESSAGE'
  | 'STREAM_IDLE'
  | 'TOO_MANY_CANCELS'
  | 'TOO_MANY_FRAGMENTS'
  | 'TOO_MANY_INFLATED'
  | 'TOO_MANY_STREAMS'
  | 'WINDOW_EXCEEDED';

/** How a connection ended, where nobody broke a rule. */
type EndingCode =
  | 'CARRIER_CLOSED'
  | 'GO_PEER_LEFT'
  | 'PEER_FAILED'
  | 'PEER_LEFT'
  | 'PONG_TIMEOUT'
  | 'STALLED'
  | 'TERMINATED';

/** The codes of all errors of this kit. They are stable; what each means, and what to do about it, is in docs/ERRORS.md. */
export type WebsonErrorCode = UsageCode | OpeningCode | ViolationCode | EndingCode;
