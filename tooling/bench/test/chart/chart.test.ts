import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawChart } from '../../src/chart/draw.js';
import { toFigures } from '../../src/chart/figures.js';
import type { Sample } from '../../src/echo/plan.js';
import type { Report } from '../../src/echo/report.js';
import { inFolder, runBench } from '../command.js';
import { madeReport } from '../echo/reports.js';

/** A report in which every server but the first, `ws`, has the ratios given, cell by cell. */
function report(cells: Record<string, Record<string, number>>, more: Partial<Report> = {}): Report {
  const full = Object.entries(cells).map(([cell, ratios]) => [
    cell,
    { ws: {}, ...Object.fromEntries(Object.entries(ratios).map(([server, ratio]) => [server, { ws: ratio }])) },
  ]);
  return madeReport(Object.fromEntries(full), more);
}

describe('toFigures', () => {
  it('takes whatever cells and servers there are, in the order in which they come, by what readers call them', () => {
    const figures = toFigures([report({ z: { webson: 2, bun: 0.5 }, y: { other: 4 } })]);
    expect(figures.baseline).toBe('ws');
    expect(figures.groups).toEqual([
      {
        title: 'z: 7 × 2 KiB, 3 in flight',
        bars: [
          { title: 'webson', ratio: 2, rate: 1000, isLoadBound: false },
          { title: 'Bun', ratio: 0.5, rate: 1000, isLoadBound: false },
        ],
      },
      {
        title: 'y: 7 × 2 KiB, 3 in flight',
        bars: [{ title: 'other', ratio: 4, rate: 1000, isLoadBound: false }],
      },
    ]);
  });

  it('joins reports: what one of them measured stands beside the other, what several did becomes their median', () => {
    const { groups, notes } = toFigures([
      report({ a: { webson: 1 } }),
      report({ a: { webson: 3, Bun: 5 }, b: { webson: 8 } }),
      report({ a: { webson: 2 } }),
    ]);
    expect(groups.map(({ bars }) => bars.map(({ title, ratio }) => [title, ratio]))).toEqual([
      [
        ['webson', 2],
        ['Bun', 5],
      ],
      [['webson', 8]],
    ]);
    expect(notes).toEqual([
      '2000-01-02, Node v20.0.0, ws 8.0.0, 2 × none',
      'medians of 5 rounds of 2 s, load by node:net',
      'medians of up to 3 runs',
      'highest to lowest ratio of a round: 2.00 in the median',
    ]);
  });

  it('shows who decodes text apart, and compares with the baseline that is asked for', () => {
    const ratios = { webson: { 'ws-tuned': 2, ws: 8 }, 'webson-text': { 'ws-tuned': 1.5, ws: 3 } };
    const both = madeReport({ a: ratios }, { baselines: ['ws-tuned', 'ws'] });
    const shown = (baseline?: string) =>
      toFigures([both], baseline).groups.map(({ title, bars }) => [title, bars[0]?.title, bars[0]?.ratio]);
    expect(shown()).toEqual([
      ['a: 7 × 2 KiB, 3 in flight', 'webson', 2],
      ['a: 7 × 2 KiB, 3 in flight, decoded and encoded', 'webson', 1.5],
    ]);
    expect(shown('ws-tuned')).toEqual(shown());
    expect(shown('ws').map(([, , ratio]) => ratio)).toEqual([8, 3]);
    expect(toFigures([both]).baseline).toBe('ws + bufferutil + cork');
  });

  it('marks what the load was the bottleneck of, and all that is compared with that', () => {
    const { rows, ...rest } = report({ a: { webson: 2, bun: 3 }, b: { webson: 2 } });
    const bound = rows.map((row) => ({
      ...row,
      isLoadBound: row.cell === 'a' ? row.server === 'bun' : row.server === 'ws',
    }));
    const { groups } = toFigures([{ ...rest, rows: bound }]);
    expect(groups.map(({ bars }) => bars.map(({ isLoadBound }) => isLoadBound))).toEqual([[false, true], [true]]);
  });

  it('says what other work there was', () => {
    const sample = { loadWaiting: 0.01, serverWaiting: 0.25 } as Sample;
    const { notes } = toFigures([report({ a: { webson: 2 } }, { samples: [sample, { ...sample, serverWaiting: 0 }] })]);
    expect(notes.at(-1)).toBe('other work on the cores in 1 of 2 measurements, up to 25 %');
  });

  it('refuses reports that cannot be put side by side', () => {
    const other = madeReport({ a: { webson: { net: 1 } } }, { baselines: ['net'] });
    expect(() => toFigures([report({ a: { webson: 1 } }), other])).toThrow('different servers: ws; net');
    expect(() => toFigures([report({ a: { webson: 1 } })], 'ws-tuned')).toThrow('different servers: ws');
    expect(() => toFigures([report({ a: {} })])).toThrow('no server');
    expect(() => toFigures([])).toThrow('no server');
  });
});

describe('drawChart', () => {
  const figures = toFigures([report({ a: { webson: 8.04, '<Bun>': 0.5 }, b: { webson: 31.6 } })]);
  const svg = drawChart(figures);

  it('names cells, servers and ratios', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['a: 7 × 2 KiB, 3 in flight', 'webson', '&lt;Bun&gt;']));
    expect(texts).toEqual(expect.arrayContaining(['8 ×', '0.5 ×', '32 ×', 'Messages echoed per second; ws = 1']));
    expect(texts).toEqual(expect.arrayContaining([...figures.notes]));
    expect(svg).not.toContain('NaN');
    expect(svg).not.toContain('*');
  });

  it('draws bars from 1, as long as the logarithm of their ratio, slower ones to the left', () => {
    const widths = [...svg.matchAll(/<path d="M[\d.]+ [\d.]+l(-?[\d.]+) 0l[^>]*series_index/g)].map(([, x]) =>
      Number(x),
    );
    expect(widths).toHaveLength(3);
    const [webson = 0, bun = 0, most = 0] = widths;
    expect(webson / -bun).toBeCloseTo(Math.log2(8.04), 1);
    expect(most / -bun).toBeCloseTo(Math.log2(31.6), 1);
  });

  it('has a colour for dark backgrounds wherever a text has one', () => {
    const used = new Set([...svg.matchAll(/<text[^>]*fill="(#\w+)"/g)].map(([, colour]) => colour));
    const [, style = ''] = /<style>(.*?)<\/style>/.exec(svg) ?? [];
    expect(used.size).toBeGreaterThan(0);
    for (const colour of used) expect(style).toContain(`[fill="${colour}"] { fill: #`);
  });

  it('explains the star of a figure that the load has bound', () => {
    const bars = [{ title: 'Bun', ratio: 2, rate: 1, isLoadBound: true }];
    const starred = drawChart({ ...figures, groups: [{ title: 'a', bars }] });
    expect(starred).toContain('>2 × *<');
    expect(starred).toContain('* the load was the bottleneck');
  });
});

it('draws files into a file, and says what is wrong with them', async () => {
  await inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    const [good, bad, svg] = [path('good.json'), path('bad.json'), path('chart.svg')];
    writeFileSync(good, JSON.stringify(report({ a: { webson: 2 } }, { warnings: ['a busy machine'] })));
    writeFileSync(bad, '{}');
    const { stderr } = await runBench(['chart', svg, good]);
    expect(stderr).toBe('WARNING a busy machine\n');
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    for (const [args, complaint] of [
      [[svg, bad], 'bad.json is not what bench --json writes'],
      [[svg], 'expected'],
      [[good, good], 'expected'],
    ] as const) {
      const stderr = expect.stringContaining(complaint);
      await expect(runBench(['chart', ...args])).rejects.toMatchObject({ code: 2, stderr });
    }
  });
});
