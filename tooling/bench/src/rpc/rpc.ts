import { portOf, withChildren } from '../harness/children.js';
import type { Cores } from '../harness/cores.js';
import type { Timing } from '../harness/options.js';
import { turns } from '../harness/rounds.js';
import type { RpcCell } from './cells.js';
import type { ClientJob, ClientResult } from './client.js';
import type { ContenderName } from './contenders/index.js';

const serverProgram = new URL('./server-process.js', import.meta.url);
const clientProgram = new URL('./client-process.js', import.meta.url);

/** What a run does. */
export interface RpcPlan extends Timing {
  readonly cells: readonly RpcCell[];
  readonly contenders: readonly ContenderName[];
  readonly cores: Cores;
}

/** One measurement and what it is of. */
export interface RpcSample extends ClientResult {
  /** From 1. */
  readonly round: number;
  readonly cell: string;
  readonly contender: ContenderName;
}

/** Measures every contender in every cell, `rounds` times. */
export async function runRpc(plan: RpcPlan, onSample: (sample: RpcSample) => void): Promise<RpcSample[]> {
  const samples: RpcSample[] = [];
  for (const { round, cell, contender } of turns({ ...plan, contenders: () => plan.contenders })) {
    const sample = { round, cell: cell.name, contender, ...(await measure(plan, cell, contender)) };
    samples.push(sample);
    onSample(sample);
  }
  return samples;
}

/** One measurement with two processes that live no longer than it. */
function measure(plan: RpcPlan, cell: RpcCell, contender: ContenderName): Promise<ClientResult> {
  return withChildren(async (start) => {
    const { warmup, seconds, cores } = plan;
    const server = start('server', serverProgram, [contender], { core: cores.server });
    const port = await portOf(server);
    const job: ClientJob = { contender, port, serverPid: server.pid, cell, warmup, seconds };
    const client = start('client', clientProgram, [JSON.stringify(job)], { core: cores.load });
    return (await client.line((warmup + seconds) * 1000 + 60_000)) as ClientResult;
  });
}
