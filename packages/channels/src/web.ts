// The public exports of this package where only the WebSocket of a platform exists.
export * from './portable.js';
export { type Channel, type ChannelHandler, onChannel, openChannel } from './web/channel.js';
