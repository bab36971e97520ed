import { createRequire } from 'node:module';
import type { Contestant } from '../contestant.js';
import { copy } from './copy.js';
import { type Masking, maskWith } from './masking.js';
import { pieces, webson } from './webson.js';
import { ws } from './ws.js';

const require = createRequire(import.meta.url);

/** All there are, `ws`, which the others are compared to, first; bufferutil where its addon runs. */
export function allContestants(): Contestant[] {
  try {
    return [ws, webson, pieces, { name: 'bufferutil', mask: maskWith(require('masking-addon') as Masking) }, copy];
  } catch {
    return [ws, webson, pieces, copy];
  }
}
