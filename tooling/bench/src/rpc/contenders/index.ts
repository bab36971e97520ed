import type { Contender } from '../session.js';

/** Who is measured, by name, each library over `ws` before it over webson; loaded in their own processes only. */
export const contenders = {
  'birpc-ws': (): Promise<Contender> => import('./birpc-ws.js'),
  'birpc-webson': (): Promise<Contender> => import('./birpc-webson.js'),
  'capnweb-ws': (): Promise<Contender> => import('./capnweb-ws.js'),
  'capnweb-webson': (): Promise<Contender> => import('./capnweb-webson.js'),
  'connect-webson': (): Promise<Contender> => import('./connect-webson.js'),
} as const;

/** One of the {@link contenders}. */
export type ContenderName = keyof typeof contenders;
