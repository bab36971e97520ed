// The public exports of this package where there are sockets.
export { type Channel, type ChannelHandler, onChannel, openChannel } from './node/channel.js';
export * from './portable.js';
