import { fileURLToPath } from 'node:url';
import type { Cell } from './cells.js';
import { Child } from './child.js';
import type { Cores } from './cores.js';
import { measure } from './load/index.js';
import type { Measurement } from './load/job.js';
import type { ServerKind } from './servers/index.js';

/** What a run does. */
export interface Plan {
  readonly cells: readonly Cell[];
  /** The first is the one the others are compared to. */
  readonly servers: readonly ServerKind[];
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
    const servers = round % 2 === 1 ? plan.servers : plan.servers.toReversed();
    for (const cell of plan.cells) {
      for (const server of servers) {
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
  const server = new Child(`server ${kind.name}`, process.execPath, [file, kind.name], plan.cores.server);
  try {
    const { port } = (await server.line(20_000)) as { port: number };
    const { warmup, seconds } = plan;
    const job = { port, serverPid: server.pid, speech: kind.speaks, cell, warmup, seconds };
    return await measure(job, plan.cores.load, plan.wsload);
  } finally {
    await server.stop();
  }
}
