import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { turns } from '../harness/rounds.js';
import { median, type Ratio, ratio } from '../harness/statistics.js';
import { range } from '../harness/table.js';

const run = promisify(execFile);
const importProcess = fileURLToPath(new URL('./import-process.js', import.meta.url));

/** What one import took, in milliseconds: of the clock, and of all threads of the process on a core. */
export interface ImportTime {
  readonly wall: number;
  readonly cpu: number;
}

/** What the runs of one module come to, in milliseconds; the ratios are to the first module, which has 1. */
export interface ImportRow {
  readonly module: string;
  readonly median: ImportTime;
  readonly wall: Ratio;
  readonly cpu: Ratio;
}

/** Imports every module `runs` times, each time in a fresh process, in turn: forth in one round, back in the next. */
export async function measureImports(modules: readonly string[], runs: number): Promise<ImportRow[]> {
  const times = new Map(modules.map((module) => [module, [] as ImportTime[]]));
  for (const { contender: module } of turns({ rounds: runs, cells: [undefined], contenders: () => modules })) {
    const { stdout } = await run(process.execPath, [importProcess, module]);
    times.get(module)?.push(JSON.parse(stdout));
  }
  return summarizeImports(times);
}

/** Compares the times of each module with those of the first. */
export function summarizeImports(times: ReadonlyMap<string, readonly ImportTime[]>): ImportRow[] {
  const [baseline = []] = times.values();
  return [...times].map(([module, taken]) => {
    const compare = (kind: keyof ImportTime): Ratio =>
      ratio(
        taken.map((time) => time[kind]),
        baseline.map((time) => time[kind]),
      );
    return {
      module,
      median: { wall: median(taken.map((time) => time.wall)), cpu: median(taken.map((time) => time.cpu)) },
      wall: compare('wall'),
      cpu: compare('cpu'),
    };
  });
}

/** The rows as lines of text. */
export function renderImports(rows: readonly ImportRow[], runs: number): string {
  const shown = (time: number, ratios: Ratio): string =>
    `${time.toFixed(1).padStart(7)} ms  × ${ratios.ofMedians.toFixed(2)} (${range(ratios)})`;
  return [
    `Node ${process.version}, medians of ${runs} runs; × to ${rows[0]?.module} (lowest – highest of a round)`,
    ...rows.map(
      (row) =>
        `${row.module.padEnd(12)} wall${shown(row.median.wall, row.wall)}   CPU${shown(row.median.cpu, row.cpu)}`,
    ),
    '',
  ].join('\n');
}
