import { isA } from '../../application/thrown.js';
import { useForeignNames } from '../../options/unknown-option.js';
import { ConfigError } from '../../protocol/contract/errors.js';

/**
 * Makes something of options. When one of them is wrong, the names that options have in other libraries are loaded first: most pages
 * never need them, and those that do get an error that knows them.
 *
 * Where they cannot be loaded, as in a service worker, the error is the one without them.
 *
 * @throws what `make` throws that is no ConfigError.
 */
export function hinted<T>(make: () => T): T | Promise<T> {
  try {
    return make();
  } catch (error) {
    if (!isA(error, ConfigError)) throw error;
    return import('../../options/foreign-names.js').then(
      ({ FOREIGN_NAMES, NAMES_OF_PLACES }) => {
        useForeignNames(FOREIGN_NAMES, NAMES_OF_PLACES);
        return make();
      },
      () => {
        throw error;
      },
    );
  }
}
