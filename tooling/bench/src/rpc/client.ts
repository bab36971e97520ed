import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { watchCpu } from '../harness/cpu.js';
import type { RpcCell } from './cells.js';
import type { Contender, Session } from './session.js';

/** What a client has to do. */
export interface ClientJob {
  readonly contender: string;
  readonly port: number;
  readonly serverPid: number;
  readonly cell: RpcCell;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
}

/** What a client found. */
export interface ClientResult {
  readonly callsPerSecond: number;
  /** From the call to its answer, in microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not what was sent. */
  readonly damaged: number;
  /** Shares of a core that each had, and had to wait for because something else had it; 1 = all of it. */
  readonly clientCpu: number;
  readonly clientWaiting: number;
  readonly serverCpu?: number;
  readonly serverWaiting?: number;
}

/** Puts the load on and counts. */
export async function runClient(contender: Contender, job: ClientJob): Promise<ClientResult> {
  const session = await contender.connect(job.port);
  await pass(session, job.cell, job.warmup);
  const used = watchCpu(job.serverPid);
  const { histogram, damaged } = await pass(session, job.cell, job.seconds);
  const { seconds, own, other } = used();
  const [p50, p99] = [50, 99].map((percent) => histogram.percentile(percent) / 1000) as [number, number];
  return {
    callsPerSecond: histogram.count / seconds,
    ...{ p50, p99, damaged },
    ...{ clientCpu: own.cpu, clientWaiting: own.waiting },
    ...(other !== undefined && { serverCpu: other.cpu, serverWaiting: other.waiting }),
  };
}

async function pass(
  session: Session,
  { size, inFlight }: RpcCell,
  seconds: number,
): Promise<{ histogram: RecordableHistogram; damaged: number }> {
  const histogram = createHistogram();
  const text = 'x'.repeat(size);
  const end = performance.now() + seconds * 1000;
  let damaged = 0;
  const caller = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      if ((await session.echo(text)) !== text) damaged++;
      const then = performance.now();
      histogram.record(Math.max(1, Math.round((then - now) * 1e6)));
      now = then;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { histogram, damaged };
}
