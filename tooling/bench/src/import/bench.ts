import { type Bench, defineBench } from '../harness/bench.js';
import { count } from '../harness/options.js';
import { measureImports, renderImports } from './measure.js';

/** How long `import('webson')` takes. */
export const bench: Bench = defineBench({
  name: 'import',
  about: 'Time to import webson and ws, each time in a fresh process: medians of RUNS (51).',
  operands: '[RUNS]',
  options: {},
  async run(_, output, [given = '51']) {
    const runs = count('RUNS', given);
    output.print(renderImports(await measureImports(['ws', 'webson'], runs), runs));
    return true;
  },
});
