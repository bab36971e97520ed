import type { RunningServer } from '../../harness/servers.js';
import type { DeflateSettings } from '../cells.js';

/** What every file of this folder exports: an echo server that compresses. */
export interface Contender {
  start(settings: DeflateSettings): Promise<RunningServer>;
}

/** Who is measured, by name; loaded in their own processes only. */
export const contenders = {
  ws: (): Promise<Contender> => import('./ws.js'),
  webson: (): Promise<Contender> => import('./webson.js'),
} as const;

/** One of the {@link contenders}. */
export type ContenderName = keyof typeof contenders;

/** Their names, in the order of a first round. */
export const names = Object.keys(contenders) as ContenderName[];
