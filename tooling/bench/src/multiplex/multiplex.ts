import { fileURLToPath } from 'node:url';
import { Child } from '../child.js';
import type { Cores } from '../cores.js';
import type { MultiplexCell } from './cells.js';
import type { ClientJob, ClientResult } from './client.js';
import type { ContenderName } from './contenders/index.js';

const programs = {
  server: new URL('./server-process.js', import.meta.url),
  client: new URL('./client-process.js', import.meta.url),
};

/** What a run does. */
export interface MultiplexPlan {
  readonly cells: readonly MultiplexCell[];
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
  readonly cores: Cores;
}

/** One measurement and what it is of. */
export interface MultiplexSample extends ClientResult {
  /** From 1. */
  readonly round: number;
  readonly cell: string;
  readonly contender: ContenderName;
}

/** Measures every contender in every cell, `rounds` times; every other round takes the contenders in reverse. */
export async function runMultiplex(
  plan: MultiplexPlan,
  onSample: (sample: MultiplexSample) => void,
): Promise<MultiplexSample[]> {
  const samples: MultiplexSample[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    const contenders = round % 2 === 1 ? plan.contenders : plan.contenders.toReversed();
    for (const cell of plan.cells) {
      for (const contender of contenders) {
        const sample = { round, cell: cell.name, contender, ...(await measure(plan, cell, contender)) };
        samples.push(sample);
        onSample(sample);
      }
    }
  }
  return samples;
}

/** One measurement with two processes that live no longer than it. */
async function measure(plan: MultiplexPlan, cell: MultiplexCell, contender: ContenderName): Promise<ClientResult> {
  const server = start('server', contender, plan.cores.server);
  let client: Child | undefined;
  try {
    const { port } = (await server.line(20_000)) as { port: number };
    const { warmup, seconds } = plan;
    const job: ClientJob = { contender, port, serverPid: server.pid, cell, warmup, seconds };
    client = start('client', JSON.stringify(job), plan.cores.load);
    return (await client.line((warmup + seconds) * 1000 + 60_000)) as ClientResult;
  } finally {
    await client?.stop();
    await server.stop();
  }
}

function start(side: 'server' | 'client', argument: string, core: number | undefined): Child {
  return new Child(side, process.execPath, [fileURLToPath(programs[side]), argument], core);
}
