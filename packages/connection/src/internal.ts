// All exports of this package. Those that are not in `index.ts` are for sibling packages only, and may change with any version.
export type { Adapter, MessagePiece, MessageSource } from './adapter.js';
export { checkDataType, toPayload } from './application/payload.js';
export { toError } from './application/thrown.js';
export { Connection, parseCloseCode, pooled } from './connection.js';
export type { ConnectionParts, Opened } from './connection-parts.js';
export type { ErrorAction, EventHandler, MessageAction, ReadyAction, StatusAction } from './handlers.js';
export { closeInStages, type DrainOptions, type DrainPlan, resolveDrainOptions } from './lifecycle/drain.js';
export { type Ending, Offer, type PooledConnection, type PoolMembership } from './lifecycle/pooled-connection.js';
export { createTransportPair } from './memory-transport.js';
export { Message } from './message.js';
export { type DialOptions, dial } from './node/client/dial.js';
export { type Extensions, extensionsOf } from './node/extensions.js';
export { type ServeOptions, serve } from './node/server/serve.js';
export type { ConnectionHandler, ErrorSubject, Server, ServerErrorAction } from './node/server/server.js';
export { takeOver } from './node/server/take-over.js';
export { nodePlatform, nodePlatform as platform } from './node/socket/platform.js';
export { SocketTransport } from './node/socket/transport.js';
export { checkOptions } from './options/checked-options.js';
export {
  type DefaultedKind,
  delay,
  eitherOf,
  FUNCTION,
  INFINITE,
  integer,
  type OptionKind,
  type OptionKinds,
  oneOf,
  STRING,
} from './options/option-kinds.js';
export { type ConnectionOptions, resolveOptions, type Settings } from './options/options.js';
export type { CloseInfo, Unsent } from './protocol/close-info.js';
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
export type { Transport, TransportSink } from './transport.js';
