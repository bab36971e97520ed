import { type Bench, defineBench } from '../harness/bench.js';
import { jsonOption } from '../harness/options.js';
import { codecPlan } from './cells.js';
import { measureCodec } from './codec.js';
import { allContestants } from './contestants/index.js';
import { renderCodec, summarizeCodec } from './report.js';

/** Frames decoded, encoded and masked per second, in this process. */
export const bench: Bench = defineBench({
  name: 'codec',
  about: 'Frames decoded, encoded and masked per second without any socket, by webson and ws, beside plain copying.',
  options: jsonOption,
  async run(_, output) {
    const report = summarizeCodec(codecPlan, await measureCodec(codecPlan, allContestants()));
    output.print(renderCodec(report));
    output.save(report);
    return true;
  },
});
