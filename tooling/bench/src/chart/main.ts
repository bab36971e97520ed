/** `node dist/chart/main.js OUT.svg FIGURES.json…`: draws what `bench --json` has written. */
import { writeFileSync } from 'node:fs';
import { drawChart } from './draw.js';
import { toFigures } from './figures.js';
import { readReport } from './read.js';

const [out, ...files] = process.argv.slice(2);
try {
  if (!out?.endsWith('.svg') || files.length === 0) throw new Error('OUT.svg FIGURES.json [FIGURES.json …] expected');
  const reports = files.map(readReport);
  for (const warning of reports.flatMap((report) => report.warnings)) process.stderr.write(`WARNING ${warning}\n`);
  writeFileSync(out, drawChart(toFigures(reports)));
} catch (error) {
  process.stderr.write(`chart: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
