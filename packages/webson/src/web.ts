// What `webson` is in a page, a worker, or wherever else only the WebSocket of a platform exists.
export * from '@webson/connection';
export * from '@webson/pool';
