// What this package exports on every machine.
export type { ChannelControls } from './channel/opening.js';
export { ChannelCode, ChannelError, type ChannelErrorCode } from './channel-error.js';
export type { OnChannelOptions, OpenChannelOptions } from './options.js';
export { type BirpcChannel, type BirpcOptions, birpcChannel } from './rpc/birpc.js';
export { type CapnwebTransport, capnwebTransport } from './rpc/capnweb.js';
export {
  type ConnectRequest,
  type ConnectResponse,
  type ConnectTransportOptions,
  connectTransport,
} from './rpc/connect-client.js';
export {
  type ConnectHandler,
  type ConnectServerRequest,
  type ConnectServerResponse,
  connectHandlers,
} from './rpc/connect-server.js';
export type { ConnectHandlersOptions, ConnectOptions, LaneOptions } from './rpc/options.js';
export { RpcError, type RpcErrorCode } from './rpc/rpc-error.js';
