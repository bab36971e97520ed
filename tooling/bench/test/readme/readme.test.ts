import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/echo/report.js';
import { renderBlock, renderSummary, replaceBlock, toReadmeFigures } from '../../src/readme/block.js';
import { inFolder, runBench } from '../command.js';
import { madeReport } from '../echo/reports.js';

const report = madeReport(
  {
    a: {
      ws: { 'ws-tuned': 0.5 },
      'ws-tuned': { ws: 2 },
      webson: { 'ws-tuned': 5, ws: 10.04 },
      bun: { 'ws-tuned': 1.234, ws: 9.994 },
    },
    'b-text': { 'ws-tuned-text': { ws: 3 }, 'webson-text': { 'ws-tuned': 0.9, ws: 2.7 } },
  },
  { baselines: ['ws-tuned', 'ws'], bufferutil: '4.0.0' },
);

describe('renderBlock', () => {
  it('has the comparison with the tuned ws first, the plain one second, and where the figures come from', () => {
    const lines = renderBlock([report], 'docs/x.svg').split('\n');
    expect(lines[0]).toMatch(/^!\[.+\]\(docs\/x\.svg\)$/);
    expect(lines.filter((line) => line.startsWith('| '))).toEqual([
      expect.stringContaining(
        'webson to tuned `ws` | Bun to tuned `ws` | webson to `ws` | Bun to `ws` | tuned `ws` to `ws`',
      ),
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| a: 7 × 2 KiB, 3 in flight | 5.00 | 1.23 | 10.0 | 9.99 | 2.00 | 1,000 |',
      '| b-text: 7 × 2 KiB, 3 in flight, decoded and encoded | 0.90 | – | 2.70 | – | 3.00 | 1,000 |',
    ]);
    expect(lines.at(-1)).toBe(
      'Measured 2000-01-02, Node v20.0.0, ws 8.0.0, bufferutil 4.0.0, 2 × none; medians of 5 rounds of 2 s, load by node:net; ' +
        'highest to lowest ratio of a round: 2.00 in the median.',
    );
  });

  it('marks figures that the load has bound', () => {
    const rows = report.rows.map((row) => ({ ...row, isLoadBound: row.server === 'bun' }));
    const block = renderBlock([{ ...report, rows }], 'docs/x.svg');
    expect(block).toContain('| 5.00 | 1.23\\* | 10.0 | 9.99\\* | 2.00 |');
    expect(block).toMatch(/\. \\\* The load was the bottleneck/);
  });

  it('has a column for every other way of using webson', () => {
    const rows = madeReport({ a: { 'webson-other': { 'ws-tuned': 7 } } }).rows;
    const lines = renderBlock([{ ...report, rows: [...report.rows, ...rows] }], 'docs/x.svg').split('\n');
    expect(lines[2]).toContain('| webson to tuned `ws` | webson-other to tuned `ws` | Bun to tuned `ws` |');
    expect(lines[4]).toContain('| 5.00 | 7.00 | 1.23 |');
  });

  it('refuses a report without the tuned ws', () => {
    const poor = madeReport({ a: { webson: { ws: 2 } } });
    expect(() => renderBlock([poor], 'docs/x.svg')).toThrow('different servers');
  });
});

describe('renderSummary', () => {
  it('has the cells of binary messages, what they are compared with, and where and when', () => {
    expect(renderSummary([report]).split('\n')).toEqual([
      '| echoes per second | webson to tuned `ws` | Bun to tuned `ws` | webson to `ws` | webson |',
      '| --- | --- | --- | --- | --- |',
      '| a: 7 × 2 KiB, 3 in flight | 5.00 | 1.23 | 10.0 | 1,000 |',
      '',
      'Measured 2000-01-02, Node v20.0.0, ws 8.0.0, bufferutil 4.0.0, 2 × none.',
    ]);
  });

  it('marks figures that the load has bound', () => {
    const rows = report.rows.map((row) => ({ ...row, isLoadBound: row.server === 'bun' }));
    expect(renderSummary([{ ...report, rows }])).toMatch(/\| 1\.23\\\* \|.*\. \\\* The load was the bottleneck/s);
  });
});

it('draws the cells that say most', () => {
  expect(toReadmeFigures([report]).groups.map(({ title }) => title)).toEqual(['a: 7 × 2 KiB, 3 in flight']);
});

describe('replaceBlock', () => {
  const [begin, end] = ['<!-- bench readme writes from here -->', '<!-- to here -->'];

  it('replaces what is between the marks, and nothing else', () => {
    const text = `before\n${begin}\nold\n${end}\nafter\n`;
    const written = replaceBlock(text, 'new $& line');
    expect(written).toBe(`before\n${begin}\nnew $& line\n${end}\nafter\n`);
    expect(replaceBlock(written, 'new $& line')).toBe(written);
  });

  it.each(['', begin, `${end} ${begin}`, `${begin}${end}${begin}${end}`, `${begin}${end}${end}`])(
    'refuses %j',
    (text) => {
      expect(() => replaceBlock(text, 'new')).toThrow('once each');
    },
  );
});

it('writes README.md, docs/SPEED.md and docs/speed.svg of the folder it runs in, and says what is wrong', async () => {
  await inFolder(async (cwd) => {
    mkdirSync(join(cwd, 'docs'));
    const pages = [join(cwd, 'README.md'), join(cwd, 'docs/SPEED.md')] as const;
    const read = () => pages.map((page) => readFileSync(page, 'utf8'));
    const marked = `# it\n${replaceBlock('<!-- bench readme writes from here --><!-- to here -->', '')}`;
    writeFileSync(join(cwd, 'figures.json'), JSON.stringify(report satisfies Report));
    writeFileSync(pages[0], '# it\n');
    writeFileSync(pages[1], marked);
    const write = (...files: string[]) => runBench(['readme', ...files], cwd);
    await expect(write('figures.json')).rejects.toMatchObject({ code: 2 });
    await expect(write()).rejects.toMatchObject({ code: 2, stderr: /expected/ });
    expect(read()).toEqual(['# it\n', marked]);

    writeFileSync(pages[0], marked);
    await write('figures.json');
    const [short, long] = read();
    expect(short).toContain(renderSummary([report]));
    expect(long).toContain(renderBlock([report], 'speed.svg'));
    expect(readFileSync(join(cwd, 'docs', 'speed.svg'), 'utf8')).toContain('ws + bufferutil + cork = 1');
  });
});

it('finds its marks in the pages of the project, and the chart that one shows', () => {
  const root = new URL('../../../../', import.meta.url);
  const [short, long] = ['README.md', 'docs/SPEED.md'].map((path) => readFileSync(new URL(path, root), 'utf8'));
  expect(() => replaceBlock(short ?? '', '')).not.toThrow();
  expect(() => replaceBlock(long ?? '', '')).not.toThrow();
  expect(long).toContain('](speed.svg)');
  expect(readFileSync(new URL('docs/speed.svg', root), 'utf8')).toMatch(/^<svg /);
});
