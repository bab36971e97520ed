import { type Bar, type Figures, toFigures } from '../chart/figures.js';
import { tuned } from '../echo/contenders/index.js';
import type { Report } from '../echo/report.js';
import { markdownTable, whole } from '../harness/table.js';

const begin = '<!-- bench readme writes from here -->';
const end = '<!-- to here -->';

/** What a figure has that the load has bound, in Markdown. */
const star = '\\*';

/** The cells that a reader sees at a glance: the others are in the table alone. */
const drawn: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'c-unicode', 'd-unicode'];

/** A column of the table: a server, and the figures in which another one counts as 1. */
interface Column {
  readonly title: string;
  readonly figures: Figures;
  readonly to: string;
}

/** What a README says of the figures, in Markdown: the chart, a table, and where the figures come from. */
export function renderBlock(reports: readonly Report[], chart: string): string {
  const strict = { figures: toFigures(reports, tuned), to: 'tuned `ws`' };
  const plain = { figures: toFigures(reports, 'ws'), to: '`ws`' };
  const columns: Column[] = [
    ...websonsOf(strict.figures).map((title) => ({ title, ...strict })),
    { title: 'Bun', ...strict },
    { title: 'webson', ...plain },
    { title: 'Bun', ...plain },
  ];
  const head = [
    'echoes per second',
    ...columns.map(({ title, to }) => `${title} to ${to}`),
    'tuned `ws` to `ws`',
    'webson',
  ];
  const rows = plain.figures.groups.map(({ title }) => [
    title,
    ...columns.map((column) => figure(barIn(column.figures, title, column.title))),
    figure(barIn(plain.figures, title, strict.figures.baseline)),
    whole(barIn(plain.figures, title, 'webson')?.rate ?? Number.NaN),
  ]);
  const isBound = rows.flat().some((text) => text.includes(star));
  return [
    `![${strict.figures.baseline} and others beside webson: figures of the table below](${chart})`,
    '',
    ...markdownTable([head, ...rows]),
    '',
    `Measured ${strict.figures.notes.join('; ')}.${isBound ? ` ${star} The load was the bottleneck, here or of what it is compared with.` : ''}`,
  ].join('\n');
}

/** webson, and other ways of using it. */
function websonsOf({ groups }: Figures): string[] {
  const titles = groups.flatMap(({ bars }) => bars.map(({ title }) => title));
  return [...new Set(['webson', ...titles.filter((title) => title.startsWith('webson'))])];
}

/** The figures that the chart of a README shows: all that are compared with the tuned `ws`, in the cells that say most. */
export function toReadmeFigures(reports: readonly Report[]): Figures {
  return toFigures(
    reports.map((report) => ({ ...report, rows: report.rows.filter(({ cell }) => drawn.includes(cell)) })),
    tuned,
  );
}

/**
 * Puts a block in the place between the two marks.
 *
 * @throws Error when the text has not each of them once, in this order.
 */
export function replaceBlock(text: string, block: string): string {
  const [before, rest, ...more] = text.split(begin);
  const [old, after, ...others] = rest?.split(end) ?? [];
  if (old === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`the text needs ${begin} and ${end}, once each`);
  }
  return `${before}${begin}\n${block}\n${end}${after}`;
}

function barIn({ groups }: Figures, group: string, title: string): Bar | undefined {
  return groups.find((one) => one.title === group)?.bars.find((bar) => bar.title === title);
}

function figure(bar: Bar | undefined): string {
  if (bar === undefined) return '–';
  return `${bar.ratio.toFixed(bar.ratio < 9.995 ? 2 : 1)}${bar.isLoadBound ? star : ''}`;
}
