// What this package exports on every machine.
export type { ChannelControls } from './channel/opening.js';
export { ChannelCode, ChannelError, type ChannelErrorCode } from './channel-error.js';
export type { OnChannelOptions, OpenChannelOptions } from './options.js';
