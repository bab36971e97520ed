import { readFileSync } from 'node:fs';
import type { Report } from '../report.js';

/** Reads what `bench --json` has written. Throws an Error that names a file which it has not. */
export function readReport(file: string): Report {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
  if (![report.rows, report.cells, report.baselines, report.samples].every(Array.isArray)) {
    throw new Error(`${file} is not what bench --json writes`);
  }
  return report as Report;
}
