import type { Cell } from '../../src/echo/cells.js';
import type { Report, Row } from '../../src/echo/report.js';

/** Ratios of servers to each baseline, by name. */
type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * A report with a cell of 7 × 2 KiB for each name. What is said of a server is its ratio to each baseline; one that is
 * called `…-text` decodes. Of a round the lowest ratio is half of that, the highest the same.
 */
export function madeReport(cells: Readonly<Record<string, Ratios>>, more: Partial<Report> = {}): Report {
  const baselines = more.baselines ?? ['ws'];
  return {
    ...{ date: '2000-01-02T03:04:05Z', node: 'v20.0.0', ws: '8.0.0', platform: 'linux', cpu: 'none', cpus: 2 },
    ...{ pinning: '', load: 'node:net', rounds: 5, seconds: 2, warmup: 1, warnings: [], samples: [], baselines },
    cells: Object.keys(cells).map((name): Cell => ({ name, connections: 7, size: 2048, inFlight: 3 })),
    rows: Object.entries(cells).flatMap(([cell, servers]) =>
      Object.entries(servers).map(([server, ratios]): Row => madeRow(cell, server, ratios)),
    ),
    ...more,
  };
}

function madeRow(cell: string, server: string, ratios: Readonly<Record<string, number>>): Row {
  const isDecoding = server.endsWith('-text');
  return {
    ...{ cell, server, isDecoding, median: 1000, min: 1000, max: 1000, isLoadBound: false },
    loadShare: { cpu: 1, waiting: 0 },
    against: Object.entries(ratios).map(([baseline, ratio]) => ({
      ...{ baseline, server: isDecoding ? `${baseline}-text` : baseline },
      ratio: { ofMedians: ratio, min: ratio / 2, max: ratio },
    })),
  };
}
