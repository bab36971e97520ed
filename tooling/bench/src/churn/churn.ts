import { fileURLToPath } from 'node:url';
import { type Plan, runPlan, type Sample } from '../bench.js';
import type { Cell } from '../cells.js';
import { Child } from '../child.js';
import { withMostFiles } from '../growth/file-limit.js';
import type { Memory } from '../growth/memory.js';
import { MeasuredServer } from '../growth/server.js';
import type { Job, Measurement } from '../load/job.js';
import { parseWsload, wsloadArguments } from '../load/wsload.js';
import type { ServerKind } from '../servers/index.js';

/** A measurement, its messages being connections, with the server's memory once the load is warm, and after all have gone. */
export interface ChurnMeasurement extends Measurement {
  readonly before: Memory;
  readonly after: Memory;
}

export type ChurnSample = Sample & ChurnMeasurement;

/** Measures all of a plan as `runPlan` does. Throws RangeError for a server that has no handshake. */
export function runChurns(plan: Plan, onSample: (sample: ChurnSample) => void): Promise<ChurnSample[]> {
  const bare = plan.servers.find((server) => server.speaks === 'bytes');
  if (bare !== undefined) throw new RangeError(`${bare.name} has no handshake: it cannot be opened and closed`);
  return runPlan<ChurnMeasurement>(plan, onSample, measureChurn);
}

async function measureChurn(plan: Plan, cell: Cell, kind: ServerKind): Promise<ChurnMeasurement> {
  const server = await MeasuredServer.start(kind, plan.cores);
  try {
    const { warmup, seconds } = plan;
    const { sockets: listening } = await server.memory();
    const job: Job = { port: server.port, serverPid: server.pid, speech: kind.speaks, cell, warmup, seconds };
    // What the server holds now is code and pools; what it holds more afterwards, it has kept of connections.
    await load(plan, { ...job, warmup: 0.1, seconds: warmup });
    const before = await server.memory(listening);
    const measurement = await load(plan, job);
    return { ...measurement, before, after: await server.memory(listening) };
  } finally {
    await server.stop();
  }
}

async function load({ cores, wsload }: Plan, job: Job): Promise<Measurement> {
  const file = fileURLToPath(new URL('./load-process.js', import.meta.url));
  const [command, args] =
    wsload === undefined
      ? ['sh', withMostFiles([file, JSON.stringify(job)])]
      : [wsload, ['churn', '-A', '100', ...wsloadArguments(job).slice(1)]];
  const child = new Child('load', command, args, cores.load);
  try {
    const line = await child.line((job.warmup + job.seconds) * 1000 + 60_000);
    return wsload === undefined ? (line as Measurement) : parseWsload(line);
  } finally {
    await child.stop();
  }
}
