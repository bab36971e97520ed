import type { Child } from '../harness/child.js';
import { portOf, type Start, withChildren } from '../harness/children.js';
import type { Cores } from '../harness/cores.js';
import type { DeflateCell, DeflateSettings } from './cells.js';
import type { ContenderName } from './contenders/index.js';
import type { DeflateJob, DeflateMeasurement, Kind } from './job.js';

const serverProgram = new URL('./server-process.js', import.meta.url);
const loadProgram = new URL('./load-process.js', import.meta.url);

/** How long, and where. */
export interface Conditions {
  readonly warmup: number;
  readonly seconds: number;
  readonly cores: Cores;
}

/** The load of a cell on a fresh server, from a fresh process. */
export function measureSpeed(
  contender: ContenderName,
  cell: DeflateCell,
  settings: DeflateSettings,
  { warmup, seconds, cores }: Conditions,
): Promise<DeflateMeasurement> {
  return withChildren(async (start) => {
    const server = startServer(start, contender, settings, cores);
    const { name: _name, ...load } = cell;
    const job = { port: await portOf(server), serverPid: server.pid, kind: kindOf(settings), warmup, seconds, ...load };
    return (await startLoad(start, job, cores).line((warmup + seconds) * 1000 + 120_000)) as DeflateMeasurement;
  });
}

/**
 * Bytes of memory that a server takes for each of `connections` that have each had `messages` echoed and are idle now,
 * beyond what it takes for one.
 */
export function measureMemory(
  contender: ContenderName,
  settings: DeflateSettings,
  connections: number,
  messages: number,
  cores: Cores,
): Promise<number> {
  return withChildren(async (start) => {
    const server = startServer(start, contender, settings, cores);
    const port = await portOf(server);
    const rss = async (): Promise<number> => (await server.ask('memory', 20_000)) as number;
    const hold = async (count: number): Promise<void> => {
      const job = {
        port,
        serverPid: server.pid,
        kind: kindOf(settings),
        size: 1024,
        inFlight: 1,
        warmup: 0,
        seconds: 0,
      };
      await startLoad(start, { ...job, connections: count, hold: messages }, cores).line(120_000);
    };
    await hold(1);
    const before = await rss();
    await hold(connections);
    const after = await rss();
    return (after - before) / connections;
  });
}

function startServer(start: Start, contender: ContenderName, settings: DeflateSettings, cores: Cores): Child {
  const running = { core: cores.server, flags: ['--expose-gc'] };
  return start(`server ${contender}`, serverProgram, [contender, JSON.stringify(settings)], running);
}

function startLoad(start: Start, job: DeflateJob, cores: Cores): Child {
  return start('load', loadProgram, [JSON.stringify(job)], { core: cores.load });
}

function kindOf({ plain, takeover }: DeflateSettings): Kind {
  if (plain === true) return 'plain';
  return takeover ? 'takeover' : 'fresh';
}
