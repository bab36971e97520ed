import { isA } from '../../application/thrown.js';
import { useHints } from '../../options/unknown-option.js';
import { ConfigError } from '../../protocol/contract/errors.js';

/**
 * Makes something of options. When one of them is wrong, what knows the names that are nearly right, and those of other libraries, is
 * loaded first: most pages never need it, and those that do get an error that says what was meant.
 *
 * Where it cannot be loaded, as in a service worker, the error lists the options that there are.
 *
 * @throws what `make` throws that is no ConfigError.
 */
export function hinted<T>(make: () => T): T | Promise<T> {
  try {
    return make();
  } catch (error) {
    if (!isA(error, ConfigError)) throw error;
    return import('../../options/hints.js').then(
      ({ hintFor }) => {
        useHints(hintFor);
        return make();
      },
      () => {
        throw error;
      },
    );
  }
}
