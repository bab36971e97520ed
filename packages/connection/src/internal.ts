// All exports of this package where there are sockets. Those that are not in `index.ts` are for sibling packages only, and may
// change with any version.
export { createTransportPair } from './memory-transport.js';
export { checkDialOptions, DIAL_KINDS, type DialOptions, dial } from './node/client/dial.js';
export { hinted } from './node/client/hinted.js';
export { type DuplexOptions, duplexOver, toDuplex } from './node/duplex.js';
export { type Extensions, extensionsOf } from './node/extensions.js';
export { nodePlatform, nodePlatform as platform } from './node/platform.js';
export { type AttachOptions, attach } from './node/server/attach.js';
export { Refusal, type RefusalHeaders, type RefuseOptions, refuse } from './node/server/authorization.js';
export type { PathOption } from './node/server/path.js';
export { type ServeOptions, serve } from './node/server/serve.js';
export type { ConnectionHandler, ErrorContext, Server, ServerErrorAction } from './node/server/server.js';
export { takeOver } from './node/server/take-over.js';
export type { TakeOverOptions } from './node/server/take-over-options.js';
export type { UpgradeRequest } from './node/server/upgrade-request.js';
export { SocketTransport } from './node/socket/transport.js';
export { resolveOptions } from './options/connection-kinds.js';
export * from './portable.js';
