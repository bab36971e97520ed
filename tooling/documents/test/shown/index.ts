import type { Shown } from '../support/shown.js';
import { readmes } from './readmes.js';

/** Every snippet of the repository. */
export const shown: readonly Shown[] = [...readmes];
