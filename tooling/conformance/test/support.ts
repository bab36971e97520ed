import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderTable, summarize } from '../src/report.js';
import { allJobs, type Job, type JobResult, runJobs } from '../src/runner/suite.js';

const MINUTE = 60_000;

/** The lines of the table in RESULTS.md, by title of their section. */
export function expectedLines(): Map<string, string[]> {
  const results = readFileSync(new URL('../RESULTS.md', import.meta.url), 'utf8');
  return linesOf(results);
}

function linesOf(table: string): Map<string, string[]> {
  const lines = table.split('\n').filter((line) => line.startsWith('| '));
  return new Map(lines.map((line) => line.split('|').map((cell) => cell.trim())).map((cells) => [cells[1]!, cells]));
}

/** A test for every case in memory, in both roles, and one for their number: what RESULTS.md says was run has been run. */
export function testInMemory(isOf: (section: string) => boolean): void {
  const jobs = allJobs().filter((job) => job.ground === 'memory' && isOf(job.section));
  const cases = new Map<string, Job[]>();
  for (const job of jobs) cases.set(job.id, [...(cases.get(job.id) ?? []), job]);
  const results: JobResult[] = [];

  for (const [id, both] of cases) {
    test(
      `${id}: ${both[0]!.title} (${both[0]!.rule})`,
      async () => {
        expect(both).toHaveLength(2);
        const own = await runJobs(both);
        results.push(...own);
        expect(failuresOf(own)).toEqual([]);
      },
      MINUTE,
    );
  }

  test('as many as RESULTS.md says', () => {
    expect(results).toHaveLength(jobs.length);
    expectCounts(results, 3);
  });
}

/** A test for every section on sockets. */
export function testOnSockets(): void {
  const jobs = allJobs().filter(({ ground }) => ground === 'sockets');
  for (const section of new Set(jobs.map((job) => job.section))) {
    test(
      `${section}: every case in both roles, as many as RESULTS.md says`,
      async () => {
        const results = await runJobs(jobs.filter((job) => job.section === section));
        expect(failuresOf(results)).toEqual([]);
        expectCounts(results, 4);
      },
      section.startsWith('deflate') ? 10 * MINUTE : 3 * MINUTE,
    );
  }
}

function failuresOf(results: readonly JobResult[]): string[] {
  return results.flatMap(({ job, failure }) => (failure === undefined ? [] : `${job.id}: ${failure}`));
}

// The number of cases, and that of executions, which is in another column for each ground.
function expectCounts(results: readonly JobResult[], column: number): void {
  const rows = summarize(results);
  const counted = linesOf(renderTable(rows));
  const expected = expectedLines();
  for (const { title } of rows) {
    const pick = (cells: string[] | undefined): unknown => [title, cells?.[2], cells?.[column]];
    expect(pick(counted.get(title))).toEqual(pick(expected.get(title)));
  }
}
