// What this package exports on every machine: see `internal.ts` and `web-internal.ts`.
export type { Adapter, MessagePiece, MessageSource } from './adapter.js';
export { abortReason, throwIfAborted, whenAborted } from './application/abort.js';
export { checkDataType, toPayload } from './application/payload.js';
export { isA, toError } from './application/thrown.js';
export { showUnheard, summaryOf } from './application/unheard.js';
export { warnOnce } from './application/warnings.js';
export { type WebStreams, webStreams } from './application/web-streams.js';
export type { ByteEnds, EndOfBytes } from './bytes/byte-channel.js';
export { checkAction } from './checked-handlers.js';
export { Connection, carrierOf, parseCloseCode, pooled } from './connection.js';
export type { ConnectionParts, Opened } from './connection-parts.js';
export type {
  ErrorAction,
  EventHandler,
  MessageAction,
  MessageActionOptions,
  ReadyAction,
  StatusAction,
} from './handlers.js';
export { closeInStages, type DrainOptions, type DrainPlan, resolveDrainOptions } from './lifecycle/drain.js';
export { errorOf } from './lifecycle/message-loop.js';
export type { MessageWriter } from './lifecycle/message-writer.js';
export { type Ending, Offer, type PooledConnection, type PoolMembership } from './lifecycle/pooled-connection.js';
export type { StreamCarrier, TakenMessage } from './lifecycle/stream-carrier.js';
export { Message } from './message.js';
export { type CheckedOptions, checkOptions } from './options/checked-options.js';
export {
  type DefaultedKind,
  delay,
  eitherOf,
  FUNCTION,
  INFINITE,
  integer,
  isRecord,
  type OptionKind,
  type OptionKinds,
  oneOf,
  RECORD,
  SIGNAL,
  STRING,
  wrongOption,
} from './options/option-kinds.js';
export type { ConnectionOptions, Settings } from './options/options.js';
export type { CloseInfo, Unsent } from './protocol/close-info.js';
export type { WebsonErrorCode } from './protocol/contract/error-code.js';
export {
  ClosedError,
  ConfigError,
  HandshakeError,
  MessageCancelledError,
  MessageIncompleteError,
  MessageTooLargeError,
  NotReadyError,
  ProtocolError,
  WebsonError,
} from './protocol/contract/errors.js';
export type { MessageCodec } from './protocol/contract/message-codec.js';
export type { Platform } from './protocol/contract/platform.js';
export type { UnsentMessage } from './protocol/outbound/journal.js';
export { SharedEncoder, type SharedMessage, SharedRun } from './protocol/outbound/shared-message.js';
export { MessageType, Status } from './status.js';
export { after, now, type Timer, useClock } from './time/clock.js';
export type { Clock } from './time/run-time.js';
export { type ByteStreams, type StreamsOptions, streamsOver, toStreams } from './to-streams.js';
export type { Transport, TransportSink } from './transport.js';
