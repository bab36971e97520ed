import type { RunningServer } from '../../harness/servers.js';

/** What every file of this folder exports: a server whose clients say nothing. */
export interface Contender {
  start(): Promise<RunningServer>;
}

/** Who is measured, by name; loaded in their own processes only. */
export const contenders = {
  ws: (): Promise<Contender> => import('./ws.js'),
  webson: (): Promise<Contender> => import('./webson.js'),
} as const;

/** One of the {@link contenders}. */
export type ContenderName = keyof typeof contenders;
