import { fileURLToPath } from 'node:url';
import { Child } from '../child.js';
import type { Cores } from '../cores.js';
import type { DeflateJob, DeflateMeasurement, Kind } from './job.js';
import type { DeflateCell, DeflateServer, DeflateSettings } from './settings.js';

const serverPath = fileURLToPath(new URL('./server.js', import.meta.url));
const loadPath = fileURLToPath(new URL('./load.js', import.meta.url));

/** How long, and where. */
export interface Conditions {
  readonly warmup: number;
  readonly seconds: number;
  readonly cores: Cores;
}

/** The load of a cell on a fresh server, from a fresh process. */
export function measureSpeed(
  server: DeflateServer,
  cell: DeflateCell,
  settings: DeflateSettings,
  { warmup, seconds, cores }: Conditions,
): Promise<DeflateMeasurement> {
  return withServer(server, settings, cores, async (port, serverPid) => {
    const { name: _name, ...load } = cell;
    const child = startLoad({ port, serverPid, kind: kindOf(settings), warmup, seconds, ...load }, cores);
    try {
      return (await child.line((warmup + seconds) * 1000 + 120_000)) as DeflateMeasurement;
    } finally {
      await child.stop();
    }
  });
}

/**
 * Bytes of memory that a server takes for each of `connections` that have each had `messages` echoed and are idle now,
 * beyond what it takes for one.
 */
export function measureMemory(
  server: DeflateServer,
  settings: DeflateSettings,
  connections: number,
  messages: number,
  cores: Cores,
): Promise<number> {
  return withServer(server, settings, cores, async (port, serverPid, rss) => {
    const hold = async (count: number): Promise<Child> => {
      const job = { port, serverPid, kind: kindOf(settings), size: 1024, inFlight: 1, warmup: 0, seconds: 0 };
      const child = startLoad({ ...job, connections: count, hold: messages }, cores);
      await child.line(120_000);
      return child;
    };
    const first = await hold(1);
    const before = await rss();
    const rest = await hold(connections);
    const after = await rss();
    await first.stop();
    await rest.stop();
    return (after - before) / connections;
  });
}

async function withServer<T>(
  server: DeflateServer,
  settings: DeflateSettings,
  cores: Cores,
  action: (port: number, pid: number, rss: () => Promise<number>) => Promise<T>,
): Promise<T> {
  const args = ['--expose-gc', serverPath, server, JSON.stringify(settings)];
  const child = new Child(`server ${server}`, process.execPath, args, cores.server);
  try {
    const { port } = (await child.line(20_000)) as { port: number };
    const rss = async (): Promise<number> => {
      process.kill(child.pid, 'SIGUSR2');
      return ((await child.line(20_000)) as { rss: number }).rss;
    };
    return await action(port, child.pid, rss);
  } finally {
    await child.stop();
  }
}

function startLoad(job: DeflateJob, cores: Cores): Child {
  return new Child('load', process.execPath, [loadPath, JSON.stringify(job)], cores.load);
}

function kindOf({ plain, takeover }: DeflateSettings): Kind {
  if (plain === true) return 'plain';
  return takeover ? 'takeover' : 'fresh';
}
