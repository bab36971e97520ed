import { readFileSync, writeFileSync } from 'node:fs';
import { readReports } from '../chart/read.js';
import { type Bench, defineBench } from '../harness/bench.js';
import { renderBlock, renderSummary, replaceBlock, toReadmeFigures } from './block.js';

const readme = 'README.md';
const page = 'docs/SPEED.md';
const chart = 'speed.svg';

/** Writes down what `echo` has measured, in the folder it is started in. */
export const bench: Bench = defineBench({
  name: 'readme',
  about: `Measures nothing: writes what \`bench --json\` has written into ${page} and, in short, ${readme}, and draws it as docs/${chart}.`,
  operands: 'FIGURES.json [FIGURES.json …]',
  options: {},
  async run(_, output, files) {
    if (files.length === 0) throw new Error('FIGURES.json [FIGURES.json …] expected');
    const reports = readReports(files, output);
    const texts = [
      [page, replaceBlock(readFileSync(page, 'utf8'), renderBlock(reports, chart))],
      [readme, replaceBlock(readFileSync(readme, 'utf8'), renderSummary(reports))],
    ] as const;
    // What draws is large, and not needed to list the benches.
    const { drawChart } = await import('../chart/draw.js');
    writeFileSync(`docs/${chart}`, drawChart(toReadmeFigures(reports)));
    for (const [path, text] of texts) writeFileSync(path, text);
    return true;
  },
});
