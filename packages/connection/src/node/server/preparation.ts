import { isThenable } from '../../application/thenable.js';
import type { Settings } from '../../options/options.js';
import { type Extensions, extensionsOf } from '../extensions.js';
import { connectionOptionsOf, resolveTakeOverOptions, type TakeOverOptions } from './take-over-options.js';

/** What is derived from the options, the same for all clients. */
export interface Prepared {
  readonly settings: Settings;
  readonly extensions: Extensions;
}

const prepared = new WeakMap<object, Prepared | Promise<Prepared>>();

// Returns a promise only when code has to be loaded first. Otherwise the request is answered in the turn in which it came.
function prepare(options: TakeOverOptions<unknown>): Prepared | Promise<Prepared> {
  const settings = resolveTakeOverOptions(options);
  const extensions = extensionsOf(connectionOptionsOf(options), settings, 'server');
  if (isThenable(extensions)) return extensions.then((loaded) => ({ settings, extensions: loaded }));
  return { settings, extensions };
}

/** What is derived from the options. @throws ConfigError when one of them is wrong; a promise rejects with it, or `LOAD_FAILED`. */
export function preparationOf(options: TakeOverOptions<unknown>): Prepared | Promise<Prepared> {
  return prepared.get(options) ?? prepare(options);
}

/**
 * Checks the options once, for all calls of `takeOver` with this very object.
 *
 * @throws ConfigError when an option is wrong.
 */
export function prepareOptions(options: TakeOverOptions<unknown>): void {
  const preparation = prepare(options);
  // Code that cannot be loaded is told to whoever waits for it, which may be nobody yet.
  if (isThenable(preparation)) preparation.catch(() => {});
  prepared.set(options, preparation);
}
