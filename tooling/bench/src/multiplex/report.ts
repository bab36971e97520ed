import { thisMachine } from '../harness/machine.js';
import { percent } from '../harness/noise.js';
import { median } from '../harness/statistics.js';
import { table } from '../harness/table.js';
import type { ContenderName } from './contenders/index.js';
import type { MultiplexPlan, MultiplexSample } from './multiplex.js';

/** What the rounds of one contender in one cell come to: medians. */
export interface MultiplexRow {
  readonly cell: string;
  readonly contender: ContenderName;
  readonly bulkBytesPerSecond: number;
  /** Round trips, in microseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** The p99 to that of the same round's idle connection. */
  readonly p99ToIdle?: number;
  /** Bulk to that of one message that has the connection to itself, in the same round. */
  readonly bulkToSingle?: number;
}

/** What a run found, as it is written to a file. */
export interface MultiplexReport {
  readonly date: string;
  readonly machine: string;
  readonly run: string;
  /** Highest share of the time that processes of the measurement had to wait for their core, in the median measurement. */
  readonly waiting: number;
  readonly rows: readonly MultiplexRow[];
  readonly samples: readonly MultiplexSample[];
}

const MIB = 1024 * 1024;

/** Puts together what the samples of a plan say. */
export function summarize(plan: MultiplexPlan, samples: readonly MultiplexSample[]): MultiplexReport {
  const { date, cpu, cpus, platform, node, ws } = thisMachine();
  return {
    date,
    machine: `${cpu}, ${cpus} cores, ${platform}, Node ${node}, ws ${ws}`,
    run: `${plan.cores.note}; medians of ${plan.rounds} rounds of ${plan.seconds} s`,
    waiting: median(samples.map((sample) => Math.max(sample.clientWaiting, sample.serverWaiting ?? 0))),
    rows: plan.cells.flatMap((cell) => plan.contenders.map((contender) => toRow(samples, cell.name, contender))),
    samples,
  };
}

function toRow(all: readonly MultiplexSample[], cell: string, contender: ContenderName): MultiplexRow {
  const own = all.filter((sample) => sample.contender === contender);
  const samples = own.filter((sample) => sample.cell === cell);
  const p50 = samples.flatMap(({ pings }) => pings?.p50 ?? []);
  const p99 = samples.flatMap(({ pings }) => pings?.p99 ?? []);
  const [bulk, direction] = cell.split(' ');
  const p99ToIdle = cell === 'idle' ? [] : perRound(own, samples, 'idle', ({ pings }) => pings?.p99);
  const bulkToSingle = bulk === '1' ? [] : perRound(own, samples, `1 ${direction}`, (one) => one.bulkBytesPerSecond);
  return {
    cell,
    contender,
    bulkBytesPerSecond: median(samples.map((sample) => sample.bulkBytesPerSecond)),
    ...(p50.length > 0 && { p50: median(p50), p99: median(p99) }),
    ...(p99ToIdle.length > 0 && { p99ToIdle: median(p99ToIdle) }),
    ...(bulkToSingle.length > 0 && { bulkToSingle: median(bulkToSingle) }),
  };
}

/** What each sample is to the one of the same round in another cell, where both have the value. */
function perRound(
  own: readonly MultiplexSample[],
  samples: readonly MultiplexSample[],
  baseline: string,
  value: (sample: MultiplexSample) => number | undefined,
): number[] {
  return samples.flatMap((sample) => {
    const base = own.find(({ cell, round }) => cell === baseline && round === sample.round);
    const ratio = (value(sample) ?? Number.NaN) / ((base && value(base)) ?? Number.NaN);
    return Number.isFinite(ratio) ? ratio : [];
  });
}

/** The report as a table. */
export function renderReport({ machine, run, waiting, rows }: MultiplexReport): string {
  const head = ['cell', 'contender', 'bulk MiB/s', 'to one message', 'p50 µs', 'p99 µs', 'p99 to idle'];
  const body = rows.map((row, i) => [
    row.cell === rows[i - 1]?.cell ? '' : row.cell,
    row.contender,
    row.cell === 'idle' ? '' : (row.bulkBytesPerSecond / MIB).toFixed(0),
    row.bulkToSingle?.toFixed(2) ?? '',
    row.p50?.toFixed(0) ?? '',
    row.p99?.toFixed(0) ?? '',
    row.p99ToIdle?.toFixed(1) ?? '',
  ]);
  const busy = `Other processes had a core for ${percent(waiting)} of the time in the median measurement.`;
  return [machine, run, '', ...table([head, ...body], 2), '', busy, ''].join('\n');
}

/** One sample as a line of progress. */
export function renderSample(sample: MultiplexSample, plan: MultiplexPlan): string {
  const { round, cell, contender, pings, bulkBytesPerSecond } = sample;
  const bulk = cell === 'idle' ? '' : `${(bulkBytesPerSecond / MIB).toFixed(0)} MiB/s`;
  const trips = pings === undefined ? '' : `p50 ${pings.p50.toFixed(0)} µs, p99 ${pings.p99.toFixed(0)} µs`;
  return `round ${round}/${plan.rounds}  ${cell.padEnd(13)}  ${contender.padEnd(8)}${bulk.padStart(12)}  ${trips}`.trimEnd();
}
