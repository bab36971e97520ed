import { withChildren } from '../../harness/children.js';
import type { Timing } from '../../harness/options.js';
import type { Cell } from '../cells.js';
import type { ServerKind } from '../contenders/index.js';
import type { Job, Measurement } from './job.js';
import { parseWsload, wsloadArguments } from './wsload.js';

const program = new URL('./load-process.js', import.meta.url);

/** What a load has to do with a server that runs. */
export function jobFor(
  { warmup, seconds }: Omit<Timing, 'rounds'>,
  cell: Cell,
  { speaks }: ServerKind,
  { port, pid }: { readonly port: number; readonly pid: number },
): Job {
  return { port, serverPid: pid, speech: speaks, cell, warmup, seconds };
}

/** Milliseconds within which the figures of a job have to come. */
export function patienceFor({ warmup, seconds }: Omit<Timing, 'rounds'>): number {
  return (warmup + seconds) * 1000 + 60_000;
}

/** Carries out a job in a process of its own, pinned to `core`; with the program at `wsload` if one is given. */
export function measure(job: Job, core: number | undefined, wsload: string | undefined): Promise<Measurement> {
  return withChildren(async (start) => {
    if (wsload !== undefined) {
      return parseWsload(await start('wsload', wsload, wsloadArguments(job), { core }).line(patienceFor(job)));
    }
    return (await start('load', program, [JSON.stringify(job)], { core }).line(patienceFor(job))) as Measurement;
  });
}
