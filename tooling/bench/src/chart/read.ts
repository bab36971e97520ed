import { readFileSync } from 'node:fs';
import type { Report } from '../echo/report.js';
import type { Output } from '../harness/bench.js';

/**
 * Reads what `bench --json` has written, and repeats its warnings. Throws an Error that names a file which it has not.
 */
export function readReports(files: readonly string[], output: Output): Report[] {
  const reports = files.map(readReport);
  for (const warning of reports.flatMap((report) => report.warnings)) output.note(`WARNING ${warning}`);
  return reports;
}

function readReport(file: string): Report {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
  if (![report.rows, report.cells, report.baselines, report.samples].every(Array.isArray)) {
    throw new Error(`${file} is not what bench --json writes`);
  }
  return report as Report;
}
