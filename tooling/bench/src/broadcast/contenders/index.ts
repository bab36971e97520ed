import type { RunningServer } from '../../harness/servers.js';

/**
 * What every file of this folder exports: a server with subscribers, that answers a message of one byte, n, by sending
 * `payload` n times to all.
 */
export interface Contender {
  start(payload: Uint8Array): Promise<RunningServer>;
}

/** Who is measured, by name; loaded in their own processes only. */
export const contenders = {
  ws: (): Promise<Contender> => import('./ws.js'),
  webson: (): Promise<Contender> => import('./webson.js'),
} as const;

/** One of the {@link contenders}. */
export type ContenderName = keyof typeof contenders;
