import type { StartServer } from './server.js';

/** What the load has to speak: WebSocket, or plain bytes that come back as they are. */
export type Speech = 'websocket' | 'bytes';

/** A server that can be measured. */
export interface ServerKind {
  readonly name: string;
  readonly speaks: Speech;
  /** Loaded in the server's process only. */
  readonly load: () => Promise<{ readonly start: StartServer }>;
}

/** The servers, the one the others are compared to first. */
export const serverKinds: readonly ServerKind[] = [
  { name: 'ws', speaks: 'websocket', load: () => import('./ws.js') },
  { name: 'ws-corked', speaks: 'websocket', load: () => import('./ws-corked.js') },
  { name: 'webson', speaks: 'websocket', load: () => import('./webson.js') },
  { name: 'net', speaks: 'bytes', load: () => import('./net.js') },
];
