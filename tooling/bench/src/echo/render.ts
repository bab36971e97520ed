import type { Share } from '../harness/cpu.js';
import { range, table, whole } from '../harness/table.js';
import { describeCell } from './cells.js';
import { renderGoals } from './goals.js';
import type { Plan, Sample } from './plan.js';
import { isSound, type Report, type Row } from './report.js';

/** The report as a table: a section for each cell, and one for what decodes the text of it. */
export function renderReport(report: Report): string {
  const head = [
    '',
    'messages/s',
    'min – max',
    ...report.baselines.flatMap((name) => [`to ${name}`, 'per round', 'by CPU']),
    'µs/message',
    'server',
    'load',
  ];
  const sections = sectionsOf(report.rows);
  const lines = table([head, ...sections.flatMap((rows) => rows.map((row) => toCells(row, report.baselines)))]);
  const body = lines.slice(1);
  const isCompared = report.rows.some(({ against }) => against.some(({ baseline, server }) => baseline !== server));
  return [
    `${report.cpu}, ${report.cpus} cores, ${report.platform}, ${versionsOf(report)}`,
    `${report.pinning}; load by ${report.load}; medians of ${report.rounds} rounds of ${report.seconds} s`,
    ...sections.flatMap((rows) => [
      '',
      describeSection(report, rows[0] as Row),
      lines[0],
      ...body.splice(0, rows.length),
    ]),
    '',
    'to …: ratio of the medians, lowest and highest of a round, and that of the CPU times per message.',
    ...(isCompared ? ['What decodes text is compared with the ws that does.'] : []),
    'µs/message: CPU time of the server per echo. server, load: share of its core each had + had to wait for.',
    ...renderGoals(report),
    ...report.warnings.map((warning) => `WARNING ${warning}`),
    '',
  ].join('\n');
}

/** `Node v20.20.2, ws 8.23.0, bufferutil 4.1.0, Bun 1.4.5`, as far as it was measured. */
export function versionsOf({ node, ws, bufferutil, bun, deno, node20, node24 }: Report): string {
  const more = { bufferutil, Bun: bun, Deno: deno };
  const servers = [node20, node24].filter((version) => version !== undefined).map((version) => `v${version}`);
  const titles = Object.entries(more).filter(([, version]) => version !== undefined);
  return [`Node ${[node, ...servers].join(' and ')}`, `ws ${ws}`, ...titles.map((pair) => pair.join(' '))].join(', ');
}

/** `c-text: 50 × 1 KiB of ASCII text, 16 in flight, decoded and encoded` */
export function describeSection({ cells }: Report, { cell: name, isDecoding }: Row): string {
  const cell = cells.find((one) => one.name === name);
  const load = cell === undefined ? name : `${name}: ${describeCell(cell)}`;
  return `${load}${isDecoding ? ', decoded and encoded' : ''}`;
}

/** Rows that belong together: of one cell, those that decode apart from those that do not. */
export function sectionsOf(rows: readonly Row[]): Row[][] {
  const sections = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.cell} ${row.isDecoding}`;
    sections.set(key, [...(sections.get(key) ?? []), row]);
  }
  return [...sections.values()];
}

function toCells(row: Row, baselines: readonly string[]): string[] {
  return [
    row.server,
    whole(row.median),
    `${whole(row.min)} – ${whole(row.max)}`,
    ...baselines.flatMap((name) => {
      const found = row.against.find(({ baseline }) => baseline === name);
      if (found === undefined) return ['', '', ''];
      const { ratio, byCpu } = found;
      return [ratio.ofMedians.toFixed(2), range(ratio), byCpu?.toFixed(2) ?? '?'];
    }),
    row.serverMicroseconds === undefined ? '?' : row.serverMicroseconds.toFixed(2),
    row.serverShare === undefined ? '?' : shares(row.serverShare),
    shares(row.loadShare),
  ];
}

/** One sample as a line of progress. */
export function renderSample(sample: Sample, plan: Plan): string {
  const load = shares({ cpu: sample.loadCpu, waiting: sample.loadWaiting });
  const rate = `${whole(sample.messagesPerSecond).padStart(11)} messages/s, load ${load}`;
  const bad = isSound([sample]) ? '' : `, ${sample.errors} errors, ${sample.lost} lost`;
  const [cells, servers] = [plan.cells, plan.servers].map((all) => Math.max(...all.map(({ name }) => name.length)));
  const what = `${sample.cell.padEnd(cells ?? 0)}  ${sample.server.padEnd(servers ?? 0)}`;
  return `round ${sample.round}/${plan.rounds}  ${what}${rate}${bad}`;
}

function shares({ cpu, waiting }: Share): string {
  return `${Math.round(cpu * 100)}+${Math.round(waiting * 100)} %`;
}
