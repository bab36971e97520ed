import { describeCell } from '../cells.js';
import type { Report } from '../report.js';
import { median } from '../statistics.js';

/** How many messages one server echoed to those of the baseline, in one cell. */
export interface Bar {
  readonly server: string;
  readonly ratio: number;
}

/** What a chart shows of one cell: every server that was compared with the baseline. */
export interface Group {
  /** `b: 10 × 20 B, 100 in flight` */
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** What a chart shows. */
export interface Figures {
  readonly baseline: string;
  readonly groups: readonly Group[];
  /** Where, when and how it was measured: a line for each report. */
  readonly notes: readonly string[];
}

/**
 * Takes from reports what a chart shows: cells and servers in the order in which they first come, and the median of what
 * several reports measured.
 *
 * @throws Error when the reports compare with different servers, or compare none.
 */
export function toFigures(reports: readonly Report[]): Figures {
  const baselines = [...new Set(reports.map((report) => report.rows[0]?.server))];
  if (baselines.length > 1) throw new Error(`the reports compare with different servers: ${baselines.join(', ')}`);
  const [baseline = ''] = baselines;
  const ratios = new Map<string, Map<string, number[]>>();
  for (const report of reports) {
    for (const { cell, server, ratio } of report.rows) {
      if (ratio === undefined) continue;
      const title = titleOf(report, cell);
      const ofCell = ratios.get(title) ?? new Map<string, number[]>();
      ratios.set(title, ofCell.set(server, [...(ofCell.get(server) ?? []), ratio.ofMedians]));
    }
  }
  if (ratios.size === 0) throw new Error('the reports compare no server with another');
  const groups = [...ratios].map(([title, ofCell]) => ({
    title,
    bars: [...ofCell].map(([server, found]) => ({ server, ratio: median(found) })),
  }));
  return { baseline, groups, notes: reports.map(describe) };
}

function titleOf(report: Report, name: string): string {
  const cell = report.cells.find((one) => one.name === name);
  return cell === undefined ? name : `${name}: ${describeCell(cell)}`;
}

function describe({ date, node, ws, cpu, rounds, seconds, load, warnings }: Report): string {
  const doubts = warnings.length === 0 ? '' : `; warnings: ${warnings.length}`;
  return `${date.slice(0, 10)}, Node ${node}, ws ${ws}, ${cpu}, load by ${load}: medians of ${rounds} rounds of ${seconds} s${doubts}`;
}
