import { type Bar, type Figures, toFigures } from '../chart/figures.js';
import { tuned } from '../echo/contenders/index.js';
import type { Report } from '../echo/report.js';
import { markdownTable, whole } from '../harness/table.js';

const begin = '<!-- bench readme writes from here -->';
const end = '<!-- to here -->';

/** What a figure has that the load has bound, in Markdown. */
const star = '\\*';

/** The cells of the chart: the others are in the table alone. */
const drawn: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'c-unicode', 'd-unicode'];

/** The cells that a reader sees at a glance. */
const summed: readonly string[] = ['a', 'b', 'c', 'd', 'e'];

/** A column of the table: a server, and the figures in which another one counts as 1. */
interface Column {
  readonly title: string;
  /** What it is called in the head of the table, if not by its title. */
  readonly called?: string;
  readonly figures: Figures;
  readonly to: string;
}

/** All that is said of the figures, in Markdown: the chart, a table, and where the figures come from. */
export function renderBlock(reports: readonly Report[], chart: string): string {
  const strict = { figures: toFigures(reports, tuned), to: 'tuned `ws`' };
  const plain = { figures: toFigures(reports, 'ws'), to: '`ws`' };
  const columns: Column[] = [
    ...websonsOf(strict.figures).map((title) => ({ title, ...strict })),
    { title: 'Bun', ...strict },
    { title: 'webson', ...plain },
    { title: 'Bun', ...plain },
    { title: strict.figures.baseline, called: strict.to, ...plain },
  ];
  return [
    `![${strict.figures.baseline} and others beside webson: figures of the table below](${chart})`,
    '',
    ...measured(columns, plain.figures, strict.figures.notes),
  ].join('\n');
}

/** What is said of the figures in passing: a table of the cells of binary messages. */
export function renderSummary(reports: readonly Report[]): string {
  const strict = { figures: figuresOf(reports, summed, tuned), to: 'tuned `ws`' };
  const plain = { figures: figuresOf(reports, summed, 'ws'), to: '`ws`' };
  const columns: Column[] = [
    { title: 'webson', ...strict },
    { title: 'Bun', ...strict },
    { title: 'webson', ...plain },
  ];
  return measured(columns, plain.figures, strict.figures.notes.slice(0, 1)).join('\n');
}

/** A table with a row for each cell, and what there is to know of the figures in it. */
function measured(columns: readonly Column[], { groups }: Figures, notes: readonly string[]): string[] {
  const titles = columns.map(({ title, called = title, to }) => `${called} to ${to}`);
  const head = ['echoes per second', ...titles, 'webson'];
  const rows = groups.map((group) => [
    group.title,
    ...columns.map((column) => figure(barIn(column.figures, group.title, column.title))),
    whole(group.bars.find(({ title }) => title === 'webson')?.rate ?? Number.NaN),
  ]);
  const isBound = rows.flat().some((text) => text.includes(star));
  const legend = isBound ? ` ${star} The load was the bottleneck, here or of what it is compared with.` : '';
  return [...markdownTable([head, ...rows]), '', `Measured ${notes.join('; ')}.${legend}`];
}

/** webson, and other ways of using it. */
function websonsOf({ groups }: Figures): string[] {
  const titles = groups.flatMap(({ bars }) => bars.map(({ title }) => title));
  return [...new Set(['webson', ...titles.filter((title) => title.startsWith('webson'))])];
}

/** The figures that the chart shows: all that are compared with the tuned `ws`, in the cells that say most. */
export function toReadmeFigures(reports: readonly Report[]): Figures {
  return figuresOf(reports, drawn, tuned);
}

/** The figures of some cells alone. */
function figuresOf(reports: readonly Report[], cells: readonly string[], baseline: string): Figures {
  return toFigures(
    reports.map((report) => ({ ...report, rows: report.rows.filter(({ cell }) => cells.includes(cell)) })),
    baseline,
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
