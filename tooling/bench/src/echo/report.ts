import type { Share } from '../harness/cpu.js';
import { type Machine, thisMachine } from '../harness/machine.js';
import { noiseWarnings, percent } from '../harness/noise.js';
import { median, type Ratio, ratio, type Spread, spread } from '../harness/statistics.js';
import type { Cell } from './cells.js';
import { decodes, type ServerKind, tuned } from './contenders/index.js';
import { type Need, runtimeWith } from './contenders/runtime.js';
import { type Plan, type Sample, serversIn } from './plan.js';

/** A process busier than this share of its core has nothing left to give. */
const saturated = 0.95;

/** How a server does beside another one, in the same cell of the same rounds. */
export interface Comparison {
  /** The one of the report's baselines that this is about. */
  readonly baseline: string;
  /** The server compared with: the baseline, or the one that does the same with text. */
  readonly server: string;
  /** Of messages per second. */
  readonly ratio: Ratio;
  /** How many times as many messages it echoes with the same CPU time, whatever pace the load kept. */
  readonly byCpu?: number;
}

/** What the rounds of one server in one cell come to: messages per second, and medians of the shares of a core. */
export interface Row extends Spread {
  readonly cell: string;
  readonly server: string;
  /** Messages became strings, and strings messages. */
  readonly isDecoding: boolean;
  /** With each baseline of the report that was measured in the cell and is not this server. */
  readonly against: readonly Comparison[];
  readonly loadShare: Share;
  readonly serverShare?: Share;
  /** Median of the server's CPU time per message, in microseconds. */
  readonly serverMicroseconds?: number;
  /** The load was the bottleneck: this server can do more than shown. */
  readonly isLoadBound: boolean;
}

/** What a run found, as it is written to a file. */
export interface Report extends Machine {
  /** Versions of what some servers needed, where one of them was measured. */
  readonly bufferutil?: string;
  readonly bun?: string;
  readonly deno?: string;
  readonly node20?: string;
  readonly node24?: string;
  readonly pinning: string;
  readonly load: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly cells: Plan['cells'];
  /** The servers the others are compared with. */
  readonly baselines: readonly string[];
  readonly rows: readonly Row[];
  readonly warnings: readonly string[];
  readonly samples: readonly Sample[];
}

/** Puts together what the samples of a plan say. `skipped`: what was to be measured and could not, in words. */
export function summarize(plan: Plan, samples: readonly Sample[], skipped: readonly string[] = []): Report {
  const rows = plan.cells.flatMap((cell) => {
    const of = ({ name }: ServerKind): Sample[] =>
      samples.filter((one) => one.cell === cell.name && one.server === name);
    return serversIn(plan, cell).map((kind): Row => {
      const own = of(kind);
      const against = baselinesOf(plan).flatMap((baseline): Comparison[] => {
        const rival = rivalOf(kind, baseline, cell, plan);
        return rival === undefined ? [] : [compare(baseline, rival.name, own, of(rival))];
      });
      return toRow(own, decodes(kind, cell), against);
    });
  });
  return {
    ...thisMachine(),
    ...versions(plan),
    pinning: plan.cores.note,
    load: plan.wsload === undefined ? 'node:net' : 'wsload',
    rounds: plan.rounds,
    seconds: plan.seconds,
    warmup: plan.warmup,
    cells: plan.cells,
    baselines: baselinesOf(plan),
    rows,
    warnings: [
      ...skipped,
      ...samples.flatMap(faults),
      ...rows.flatMap(rowWarnings),
      ...noiseWarnings(waitingIn(samples)),
    ],
    samples,
  };
}

/** True when every message came back as it was sent. */
export function isSound(samples: readonly Sample[]): boolean {
  return samples.every((sample) => sample.errors === 0 && sample.lost === 0 && sample.messages > 0);
}

/** The servers the others are compared with: the tuned `ws` if it is measured, then the first; where text is decoded, those that do. */
function baselinesOf({ servers }: Plan): string[] {
  const names = servers.map(({ name, textOf }) => textOf ?? name);
  return [...new Set([...names.filter((name) => name === tuned), ...names.slice(0, 1)])];
}

/** What was measured in a cell of a baseline, if possible at the work that `kind` does; undefined when that is `kind`. */
function rivalOf(kind: ServerKind, baseline: string, cell: Cell, plan: Plan): ServerKind | undefined {
  const present = serversIn(plan, cell);
  const twin = decodes(kind, cell) ? present.find(({ textOf }) => textOf === baseline) : undefined;
  const rival = twin ?? present.find(({ name }) => name === baseline);
  return rival === kind ? undefined : rival;
}

function compare(baseline: string, server: string, own: readonly Sample[], its: readonly Sample[]): Comparison {
  const cost = medianCost(own);
  const itsCost = medianCost(its);
  return {
    baseline,
    server,
    ratio: ratio(own.map(rate), its.map(rate)),
    ...(cost !== undefined && itsCost !== undefined && { byCpu: itsCost / cost }),
  };
}

function toRow(samples: readonly Sample[], isDecoding: boolean, against: readonly Comparison[]): Row {
  const [first] = samples;
  if (first === undefined) throw new RangeError('a row of no samples');
  const loadShare = medianShare(samples.map((sample) => [sample.loadCpu, sample.loadWaiting])) ?? {
    cpu: 0,
    waiting: 0,
  };
  const serverShare = medianShare(samples.map((sample) => [sample.serverCpu, sample.serverWaiting]));
  const cost = medianCost(samples);
  return {
    cell: first.cell,
    server: first.server,
    isDecoding,
    ...spread(samples.map(rate)),
    against,
    loadShare,
    ...(serverShare !== undefined && { serverShare }),
    ...(cost !== undefined && { serverMicroseconds: cost }),
    isLoadBound: serverShare !== undefined && total(loadShare) > saturated && total(serverShare) < saturated,
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

function versions({ servers }: Plan): Pick<Report, Need> {
  const needs = new Set(servers.flatMap((kind) => kind.needs ?? []));
  const found = [...needs].map((need) => [need, versionOf(need)] as const);
  return Object.fromEntries(found.filter(([, version]) => version !== undefined));
}

function versionOf(need: Need): string | undefined {
  try {
    return runtimeWith(need).version;
  } catch {
    return undefined;
  }
}

function rowWarnings({ cell, server, loadShare, serverShare, isLoadBound }: Row): string[] {
  if (!isLoadBound || serverShare === undefined) return [];
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

/** For which share of the time each measurement's processes had to wait for their cores, the one that waited longer. */
export function waitingIn(samples: readonly Sample[]): number[] {
  return samples.map((sample) => Math.max(sample.loadWaiting, sample.serverWaiting ?? 0));
}

function total(share: Share): number {
  return share.cpu + share.waiting;
}
