import type { Cell } from '../echo/cells.js';
import type { ServerKind } from '../echo/contenders/index.js';
import { MeasuredServer } from '../echo/contenders/measured-server.js';
import type { Job, Measurement } from '../echo/load/job.js';
import { jobFor, measure, patienceFor } from '../echo/load/measure.js';
import { type Plan, runPlan, type Sample } from '../echo/plan.js';
import { type Start, withChildren } from '../harness/children.js';
import { mostConnections } from '../harness/file-limit.js';
import type { Memory } from '../harness/memory.js';

const loadProgram = new URL('./load-process.js', import.meta.url);

/** A server's memory in the course of one measurement. */
export interface MemoryCourse {
  /** After some messages on some connections that are gone: everything is loaded. */
  readonly before: Memory;
  /** All connections are open, nothing has been sent; and after the traffic. Not known of a load generator outside. */
  readonly idle?: Memory;
  readonly after?: Memory;
  /** All connections are closed. */
  readonly closed: Memory;
}

/** A measurement with the server's memory. */
export interface GrowthMeasurement extends Measurement {
  readonly memory: MemoryCourse;
}

export type GrowthSample = Sample & GrowthMeasurement;

const warmupCell: Cell = { name: 'warm-up', connections: 50, size: 20, inFlight: 4 };

/** Splits a plan into what this machine and these servers can do and, in words, what they cannot. */
export function withinLimits(plan: Plan, most: number = mostConnections()): { plan: Plan; skipped: string[] } {
  const bare = plan.servers.find((server) => server.speaks === 'bytes');
  const obstacle = ({ connections, size }: Cell): string | undefined => {
    if (connections > most) return `${connections} connections, a process may have ${most} open`;
    return size === 0 && bare !== undefined ? `${bare.name} has no empty messages` : undefined;
  };
  const skipped = plan.cells.flatMap((cell) => {
    const reason = obstacle(cell);
    return reason === undefined ? [] : [`cell ${cell.name} SKIPPED: ${reason}`];
  });
  return { plan: { ...plan, cells: plan.cells.filter((cell) => obstacle(cell) === undefined) }, skipped };
}

/** Measures all of a plan as `runPlan` does, with the servers' memory. */
export function runGrowth(plan: Plan, onSample: (sample: GrowthSample) => void): Promise<GrowthSample[]> {
  return runPlan<GrowthMeasurement>(plan, onSample, measureGrowth);
}

function measureGrowth(plan: Plan, cell: Cell, kind: ServerKind): Promise<GrowthMeasurement> {
  return withChildren(async (start) => {
    const { cores, wsload } = plan;
    const server = await MeasuredServer.start(start, kind, cores);
    const { sockets: listening } = await server.memory();
    const job = jobFor(plan, cell, kind, server);
    await measure({ ...job, cell: warmupCell, warmup: 0.2, seconds: 0.2 }, cores.load, undefined);
    const before = await server.memory(listening);
    const found =
      wsload === undefined
        ? await load(start, job, cores.load, server)
        : { measurement: await measure(job, cores.load, wsload), course: {} };
    return { ...found.measurement, memory: { before, ...found.course, closed: await server.memory(listening) } };
  });
}

/** Carries out a job in a process of its own, and asks for the server's memory when it stops. */
async function load(
  start: Start,
  job: Job,
  core: number | undefined,
  server: MeasuredServer,
): Promise<{ measurement: Measurement; course: { idle: Memory; after: Memory } }> {
  const child = start('load', loadProgram, [JSON.stringify(job)], { core, hasMostFiles: true });
  await child.line(120_000);
  const idle = await server.memory();
  await child.ask('', patienceFor(job));
  const after = await server.memory();
  const measurement = (await child.ask('', 20_000)) as Measurement;
  await child.stop();
  return { measurement, course: { idle, after } };
}
