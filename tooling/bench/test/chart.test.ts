import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { drawChart } from '../src/chart/draw.js';
import { toFigures } from '../src/chart/figures.js';
import type { Report } from '../src/report.js';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/chart/main.js', import.meta.url));

/** A report in which every server but the first, `ws`, has the ratios given, cell by cell. */
function report(cells: Record<string, Record<string, number>>, more: Partial<Report> = {}): Report {
  const share = { cpu: 1, waiting: 0 };
  const rest = { median: 1, min: 1, max: 1, loadShare: share };
  return {
    ...{ date: '2000-01-02T03:04:05Z', node: 'v20.0.0', ws: '8.0.0', platform: 'linux', cpu: 'none', cpus: 2 },
    ...{ pinning: '', load: 'node:net', rounds: 5, seconds: 2, warmup: 1, warnings: [], samples: [] },
    cells: Object.keys(cells).map((name) => ({ name, connections: 7, size: 2048, inFlight: 3 })),
    rows: Object.entries(cells).flatMap(([cell, ratios]) => [
      { cell, server: 'ws', ...rest },
      ...Object.entries(ratios).map(([server, ratio]) => ({
        ...{ cell, server, ...rest },
        ratio: { ofMedians: ratio, min: ratio, max: ratio },
      })),
    ]),
    ...more,
  };
}

describe('toFigures', () => {
  it('takes whatever cells and servers there are, in the order in which they come', () => {
    const figures = toFigures([report({ z: { webson: 2, other: 0.5 }, y: { other: 4 } }, { warnings: ['busy'] })]);
    expect(figures.baseline).toBe('ws');
    expect(figures.groups).toEqual([
      {
        title: 'z: 7 × 2 KiB, 3 in flight',
        bars: [
          { server: 'webson', ratio: 2 },
          { server: 'other', ratio: 0.5 },
        ],
      },
      { title: 'y: 7 × 2 KiB, 3 in flight', bars: [{ server: 'other', ratio: 4 }] },
    ]);
    expect(figures.notes).toEqual([
      '2000-01-02, Node v20.0.0, ws 8.0.0, none, load by node:net: medians of 5 rounds of 2 s; warnings: 1',
    ]);
  });

  it('joins reports: what one of them measured stands beside the other, what several did becomes their median', () => {
    const { groups, notes } = toFigures([
      report({ a: { webson: 1 } }),
      report({ a: { webson: 3, Bun: 5 }, b: { webson: 8 } }),
      report({ a: { webson: 2 } }),
    ]);
    expect(groups.map(({ bars }) => bars)).toEqual([
      [
        { server: 'webson', ratio: 2 },
        { server: 'Bun', ratio: 5 },
      ],
      [{ server: 'webson', ratio: 8 }],
    ]);
    expect(notes).toHaveLength(3);
  });

  it('refuses reports that cannot be put side by side', () => {
    const other = report({ a: {} }, { rows: [{ ...report({ a: {} }).rows[0]!, server: 'net' }] });
    expect(() => toFigures([report({ a: { webson: 1 } }), other])).toThrow('different servers: ws, net');
    expect(() => toFigures([report({ a: {} })])).toThrow('no server');
    expect(() => toFigures([])).toThrow('no server');
  });
});

describe('drawChart', () => {
  const svg = drawChart(toFigures([report({ a: { webson: 8.04, '<Bun>': 0.5 }, b: { webson: 31.6 } })]));

  it('names cells, servers and ratios', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['a: 7 × 2 KiB, 3 in flight', 'webson', '&lt;Bun&gt;']));
    expect(texts).toEqual(expect.arrayContaining(['8 ×', '0.5 ×', '32 ×', 'Messages echoed per second, ws = 1']));
    expect(svg).not.toContain('NaN');
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
});

it('draws files into a file, and says what is wrong with them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    const [good, bad, svg] = ['good.json', 'bad.json', 'chart.svg'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(good, JSON.stringify(report({ a: { webson: 2 } }, { warnings: ['a busy machine'] })));
    writeFileSync(bad, '{}');
    const { stderr } = await run(process.execPath, [main, svg, good]);
    expect(stderr).toBe('WARNING a busy machine\n');
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    for (const [args, complaint] of [
      [[svg, bad], 'bad.json is not what bench --json writes'],
      [[svg], 'expected'],
      [[good, good], 'expected'],
    ] as const) {
      const stderr = expect.stringContaining(complaint);
      await expect(run(process.execPath, [main, ...args])).rejects.toMatchObject({ code: 2, stderr });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
