import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchCpu } from '../harness/cpu.js';
import type { MultiplexCell } from './cells.js';
import type { Contender, Session } from './session.js';

/** What a client has to do. */
export interface ClientJob {
  readonly contender: string;
  readonly port: number;
  readonly serverPid: number;
  readonly cell: MultiplexCell;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
}

/** Times of round trips, in microseconds. */
export interface RoundTrips {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a client found. */
export interface ClientResult {
  readonly pings?: RoundTrips;
  readonly bulkBytesPerSecond: number;
  /** Shares of a core that each had, and had to wait for because something else had it; 1 = all of it. */
  readonly clientCpu: number;
  readonly clientWaiting: number;
  readonly serverCpu?: number;
  readonly serverWaiting?: number;
}

/** Puts the load on and counts. */
export async function runClient(contender: Contender, job: ClientJob): Promise<ClientResult> {
  const { cell } = job;
  // A message that has the connection to itself needs no streams.
  const session = await contender.connect(job.port, cell.bulk !== 1);
  await session.ping();
  if (cell.bulk > 0) session.bulk(cell.direction, cell.bulk);
  await pass(session, cell, job.warmup);
  const received = async (): Promise<number> => {
    const up = await session.ping();
    return cell.direction === 'up' ? up : session.received;
  };
  const before = await received();
  const used = watchCpu(job.serverPid);
  const pings = await pass(session, cell, job.seconds);
  const after = await received();
  const { seconds, own, other } = used();
  return {
    ...(pings !== undefined && { pings }),
    bulkBytesPerSecond: (after - before) / seconds,
    ...{ clientCpu: own.cpu, clientWaiting: own.waiting },
    ...(other !== undefined && { serverCpu: other.cpu, serverWaiting: other.waiting }),
  };
}

async function pass(session: Session, cell: MultiplexCell, seconds: number): Promise<RoundTrips | undefined> {
  if (!cell.pings) {
    await sleep(seconds * 1000);
    return undefined;
  }
  const histogram = createHistogram();
  const end = performance.now() + seconds * 1000;
  for (let now = performance.now(); now < end; ) {
    await session.ping();
    const then = performance.now();
    histogram.record(Math.max(1, Math.round((then - now) * 1e6)));
    now = then;
  }
  const [p50, p99] = [50, 99].map((percent) => histogram.percentile(percent) / 1000) as [number, number];
  return { count: histogram.count, p50, p99, max: histogram.max / 1000 };
}
