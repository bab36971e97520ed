/** `node dist/chart/main.js OUT.svg FIGURES.json…`: draws what `bench --json` has written. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Report } from '../report.js';
import { drawChart } from './draw.js';
import { toFigures } from './figures.js';

function read(file: string): Report {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
  if (!Array.isArray(report.rows) || !Array.isArray(report.cells)) {
    throw new Error(`${file} is not what bench --json writes`);
  }
  return report as Report;
}

const [out, ...files] = process.argv.slice(2);
try {
  if (!out?.endsWith('.svg') || files.length === 0) throw new Error('OUT.svg FIGURES.json [FIGURES.json …] expected');
  const reports = files.map(read);
  for (const warning of reports.flatMap((report) => report.warnings)) process.stderr.write(`WARNING ${warning}\n`);
  writeFileSync(out, drawChart(toFigures(reports)));
} catch (error) {
  process.stderr.write(`chart: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
