import type { Plan } from '../echo/plan.js';
import { renderReport } from '../echo/render.js';
import { type Report, summarize } from '../echo/report.js';
import type { Memory } from '../harness/memory.js';
import { median } from '../harness/statistics.js';
import { table, whole } from '../harness/table.js';
import type { GrowthSample } from './growth.js';

/** What a server held and spent in one cell: medians of the rounds. */
export interface GrowthRow {
  readonly cell: string;
  readonly server: string;
  /** Bytes per connection above what it held without any. */
  readonly idle?: PerConnection;
  readonly after?: PerConnection;
  /** Bytes held in all when every connection is closed again, above what it held before they were opened. */
  readonly left: { readonly rss: number; readonly heap: number };
  /** CPU time of the server per MiB that came in, in microseconds; undefined for empty messages. */
  readonly microsecondsPerMebibyte?: number;
}

/** Bytes, of resident memory and of JavaScript's. */
export interface PerConnection {
  readonly rss: number;
  readonly heap: number;
}

/** What a run found, as it is written to a file. */
export interface GrowthReport extends Report {
  readonly growth: readonly GrowthRow[];
}

/** Puts together what the samples of a plan say. */
export function summarizeGrowth(
  plan: Plan,
  samples: readonly GrowthSample[],
  skipped: readonly string[],
): GrowthReport {
  const report = summarize(plan, samples, skipped);
  const growth = report.rows.map(({ cell, server, serverMicroseconds }): GrowthRow => {
    const own = samples.filter((sample) => sample.cell === cell && sample.server === server);
    const { connections = 1, size = 0 } = plan.cells.find((one) => one.name === cell) ?? {};
    const idle = above(own, 'idle', connections);
    const after = above(own, 'after', connections);
    return {
      cell,
      server,
      ...(idle !== undefined && { idle }),
      ...(after !== undefined && { after }),
      left: above(own, 'closed', 1) ?? { rss: 0, heap: 0 },
      ...(size > 0 &&
        serverMicroseconds !== undefined && { microsecondsPerMebibyte: (serverMicroseconds * 1048576) / size }),
    };
  });
  return { ...report, growth };
}

function above(
  samples: readonly GrowthSample[],
  moment: 'idle' | 'after' | 'closed',
  connections: number,
): PerConnection | undefined {
  const pairs = samples.flatMap(({ memory }): [Memory, Memory][] => {
    const then = memory[moment];
    return then === undefined ? [] : [[memory.before, then]];
  });
  if (pairs.length === 0) return undefined;
  const growth = (of: 'rss' | 'heap'): number =>
    median(pairs.map(([before, then]) => then[of] - before[of])) / connections;
  return { rss: growth('rss'), heap: growth('heap') };
}

/** The report as two tables: pace, then memory. */
export function renderGrowth(report: GrowthReport): string {
  const head = ['cell', 'server', 'idle: RSS', 'heap', 'after: RSS', 'heap', 'left: RSS', 'heap', 'µs/MiB'];
  const body = report.growth.map((row) => [
    row.cell,
    row.server,
    kilobytes(row.idle?.rss),
    kilobytes(row.idle?.heap),
    kilobytes(row.after?.rss),
    kilobytes(row.after?.heap),
    kilobytes(row.left.rss),
    kilobytes(row.left.heap),
    row.microsecondsPerMebibyte === undefined ? '' : whole(row.microsecondsPerMebibyte),
  ]);
  return [
    renderReport(report),
    ...table([head, ...body], 2),
    '',
    'kB of the server after garbage collection: per connection when all are open, and after the traffic; in all when they are',
    'closed again. Of a few connections only the heap says something: resident memory comes in pages and arenas.',
    'µs/MiB: CPU time of the server per MiB that came in.',
    '',
  ].join('\n');
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1000).toLocaleString('en-US', { maximumFractionDigits: 1 });
}
