import { type Bench, defineBench } from '../harness/bench.js';
import { withChildren } from '../harness/children.js';
import { coresOf, count, jsonOption, pinOption, positive } from '../harness/options.js';
import { type BroadcastResults, Sides } from './broadcast.js';
import { bursts } from './cells.js';
import { PAYLOAD_LENGTH } from './payload.js';
import { renderBurst, renderLegend } from './report.js';

/** One message to many. */
export const bench: Bench = defineBench({
  name: 'broadcast',
  about: 'Messages to many subscribers: a pool of webson beside the loop over clients of ws.',
  options: {
    connections: { value: 'N', usual: '1000', about: 'subscribers of each' },
    rounds: { value: 'N', usual: '15', about: 'interleaved rounds' },
    seconds: { value: 'S', usual: '0.5', about: 'seconds counted per measurement' },
    ...jsonOption,
    ...pinOption,
  },
  run(given, output) {
    const connections = count('--connections', given.connections);
    const rounds = count('--rounds', given.rounds);
    const seconds = positive('--seconds', given.seconds);
    const cores = coresOf(given);
    return withChildren(async (start) => {
      const sides = await Sides.start(start, connections, cores);
      const figures: Record<string, BroadcastResults> = {};
      const what = `${connections} subscribers, ${PAYLOAD_LENGTH} bytes, ${rounds} rounds of ${seconds} s`;
      output.print(`${what}; ${cores.note}\n`);
      for (const burst of bursts) {
        const results = await sides.measure({ burst, seconds }, rounds);
        figures[burst] = results;
        output.print(renderBurst(burst, results));
      }
      output.print(renderLegend());
      output.save(figures);
      return true;
    });
  },
});
