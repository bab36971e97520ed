import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import type { Plan, Sample } from './bench.js';
import { describeCell } from './cells.js';
import { median, type Ratio, ratio } from './statistics.js';

/** A process busier than this share of its core has nothing left to give. */
const saturated = 0.95;

/** Shares of a core a process had, and had to wait for because something else had it: medians of the rounds, 1 = all. */
export interface Share {
  readonly cpu: number;
  readonly waiting: number;
}

/** What the rounds of one server in one cell come to. */
export interface Row {
  readonly cell: string;
  readonly server: string;
  /** Messages per second. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** To the first server of the plan, which has none itself. */
  readonly ratio?: Ratio;
  readonly loadShare: Share;
  readonly serverShare?: Share;
  /** Median of the server's CPU time per message, in microseconds. */
  readonly serverMicroseconds?: number;
  /** How many times as many messages it echoes as the first server with the same CPU time, whatever pace the load kept. */
  readonly ratioByCpu?: number;
}

/** What a run found, as it is written to a file. */
export interface Report {
  readonly date: string;
  readonly node: string;
  readonly ws: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly pinning: string;
  readonly load: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly cells: Plan['cells'];
  readonly rows: readonly Row[];
  readonly warnings: readonly string[];
  readonly samples: readonly Sample[];
}

/** Puts together what the samples of a plan say. */
export function summarize(plan: Plan, samples: readonly Sample[]): Report {
  const rows = plan.cells.flatMap((cell) => {
    const of = (server: string): Sample[] => samples.filter((one) => one.cell === cell.name && one.server === server);
    return plan.servers.map((server, i) => toRow(of(server.name), i === 0 ? [] : of(plan.servers[0]?.name ?? '')));
  });
  return {
    date: new Date().toISOString(),
    node: process.version,
    ws: (createRequire(import.meta.url)('ws/package.json') as { version: string }).version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    pinning: plan.cores.note,
    load: plan.wsload === undefined ? 'node:net' : `wsload (${plan.wsload})`,
    rounds: plan.rounds,
    seconds: plan.seconds,
    warmup: plan.warmup,
    cells: plan.cells,
    rows,
    warnings: [...samples.flatMap(faults), ...rows.flatMap(rowWarnings), ...disturbance(samples)],
    samples,
  };
}

/** True when every message came back as it was sent. */
export function isSound(samples: readonly Sample[]): boolean {
  return samples.every((sample) => sample.errors === 0 && sample.lost === 0 && sample.messages > 0);
}

function toRow(samples: readonly Sample[], baseline: readonly Sample[]): Row {
  const [first] = samples;
  if (first === undefined) throw new RangeError('a row of no samples');
  const rates = samples.map(rate);
  const serverShare = medianShare(samples.map((sample) => [sample.serverCpu, sample.serverWaiting]));
  const cost = medianCost(samples);
  const baselineCost = medianCost(baseline);
  return {
    cell: first.cell,
    server: first.server,
    median: median(rates),
    min: Math.min(...rates),
    max: Math.max(...rates),
    ...(baseline.length > 0 && { ratio: ratio(rates, baseline.map(rate)) }),
    loadShare: medianShare(samples.map((sample) => [sample.loadCpu, sample.loadWaiting])) ?? { cpu: 0, waiting: 0 },
    ...(serverShare !== undefined && { serverShare }),
    ...(cost !== undefined && { serverMicroseconds: cost }),
    ...(cost !== undefined && baselineCost !== undefined && { ratioByCpu: baselineCost / cost }),
  };
}

function medianShare(pairs: readonly (readonly [number | undefined, number | undefined])[]): Share | undefined {
  const cpu = pairs.map((pair) => pair[0]).filter(isNumber);
  const waiting = pairs.map((pair) => pair[1]).filter(isNumber);
  return cpu.length === 0 ? undefined : { cpu: median(cpu), waiting: waiting.length === 0 ? 0 : median(waiting) };
}

function rate(sample: Sample): number {
  return sample.messagesPerSecond;
}

/** Microseconds of the server per message; undefined where there are no samples, no echoes, or no CPU times. */
function medianCost(samples: readonly Sample[]): number | undefined {
  const costs = samples.map(
    ({ serverCpu, messagesPerSecond }) => ((serverCpu ?? Number.NaN) * 1e6) / messagesPerSecond,
  );
  const known = costs.filter(Number.isFinite);
  return known.length === 0 ? undefined : median(known);
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}

/** The load is the bottleneck when it had, or wanted, all of its core while the server had time left. */
function rowWarnings({ cell, server, loadShare, serverShare }: Row): string[] {
  if (serverShare === undefined || total(loadShare) <= saturated || total(serverShare) >= saturated) return [];
  const shares = `${percent(total(loadShare))} busy, the server only ${percent(total(serverShare))}`;
  return [`cell ${cell}, ${server}: the load was the bottleneck (${shares}); this server can do more than shown`];
}

function faults(sample: Sample): string[] {
  const where = `cell ${sample.cell}, ${sample.server}, round ${sample.round}`;
  const found: string[] = [];
  if (sample.errors > 0) found.push(`${where}: ${sample.errors} ERRORS (${sample.firstError ?? 'unknown'})`);
  if (sample.lost > 0) found.push(`${where}: ${sample.lost} echoes LOST`);
  if (sample.messages === 0) found.push(`${where}: NOTHING came back`);
  return found;
}

/** Says how much other processes had of the cores the measurement was to have for itself. */
function disturbance(samples: readonly Sample[]): string[] {
  const taken = samples.map((sample) => Math.max(sample.loadWaiting, sample.serverWaiting ?? 0));
  const disturbed = taken.filter((share) => share > 0.05).length;
  if (disturbed === 0) return [];
  const most = percent(Math.max(...taken));
  return [
    `other processes had the cores for up to ${most} of the time in ${disturbed} of ${taken.length} measurements`,
  ];
}

function total(share: Share): number {
  return share.cpu + share.waiting;
}

/** The report as a table. */
export function renderReport(report: Report): string {
  const baseline = report.rows[0]?.server;
  const head = [
    'cell',
    'server',
    'messages/s',
    'min – max',
    `ratio to ${baseline}`,
    'per round',
    'µs/message',
    'ratio by CPU',
    'server',
    'load',
  ];
  const body = report.rows.map((row) => {
    const cell = report.cells.find((one) => one.name === row.cell);
    return [
      row.server === baseline && cell !== undefined ? `${cell.name}  ${describeCell(cell)}` : '',
      row.server,
      whole(row.median),
      `${whole(row.min)} – ${whole(row.max)}`,
      row.ratio === undefined ? '' : row.ratio.ofMedians.toFixed(2),
      row.ratio === undefined ? '' : `${row.ratio.min.toFixed(2)} – ${row.ratio.max.toFixed(2)}`,
      row.serverMicroseconds === undefined ? '?' : row.serverMicroseconds.toFixed(2),
      row.ratioByCpu === undefined ? '' : row.ratioByCpu.toFixed(2),
      row.serverShare === undefined ? '?' : shares(row.serverShare),
      shares(row.loadShare),
    ];
  });
  return [
    `${report.cpu}, ${report.cpus} cores, ${report.platform}, Node ${report.node}, ws ${report.ws}`,
    `${report.pinning}; load by ${report.load}; medians of ${report.rounds} rounds of ${report.seconds} s`,
    '',
    ...table([head, ...body]),
    '',
    `µs/message: CPU time of the server per echo; ratio by CPU: ${baseline}'s to this one's.`,
    'server, load: share of its core each had + had to wait for.',
    ...report.warnings.map((warning) => `WARNING ${warning}`),
    '',
  ].join('\n');
}

/** One sample as a line of progress. */
export function renderSample(sample: Sample, plan: Plan): string {
  const load = shares({ cpu: sample.loadCpu, waiting: sample.loadWaiting });
  const rate = `${whole(sample.messagesPerSecond).padStart(11)} messages/s, load ${load}`;
  const bad = isSound([sample]) ? '' : `, ${sample.errors} errors, ${sample.lost} lost`;
  return `round ${sample.round}/${plan.rounds}  ${sample.cell}  ${sample.server.padEnd(8)}${rate}${bad}`;
}

/** Rows of equal columns, all but the first two to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => (column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

function shares({ cpu, waiting }: Share): string {
  return `${Math.round(cpu * 100)}+${percent(waiting)}`;
}
