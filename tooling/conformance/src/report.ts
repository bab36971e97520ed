import { deflateSections } from './cases/deflate.js';
import { sections } from './cases/index.js';
import { type JobResult, TCP_SECTION } from './runner/suite.js';

/** What a section came to. */
export interface Row {
  readonly section: string;
  readonly title: string;
  readonly cases: number;
  /** Executions in memory, both roles together: each case in every way its bytes are cut. */
  readonly inMemory: number;
  /** Executions over TCP, both roles together. */
  readonly onSockets: number;
  /** Cases that failed in at least one execution. */
  readonly failed: number;
}

/** One row for every section that something was run of. */
export function summarize(results: readonly JobResult[]): Row[] {
  const titles = [
    ...sections.map(({ name, title }) => [name, title] as const),
    [TCP_SECTION, 'TCP'] as const,
    ...deflateSections.map(({ name, title }) => [name, title] as const),
  ];
  return titles.flatMap(([section, title]) => {
    const own = results.filter(({ job }) => job.section === section);
    if (own.length === 0) return [];
    const count = (ground: string): number => {
      return own.reduce((sum, { job, executions }) => sum + (job.ground === ground ? executions : 0), 0);
    };
    const failed = new Set(own.filter(({ failure }) => failure !== undefined).map(({ job }) => job.id));
    const cases = new Set(own.map(({ job }) => job.id)).size;
    return [{ section, title, cases, inMemory: count('memory'), onSockets: count('sockets'), failed: failed.size }];
  });
}

/** The rows and their sum as a table in markdown. @param withFailed with a column for the cases that failed. */
export function renderTable(rows: readonly Row[], withFailed = true): string {
  const sum = (figure: (row: Row) => number): number => rows.reduce((total, row) => total + figure(row), 0);
  const total: Row = {
    section: '',
    title: 'all',
    cases: sum(({ cases }) => cases),
    inMemory: sum(({ inMemory }) => inMemory),
    onSockets: sum(({ onSockets }) => onSockets),
    failed: sum(({ failed }) => failed),
  };
  const cells = [...rows, total].map(({ title, cases, inMemory, onSockets, failed }) => {
    const figures = [cases, inMemory, onSockets, ...(withFailed ? [failed] : [])];
    return [title, ...figures.map((figure) => figure.toLocaleString('en-US'))];
  });
  const head = ['section', 'cases', 'executions in memory', 'executions on sockets', ...(withFailed ? ['failed'] : [])];
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string => {
    return `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  };
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...cells.map(line), ''].join('\n');
}

/** The content of RESULTS.md. */
export function renderResults(rows: readonly Row[]): string {
  return `# What is run

Written by \`node dist/main.js --results RESULTS.md\`; the tests fail when they run any more or less, and when a case fails.
Every case runs as server and as client: the executions are those of both.

${renderTable(rows, false)}`;
}
