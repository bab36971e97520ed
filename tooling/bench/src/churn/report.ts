import type { Plan } from '../echo/plan.js';
import { renderReport } from '../echo/render.js';
import { type Report, summarize } from '../echo/report.js';
import { median } from '../harness/statistics.js';
import { table, whole } from '../harness/table.js';
import type { ChurnSample } from './churn.js';

/** What a server kept of connections that are gone: medians of the rounds. */
export interface ChurnRow {
  readonly cell: string;
  readonly server: string;
  /** Connections that came and went, about, between the two looks at memory. */
  readonly connections: number;
  /** Bytes per connection. */
  readonly heap: number;
  readonly rss: number;
}

/** What a run found, as it is written to a file. */
export interface ChurnReport extends Report {
  readonly kept: readonly ChurnRow[];
}

/** Puts together what the samples of a plan say. */
export function summarizeChurn(
  plan: Plan,
  samples: readonly ChurnSample[],
  skipped: readonly string[] = [],
): ChurnReport {
  const report = summarize(plan, samples, skipped);
  const kept = report.rows.map(({ cell, server }): ChurnRow => {
    const own = samples.filter((sample) => sample.cell === cell && sample.server === server);
    const connectionsOf = (sample: ChurnSample): number => sample.messagesPerSecond * (plan.warmup + plan.seconds);
    const perConnection = (of: 'heap' | 'rss'): number =>
      median(own.map((sample) => (sample.after[of] - sample.before[of]) / connectionsOf(sample)));
    const connections = Math.round(median(own.map(connectionsOf)));
    return { cell, server, connections, heap: perConnection('heap'), rss: perConnection('rss') };
  });
  return { ...report, kept };
}

/** The report as two tables: pace, then what is kept. */
export function renderChurn(report: ChurnReport): string {
  const head = ['cell', 'server', 'connections', 'heap kept, B', 'RSS kept, B'];
  const body = report.kept.map((row) => [
    row.cell,
    row.server,
    whole(row.connections),
    row.heap.toFixed(1),
    row.rss.toFixed(1),
  ]);
  return [
    renderReport(report),
    'A message is a connection: opened, used for one echo, closed.',
    '',
    ...table([head, ...body], 2),
    '',
    'kept: per connection that came and went, after garbage collection, compiled code included: a leak does not shrink with --seconds.',
    '',
  ].join('\n');
}
