import type { Cell } from '../echo/cells.js';
import type { ServerKind } from '../echo/contenders/index.js';
import { MeasuredServer } from '../echo/contenders/measured-server.js';
import type { Job, Measurement } from '../echo/load/job.js';
import { jobFor, patienceFor } from '../echo/load/measure.js';
import { parseWsload, wsloadArguments } from '../echo/load/wsload.js';
import { type Plan, runPlan, type Sample } from '../echo/plan.js';
import { withChildren } from '../harness/children.js';
import type { Memory } from '../harness/memory.js';

const loadProgram = new URL('./load-process.js', import.meta.url);

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

function measureChurn(plan: Plan, cell: Cell, kind: ServerKind): Promise<ChurnMeasurement> {
  return withChildren(async (start) => {
    const server = await MeasuredServer.start(start, kind, plan.cores);
    const { sockets: listening } = await server.memory();
    const job = jobFor(plan, cell, kind, server);
    // What the server holds now is code and pools; what it holds more afterwards, it has kept of connections.
    await load(plan, { ...job, warmup: 0.1, seconds: plan.warmup });
    const before = await server.memory(listening);
    const measurement = await load(plan, job);
    return { ...measurement, before, after: await server.memory(listening) };
  });
}

function load({ cores, wsload }: Plan, job: Job): Promise<Measurement> {
  return withChildren(async (start) => {
    if (wsload !== undefined) {
      const args = ['churn', '-A', '100', ...wsloadArguments(job).slice(1)];
      return parseWsload(await start('wsload', wsload, args, { core: cores.load }).line(patienceFor(job)));
    }
    const child = start('load', loadProgram, [JSON.stringify(job)], { core: cores.load, hasMostFiles: true });
    return (await child.line(patienceFor(job))) as Measurement;
  });
}
