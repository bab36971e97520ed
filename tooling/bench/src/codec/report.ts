import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import { describeSize } from '../cells.js';
import { median, type Ratio, ratio } from '../statistics.js';
import { table } from '../table.js';
import type { CodecCell, CodecPlan } from './codec.js';
import type { Operation } from './contestant.js';

/** What one contestant came to in one cell. */
export interface CodecRow {
  readonly operation: Operation;
  readonly masked: boolean;
  /** Payload bytes. */
  readonly size: number;
  readonly contestant: string;
  /** Median, lowest and highest of the rounds. */
  readonly framesPerSecond: number;
  readonly min: number;
  readonly max: number;
  /** Of payload, in 10^9 bytes. */
  readonly gigabytesPerSecond: number;
  /** To the first contestant. */
  readonly ratio?: Ratio;
}

/** What a run found, as it is written to a file. */
export interface CodecReport {
  readonly date: string;
  readonly node: string;
  readonly ws: string;
  readonly platform: string;
  readonly cpu: string;
  readonly plan: CodecPlan;
  readonly rows: readonly CodecRow[];
}

/** Puts together what was measured. */
export function summarizeCodec(plan: CodecPlan, cells: readonly CodecCell[]): CodecReport {
  return {
    date: new Date().toISOString(),
    node: process.version,
    ws: (createRequire(import.meta.url)('ws/package.json') as { version: string }).version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    plan,
    rows: cells.flatMap(toRows),
  };
}

function toRows({ operation, masked, size, results }: CodecCell): CodecRow[] {
  const baseline = results[0]?.framesPerSecond ?? [];
  return results.map(({ contestant, framesPerSecond }, i) => ({
    operation,
    masked,
    size,
    contestant,
    framesPerSecond: median(framesPerSecond),
    min: Math.min(...framesPerSecond),
    max: Math.max(...framesPerSecond),
    gigabytesPerSecond: (median(framesPerSecond) * size) / 1e9,
    ...(i > 0 && { ratio: ratio(framesPerSecond, baseline) }),
  }));
}

/** The report as a table. */
export function renderCodec({ cpu, platform, node, ws, plan, rows }: CodecReport): string {
  const head = ['operation', 'contestant', 'payload', 'frames/s', 'GB/s', 'min – max', 'ratio to ws', 'per round'];
  const body = rows.map((row) => [
    row.operation === 'mask' ? 'mask' : `${row.operation} ${row.masked ? 'masked' : 'unmasked'}`,
    row.contestant,
    describeSize(row.size),
    Math.round(row.framesPerSecond).toLocaleString('en-US'),
    row.gigabytesPerSecond.toFixed(2),
    [row.min, row.max].map((rate) => ((rate * row.size) / 1e9).toFixed(2)).join(' – '),
    row.ratio === undefined ? '' : row.ratio.ofMedians.toFixed(2),
    row.ratio === undefined ? '' : `${row.ratio.min.toFixed(2)} – ${row.ratio.max.toFixed(2)}`,
  ]);
  return [
    `${cpu}, ${platform}, Node ${node}, ws ${ws}`,
    `one process; medians of ${plan.rounds} interleaved rounds of ${plan.milliseconds} ms of CPU time; GB of payload`,
    '',
    ...table([head, ...body], 2),
    '',
  ].join('\n');
}
