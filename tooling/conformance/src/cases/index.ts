import type { Section } from '../case.js';
import { closing } from './closing.js';
import { control } from './control.js';
import { fragmentation } from './fragmentation.js';
import { framing, masking } from './framing.js';
import { limits, mixed } from './limits.js';
import { reservedBits, reservedOpcodes } from './reserved.js';
import { utf8 } from './utf8.js';

/** Every case there is, by section. */
export const sections: readonly Section[] = [
  framing,
  masking,
  control,
  reservedBits,
  reservedOpcodes,
  fragmentation,
  utf8,
  closing,
  limits,
  mixed,
];
