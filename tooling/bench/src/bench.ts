import { fileURLToPath } from 'node:url';
import type { Cell } from './cells.js';
import { Child } from './child.js';
import type { Cores } from './cores.js';
import { measure } from './load/index.js';
import type { Measurement } from './load/job.js';
import { type ServerKind, takes } from './servers/index.js';
import { runtimeWith } from './servers/runtime.js';

/** What a run does. */
export interface Plan {
  readonly cells: readonly Cell[];
  readonly servers: readonly ServerKind[];
  /** Whether a server is measured in a cell; left out: wherever it knows the messages. */
  readonly meets?: (kind: ServerKind, cell: Cell) => boolean;
  readonly rounds: number;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
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

/**
 * Measures every server in every cell, `rounds` times. A round goes through all cells, and every other one takes the
 * servers in reverse, so that what is compared is close in time and a noisy minute hits all of them alike.
 */
export async function runPlan<More extends Measurement = Measurement>(
  plan: Plan,
  onSample: (sample: Sample & More) => void,
  measureOne: (plan: Plan, cell: Cell, kind: ServerKind) => Promise<Measurement & More> = measureOnce as never,
): Promise<(Sample & More)[]> {
  const samples: (Sample & More)[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const cell of plan.cells) {
      const servers = serversIn(plan, cell);
      for (const server of round % 2 === 1 ? servers : servers.toReversed()) {
        const sample = { round, cell: cell.name, server: server.name, ...(await measureOne(plan, cell, server)) };
        samples.push(sample);
        onSample(sample);
      }
    }
  }
  return samples;
}

/** One measurement with a server process and a load process that live no longer than it. */
async function measureOnce(plan: Plan, cell: Cell, kind: ServerKind): Promise<Measurement> {
  const file = fileURLToPath(new URL('./servers/process.js', import.meta.url));
  const { command, environment } = runtimeWith(kind.needs);
  const server = new Child(`server ${kind.name}`, command, [file, kind.name], plan.cores.server, environment);
  try {
    const { port } = (await server.line(20_000)) as { port: number };
    const { warmup, seconds } = plan;
    const job = { port, serverPid: server.pid, speech: kind.speaks, cell, warmup, seconds };
    return await measure(job, plan.cores.load, plan.wsload);
  } finally {
    await server.stop();
  }
}
