import { serverKinds } from '../echo/contenders/index.js';
import { describeSection, sectionsOf, versionsOf } from '../echo/render.js';
import { type Report, waitingIn } from '../echo/report.js';
import { disturbance, percent } from '../harness/noise.js';
import { median } from '../harness/statistics.js';

/** How many messages a server echoed to those of the baseline, in one section. */
export interface Bar {
  /** As a reader calls the server. */
  readonly title: string;
  readonly ratio: number;
  /** Messages per second. */
  readonly rate: number;
  /** The load was the bottleneck of the server, or of what it is compared with: the ratio says less than it seems to. */
  readonly isLoadBound: boolean;
}

/** What is shown of one cell, or of those who decode its text: every server that was compared with the baseline. */
export interface Group {
  /** `b: 10 × 20 B, 100 in flight` */
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** What a chart shows. */
export interface Figures {
  /** Title of the server that counts as 1. */
  readonly baseline: string;
  readonly groups: readonly Group[];
  /** Where, when and how it was measured, and what disturbed it. */
  readonly notes: readonly string[];
}

/**
 * Takes from reports what a chart shows: cells and servers in the order in which they first come, and the median of what
 * several reports measured.
 *
 * @param baseline name of the server that counts as 1; left out: the first of the reports' own.
 * @throws Error when not all of the reports compare with it, or none compares any server.
 */
export function toFigures(reports: readonly Report[], baseline?: string): Figures {
  const names = [...new Set(reports.map(({ baselines }) => baselines.find((one) => one === (baseline ?? one))))];
  if (names.length > 1 || (baseline !== undefined && names[0] !== baseline)) {
    throw new Error(
      `the reports compare with different servers: ${reports.map((one) => one.baselines.join(' and ')).join('; ')}`,
    );
  }
  const [name = ''] = names;
  const groups = new Map<string, Map<string, Bar[]>>();
  for (const report of reports) {
    for (const section of sectionsOf(report.rows)) {
      for (const row of section) {
        const found = row.against.find((one) => one.baseline === name);
        if (found === undefined) continue;
        const rival = section.find(({ server }) => server === found.server);
        const bar = {
          title: titleOf(row.server),
          ratio: found.ratio.ofMedians,
          rate: row.median,
          isLoadBound: row.isLoadBound || rival?.isLoadBound === true,
        };
        const title = describeSection(report, row);
        const group = groups.get(title) ?? new Map<string, Bar[]>();
        groups.set(title, group.set(bar.title, [...(group.get(bar.title) ?? []), bar]));
      }
    }
  }
  if (groups.size === 0) throw new Error('the reports compare no server with another');
  return {
    baseline: titleOf(name),
    groups: [...groups].map(([title, bars]) => ({ title, bars: [...bars.values()].map(medianOf) })),
    notes: describe(reports),
  };
}

/** What a reader calls a server; its name if nobody knows it. */
function titleOf(server: string): string {
  return serverKinds.find(({ name }) => name === server)?.title ?? server;
}

function medianOf(bars: readonly Bar[]): Bar {
  return {
    title: bars[0]?.title ?? '',
    ratio: median(bars.map(({ ratio }) => ratio)),
    rate: median(bars.map(({ rate }) => rate)),
    isLoadBound: bars.some(({ isLoadBound }) => isLoadBound),
  };
}

function describe(reports: readonly Report[]): string[] {
  const { count, of, most } = disturbance(reports.flatMap(({ samples }) => waitingIn(samples)));
  const spreads = reports.flatMap(({ rows }) =>
    rows.flatMap(({ against }) => against.map(({ ratio }) => ratio.max / ratio.min)),
  );
  const measured = reports.flatMap(({ cells }) => cells.map(({ name }) => name));
  const runs = Math.max(0, ...measured.map((name) => measured.filter((one) => one === name).length));
  const lines = [
    ...reports.map((one) => `${one.date.slice(0, 10)}, ${versionsOf(one)}, ${one.cpus} × ${one.cpu}`),
    ...reports.map(({ rounds, seconds, load }) => `medians of ${rounds} rounds of ${seconds} s, load by ${load}`),
    ...(runs > 1 ? [`medians of up to ${runs} runs`] : []),
    `highest to lowest ratio of a round: ${median(spreads).toFixed(2)} in the median`,
    ...(count === 0 ? [] : [`other work on the cores in ${count} of ${of} measurements, up to ${percent(most)}`]),
  ];
  return [...new Set(lines)];
}
