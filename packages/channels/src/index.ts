// The public exports of this package where there are sockets.
export { type Channel, type ChannelHandler, onChannel, openChannel } from './node/channel.js';
export { type ExposeOptions, expose, type ServiceTarget } from './node/expose.js';
export { type Forwarding, type ForwardOptions, forward } from './node/forward.js';
export * from './portable.js';
