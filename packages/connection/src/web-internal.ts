// All exports of this package where only the WebSocket of a platform exists: in pages, workers, and the like.
export * from './portable.js';
export { checkDialOptions, DIAL_KINDS, type DialOptions, dial } from './web/client/dial.js';
export { hinted } from './web/client/hinted.js';
export { webPlatform as platform } from './web/socket/platform.js';
