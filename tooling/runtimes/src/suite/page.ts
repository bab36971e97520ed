import { runCases } from './case.js';
import { portable } from './cases/portable.js';
import type { Verdict } from './lines.js';
import { type Ask, Stage } from './stage.js';

/** Runs the cases in a page, and tells of each. */
export function run(ask: Ask, tell: (verdict: Verdict) => void): Promise<void> {
  return runCases(portable, new Stage(ask), tell);
}
