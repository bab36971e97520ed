import { thisMachine } from '../harness/machine.js';
import { percent } from '../harness/noise.js';
import { median } from '../harness/statistics.js';
import { table } from '../harness/table.js';
import type { ContenderName } from './contenders/index.js';
import type { RpcPlan, RpcSample } from './rpc.js';

/** What the rounds of one contender in one cell come to: medians. */
export interface RpcRow {
  readonly cell: string;
  readonly contender: ContenderName;
  readonly callsPerSecond: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Calls per second to those of another contender in the same round: the same library over `ws`, or for Connect birpc over webson. */
  readonly ratio?: number;
}

/** What a run found, as it is written to a file. */
export interface RpcReport {
  readonly date: string;
  readonly machine: string;
  readonly run: string;
  /** Highest share of the time that processes of the measurement had to wait for their core, in the median measurement. */
  readonly waiting: number;
  /** Answers that were not what was sent. */
  readonly damaged: number;
  readonly rows: readonly RpcRow[];
  readonly samples: readonly RpcSample[];
}

/** Whom each is compared with. */
const BASES: Partial<Record<ContenderName, ContenderName>> = {
  'birpc-webson': 'birpc-ws',
  'capnweb-webson': 'capnweb-ws',
  'connect-webson': 'birpc-webson',
};

/** Puts together what the samples of a plan say. */
export function summarize(plan: RpcPlan, samples: readonly RpcSample[]): RpcReport {
  const { date, cpu, cpus, platform, node, ws } = thisMachine();
  return {
    date,
    machine: `${cpu}, ${cpus} cores, ${platform}, Node ${node}, ws ${ws}`,
    run: `${plan.cores.note}; medians of ${plan.rounds} rounds of ${plan.seconds} s`,
    waiting: median(samples.map((sample) => Math.max(sample.clientWaiting, sample.serverWaiting ?? 0))),
    damaged: samples.reduce((sum, { damaged }) => sum + damaged, 0),
    rows: plan.cells.flatMap(({ name }) => plan.contenders.map((contender) => toRow(samples, name, contender))),
    samples,
  };
}

function toRow(all: readonly RpcSample[], cell: string, contender: ContenderName): RpcRow {
  const inCell = all.filter((sample) => sample.cell === cell);
  const samples = inCell.filter((sample) => sample.contender === contender);
  const ratios = samples.flatMap(({ round, callsPerSecond }) => {
    const base = inCell.find((sample) => sample.contender === BASES[contender] && sample.round === round);
    return base === undefined ? [] : callsPerSecond / base.callsPerSecond;
  });
  return {
    cell,
    contender,
    callsPerSecond: median(samples.map((sample) => sample.callsPerSecond)),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
    ...(ratios.length > 0 && { ratio: median(ratios) }),
  };
}

/** The report as a table. */
export function renderReport({ machine, run, waiting, damaged, rows }: RpcReport): string {
  const head = ['cell', 'contender', 'calls/s', 'p50 µs', 'p99 µs', 'ratio', 'to'];
  const body = rows.map(({ cell, contender, callsPerSecond, p50, p99, ratio }, i) => [
    cell === rows[i - 1]?.cell ? '' : cell,
    contender,
    ...[callsPerSecond, p50, p99].map((value) => value.toFixed(0)),
    ratio?.toFixed(2) ?? '',
    ratio === undefined ? '' : (BASES[contender] ?? ''),
  ]);
  const busy = `Other processes had a core for ${percent(waiting)} of the time in the median measurement.`;
  const lines = [machine, run, '', ...table([head, ...body], 2), '', busy];
  return [...lines, ...(damaged > 0 ? [`${damaged} answers were not what was sent.`] : []), ''].join('\n');
}

/** One sample as a line of progress. */
export function renderSample({ round, cell, contender, callsPerSecond, p50, p99 }: RpcSample, plan: RpcPlan): string {
  const rate = `${callsPerSecond.toFixed(0)} calls/s`.padStart(18);
  const times = `p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs`;
  return `round ${round}/${plan.rounds}  ${cell.padEnd(11)}  ${contender.padEnd(14)}${rate}  ${times}`;
}
