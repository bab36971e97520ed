import { type Machine, thisMachine } from '../harness/machine.js';
import { type Ratio, ratio, spread } from '../harness/statistics.js';
import { describeSize, range, table, whole } from '../harness/table.js';
import type { CodecPlan } from './cells.js';
import type { CodecCell } from './codec.js';
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
export interface CodecReport extends Machine {
  readonly plan: CodecPlan;
  readonly rows: readonly CodecRow[];
}

/** Puts together what was measured. */
export function summarizeCodec(plan: CodecPlan, cells: readonly CodecCell[]): CodecReport {
  return {
    ...thisMachine(),
    plan,
    rows: cells.flatMap(toRows),
  };
}

function toRows({ operation, masked, size, results }: CodecCell): CodecRow[] {
  const baseline = results[0]?.framesPerSecond ?? [];
  return results.map(({ contestant, framesPerSecond }, i) => {
    const { median, min, max } = spread(framesPerSecond);
    return {
      ...{ operation, masked, size, contestant, framesPerSecond: median, min, max },
      gigabytesPerSecond: (median * size) / 1e9,
      ...(i > 0 && { ratio: ratio(framesPerSecond, baseline) }),
    };
  });
}

/** The report as a table. */
export function renderCodec({ cpu, platform, node, ws, plan, rows }: CodecReport): string {
  const head = ['operation', 'contestant', 'payload', 'frames/s', 'GB/s', 'min – max', 'ratio to ws', 'per round'];
  const body = rows.map((row) => [
    row.operation === 'mask' ? 'mask' : `${row.operation} ${row.masked ? 'masked' : 'unmasked'}`,
    row.contestant,
    describeSize(row.size),
    whole(row.framesPerSecond),
    row.gigabytesPerSecond.toFixed(2),
    range({ min: (row.min * row.size) / 1e9, max: (row.max * row.size) / 1e9 }),
    row.ratio === undefined ? '' : row.ratio.ofMedians.toFixed(2),
    row.ratio === undefined ? '' : range(row.ratio),
  ]);
  return [
    `${cpu}, ${platform}, Node ${node}, ws ${ws}`,
    `one process; medians of ${plan.rounds} interleaved rounds of ${plan.milliseconds} ms of CPU time; GB of payload`,
    '',
    ...table([head, ...body], 2),
    '',
  ].join('\n');
}
