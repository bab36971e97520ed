import { portOf, withChildren } from '../harness/children.js';
import type { Cores } from '../harness/cores.js';
import type { Timing } from '../harness/options.js';
import { turns } from '../harness/rounds.js';
import type { Cell } from './cells.js';
import { type ServerKind, takes } from './contenders/index.js';
import { runtimeWith, serverProgram } from './contenders/runtime.js';
import type { Measurement } from './load/job.js';
import { jobFor, measure } from './load/measure.js';

/** What a run does. */
export interface Plan extends Timing {
  readonly cells: readonly Cell[];
  readonly servers: readonly ServerKind[];
  /** Whether a server is measured in a cell; left out: wherever it knows the messages. */
  readonly meets?: (kind: ServerKind, cell: Cell) => boolean;
  readonly cores: Cores;
  /** Path of a `wsload` to use as load generator. */
  readonly wsload?: string;
}

/** One measurement and what it is of. */
export interface Sample extends Measurement {
  /** From 1. */
  readonly round: number;
  readonly cell: string;
  readonly server: string;
}

/** The servers that are measured in a cell. */
export function serversIn({ servers, meets = takes }: Plan, cell: Cell): ServerKind[] {
  return servers.filter((kind) => meets(kind, cell));
}

/**
 * Splits a plan into what can run here and, in words, what cannot: no server is left out without a word.
 *
 * @param find throws when something that a server needs is missing.
 * @throws Error when no server is left.
 */
export function withWhatIsHere(
  plan: Plan,
  find: (need: ServerKind['needs']) => unknown = runtimeWith,
): { plan: Plan; skipped: string[] } {
  const skipped: string[] = [];
  const servers = plan.servers.filter(({ name, needs }) => {
    try {
      find(needs);
      return true;
    } catch (error) {
      skipped.push(`${name} SKIPPED: ${(error as Error).message}`);
      return false;
    }
  });
  if (servers.length === 0) throw new Error(`nothing to measure: ${skipped.join('; ')}`);
  return { plan: { ...plan, servers }, skipped };
}

/** Measures every server in every cell, `rounds` times. */
export async function runPlan<More extends Measurement = Measurement>(
  plan: Plan,
  onSample: (sample: Sample & More) => void,
  measureOne: (plan: Plan, cell: Cell, kind: ServerKind) => Promise<Measurement & More> = measureOnce as never,
): Promise<(Sample & More)[]> {
  const samples: (Sample & More)[] = [];
  const order = { ...plan, contenders: (cell: Cell) => serversIn(plan, cell) };
  for (const { round, cell, contender } of turns(order)) {
    const sample = { round, cell: cell.name, server: contender.name, ...(await measureOne(plan, cell, contender)) };
    samples.push(sample);
    onSample(sample);
  }
  return samples;
}

/** One measurement with a server process and a load process that live no longer than it. */
function measureOnce(plan: Plan, cell: Cell, kind: ServerKind): Promise<Measurement> {
  return withChildren(async (start) => {
    const core = plan.cores.server;
    const server = start(`server ${kind.name}`, serverProgram, [kind.name], { core, ...runtimeWith(kind.needs) });
    const job = jobFor(plan, cell, kind, { port: await portOf(server), pid: server.pid });
    return await measure(job, plan.cores.load, plan.wsload);
  });
}
