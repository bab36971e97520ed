import type { Contender } from '../session.js';

/** Who is measured, by name; loaded in their own processes only. */
export const contenders = {
  webson: (): Promise<Contender> => import('./webson.js'),
  ws: (): Promise<Contender> => import('./ws.js'),
  http2: (): Promise<Contender> => import('./http2.js'),
} as const;

/** One of the {@link contenders}. */
export type ContenderName = keyof typeof contenders;
