import { tuned } from './contenders/index.js';
import type { Report } from './report.js';

/** How many times as many messages webson is to echo as another server. */
export interface Goal {
  readonly cell: string;
  readonly baseline: string;
  readonly ratio: number;
}

/** What webson is held to, in the order of the cells. */
export const goals: readonly Goal[] = [
  ...Object.entries({ a: 1.2, b: 3.5, c: 1.7, d: 1.1, e: 1.2 }).map(([cell, ratio]) => ({
    cell,
    baseline: tuned,
    ratio,
  })),
  ...Object.entries({ a: 1.5, b: 27, c: 10, d: 4, e: 3.5 }).map(([cell, ratio]) => ({ cell, baseline: 'ws', ratio })),
];

/** How a report stands to the goals that it says something about, a line for each server compared with. */
export function renderGoals({ rows }: Report): string[] {
  const lines = new Map<string, string[]>();
  for (const { cell, baseline, ratio } of goals) {
    const row = rows.find((one) => one.cell === cell && one.server === 'webson');
    const found = row?.against.find((one) => one.baseline === baseline)?.ratio.ofMedians;
    if (found === undefined) continue;
    const words = `${cell} ${found.toFixed(2)} of ${ratio}${found < ratio ? ' MISSED' : ''}`;
    lines.set(baseline, [...(lines.get(baseline) ?? []), words]);
  }
  return [...lines].map(([baseline, words]) => `goals, webson to ${baseline}: ${words.join(', ')}`);
}
