import { isThenable } from '../../application/thenable.js';
import { checkOptions } from '../../options/checked-options.js';
import type { Settings } from '../../options/options.js';
import { settingsOf } from '../../options/settings.js';
import { type Extensions, extensionsOf } from '../extensions.js';
import {
  type BareTakeOverOptions,
  type CheckedTakeOverOptions,
  commonOptionsOf,
  TAKE_OVER_KINDS,
  type TakeOverOptions,
} from './take-over-options.js';

/** What is derived from the options, the same for all clients. */
export interface Prepared<Data> {
  readonly options: CheckedTakeOverOptions<Data>;
  readonly settings: Settings;
  readonly extensions: Extensions;
}

type Preparation<Data> = Prepared<Data> | Promise<Prepared<Data>>;

const prepared = new WeakMap<object, Preparation<never>>();

/**
 * What is derived from the options. A promise only when code has to be loaded first: otherwise a request is answered in the turn
 * in which it came.
 *
 * @throws ConfigError when an option is wrong; a promise rejects with it, or with WebsonError `LOAD_FAILED`.
 */
export function preparationOf<Data>(options: TakeOverOptions<Data>): Preparation<Data> {
  // An object of options is prepared for its own type of data.
  const known = prepared.get(options) as Preparation<Data> | undefined;
  if (known !== undefined) return known;
  return prepare(checkOptions<TakeOverOptions<Data>, BareTakeOverOptions>('options', options, TAKE_OVER_KINDS));
}

/**
 * Takes options that were checked as they are, once for all calls of `takeOver` with this very object.
 *
 * @throws ConfigError when an option of an extension is wrong.
 */
export function prepareOptions<Data>(options: CheckedTakeOverOptions<Data>): void {
  const preparation = prepare(options);
  // Code that cannot be loaded is told to whoever waits for it, which may be nobody yet.
  if (isThenable(preparation)) preparation.catch(() => {});
  prepared.set(options, preparation as Preparation<never>);
}

function prepare<Data>(options: CheckedTakeOverOptions<Data>): Preparation<Data> {
  const common = commonOptionsOf(options);
  const settings = settingsOf(common);
  const extensions = extensionsOf(common, settings, 'server');
  if (isThenable(extensions)) return extensions.then((loaded) => ({ options, settings, extensions: loaded }));
  return { options, settings, extensions };
}
