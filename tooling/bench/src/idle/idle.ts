import type { Child } from '../harness/child.js';
import { portOf, withChildren } from '../harness/children.js';
import { turns } from '../harness/rounds.js';
import { type ContenderName, contenders } from './contenders/index.js';
import type { Held } from './server-process.js';

const serverProgram = new URL('./server-process.js', import.meta.url);
const loadProgram = new URL('./load-process.js', import.meta.url);

/** Connections before the first measurement: what is compiled and allocated once is not theirs. */
const WARM_UP = 500;

/** What one idle connection takes of the server, in bytes, round by round. */
export type IdleResults = ReadonlyMap<ContenderName, readonly Held[]>;

/** Measures all contenders with so many connections, `rounds` times, each time in fresh processes. */
export async function measureIdle(connections: number, rounds: number): Promise<IdleResults> {
  const names = Object.keys(contenders) as ContenderName[];
  const results = new Map(names.map((name) => [name, [] as Held[]]));
  for (const { cell, contender } of turns({ rounds, cells: [connections], contenders: () => names })) {
    results.get(contender)?.push(await measure(contender, cell));
  }
  return results;
}

function measure(name: ContenderName, connections: number): Promise<Held> {
  return withChildren(async (start) => {
    const server = start('server-process', serverProgram, [name], { flags: ['--expose-gc'], hasMostFiles: true });
    const port = await portOf(server);
    const connect = async (count: number): Promise<void> => {
      const load = start('load-process', loadProgram, [String(port), String(count)], { hasMostFiles: true });
      await load.line(120_000);
    };
    await connect(WARM_UP);
    const before = await memoryOf(server);
    await connect(connections);
    const after = await memoryOf(server);
    return { rss: (after.rss - before.rss) / connections, heap: (after.heap - before.heap) / connections };
  });
}

async function memoryOf(server: Child): Promise<Held> {
  return (await server.ask('memory', 120_000)) as Held;
}
