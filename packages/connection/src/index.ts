export type { Adapter, MessageSource } from './adapter.js';
export { after, now, type Timer } from './clock.js';
export { Connection, type ConnectionParts, type Opened, parseCloseCode, poolAccess } from './connection.js';
export { closeInStages, type DrainOptions, type DrainPlan, resolveDrainOptions } from './drain.js';
export type { ErrorAction, EventHandler, MessageAction, ReadyAction, StatusAction } from './handlers.js';
export { integerOption, LARGEST_DELAY } from './integer-option.js';
export { createTransportPair } from './memory-transport.js';
export { Message } from './message.js';
export { type DialOptions, dial } from './node/dial.js';
export { type Extensions, extensionsOf } from './node/extensions.js';
export { nodePlatform } from './node/platform.js';
export { type ServeOptions, type Server, serve } from './node/serve.js';
export { SocketTransport } from './node/socket-transport.js';
export { takeOver } from './node/take-over.js';
export { ANYTHING, checkOptions, FUNCTION, listOf, type OptionKinds, STRING } from './option-kinds.js';
export { type ConnectionOptions, resolveOptions, type Settings } from './options.js';
export { toPayload } from './payload.js';
export { type Ending, Offer, type PoolAccess } from './pool-access.js';
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
} from './protocol/errors.js';
export type { UnsentMessage } from './protocol/journal.js';
export type { MessageCodec } from './protocol/message-codec.js';
export type { Platform } from './protocol/platform.js';
export type { CloseInfo, Unsent } from './protocol/protocol.js';
export { SharedEncoder, SharedMessage, SharedRun } from './protocol/shared-message.js';
export { MessageType, Status } from './status.js';
export { toError } from './thrown.js';
export type { Transport, TransportSink } from './transport.js';
