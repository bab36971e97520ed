/**
 * `node dist/readme/main.js FIGURES.json…`: writes what `bench --json` has written into `README.md`, and draws it as
 * `docs/speed.svg`, both of the folder it is started in.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { drawChart } from '../chart/draw.js';
import { readReport } from '../chart/read.js';
import { renderBlock, replaceBlock, toReadmeFigures } from './block.js';

const readme = 'README.md';
const chart = 'docs/speed.svg';

const files = process.argv.slice(2);
try {
  if (files.length === 0) throw new Error('FIGURES.json [FIGURES.json …] expected');
  const reports = files.map(readReport);
  for (const warning of reports.flatMap((report) => report.warnings)) process.stderr.write(`WARNING ${warning}\n`);
  const text = replaceBlock(readFileSync(readme, 'utf8'), renderBlock(reports, chart));
  writeFileSync(chart, drawChart(toReadmeFigures(reports)));
  writeFileSync(readme, text);
} catch (error) {
  process.stderr.write(`readme: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
