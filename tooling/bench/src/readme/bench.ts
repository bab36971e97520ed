import { readFileSync, writeFileSync } from 'node:fs';
import { readReports } from '../chart/read.js';
import { type Bench, defineBench } from '../harness/bench.js';
import { renderBlock, replaceBlock, toReadmeFigures } from './block.js';

const readme = 'README.md';
const chart = 'docs/speed.svg';

/** Writes down what `echo` has measured, in the folder it is started in. */
export const bench: Bench = defineBench({
  name: 'readme',
  about: `Measures nothing: writes what \`bench --json\` has written into ${readme}, and draws it as ${chart}.`,
  operands: 'FIGURES.json [FIGURES.json …]',
  options: {},
  async run(_, output, files) {
    if (files.length === 0) throw new Error('FIGURES.json [FIGURES.json …] expected');
    const reports = readReports(files, output);
    const text = replaceBlock(readFileSync(readme, 'utf8'), renderBlock(reports, chart));
    // What draws is large, and not needed to list the benches.
    const { drawChart } = await import('../chart/draw.js');
    writeFileSync(chart, drawChart(toReadmeFigures(reports)));
    writeFileSync(readme, text);
    return true;
  },
});
