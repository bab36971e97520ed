import { type Bench, defineBench } from '../harness/bench.js';
import { maskPlan } from './cells.js';
import { measureMasks } from './mask.js';
import { renderMasks } from './report.js';

/** What a private mask costs, in this process. */
export const bench: Bench = defineBench({
  name: 'mask',
  about: 'Frames under a private mask beside plainly masked ones: speed of encoding and decoding.',
  options: {},
  async run(_, output) {
    output.print(renderMasks(maskPlan, measureMasks(maskPlan)));
    return true;
  },
});
