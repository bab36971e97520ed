import { type Bench, defineBench } from '../harness/bench.js';
import { mostConnections } from '../harness/file-limit.js';
import { count } from '../harness/options.js';
import { measureIdle } from './idle.js';
import { renderIdle } from './report.js';

/** What a connection costs that says nothing. */
export const bench: Bench = defineBench({
  name: 'idle',
  about: 'Memory of a server per idle connection, of webson in a pool and of ws.',
  options: {
    connections: { value: 'N', usual: '10000', about: 'connections of each; needs as many open files' },
    rounds: { value: 'N', usual: '3', about: 'interleaved rounds' },
  },
  async run(given, output) {
    const connections = count('--connections', given.connections);
    const rounds = count('--rounds', given.rounds);
    const most = mostConnections();
    if (connections > most) throw new Error(`${connections} connections, a process may have ${most} open`);
    output.print(renderIdle(await measureIdle(connections, rounds)));
    return true;
  },
});
