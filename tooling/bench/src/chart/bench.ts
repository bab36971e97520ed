import { writeFileSync } from 'node:fs';
import { type Bench, defineBench } from '../harness/bench.js';
import { toFigures } from './figures.js';
import { readReports } from './read.js';

/** Draws what `echo` has measured. */
export const bench: Bench = defineBench({
  name: 'chart',
  about: 'Measures nothing: draws what `bench --json` has written as a chart.',
  operands: 'OUT.svg FIGURES.json [FIGURES.json …]',
  options: {},
  async run(_, output, [out, ...files]) {
    if (!out?.endsWith('.svg') || files.length === 0) throw new Error('OUT.svg FIGURES.json [FIGURES.json …] expected');
    const reports = readReports(files, output);
    // What draws is large, and not needed to list the benches.
    const { drawChart } = await import('./draw.js');
    writeFileSync(out, drawChart(toFigures(reports)));
    return true;
  },
});
