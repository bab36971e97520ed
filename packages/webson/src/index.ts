export * from '@webson/compress';
export * from '@webson/connection';
export * from '@webson/frame';
export * from '@webson/handshake';
export * from '@webson/pool';
