import type { LoadHook } from 'node:module';
import { BREAKS, type Break } from './breaks.js';

// Hooks of the module loader: see `broken.ts`.

let chosen: Break | undefined;

/** @param name one of {@link BREAKS}. */
export function initialize(name: string): void {
  chosen = BREAKS[name];
}

/** Breaks the connection as it is loaded. Throws when it is built in another way than was thought. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (chosen === undefined || !url.includes('/packages/connection/dist/')) return loaded;
  const source = Buffer.from(loaded.source as Uint8Array).toString();
  const parts = source.split(chosen.code);
  if (parts.length > 2) throw new Error(`${parts.length - 1} places in ${url} for ${chosen.code}`);
  return { ...loaded, source: parts.join(chosen.broken) };
};
