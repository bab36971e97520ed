import { Unmet, within } from './claim.js';
import type { Verdict } from './lines.js';
import type { Stage } from './stage.js';

/** One thing that is owed on every run-time. */
export interface Case {
  /** Unique. */
  readonly name: string;
  /** Returns when it was kept. */
  run(stage: Stage): Promise<void>;
}

/** Milliseconds that a case may take: on a busy machine a slow one takes many times what it should. */
const PATIENCE = 40_000;

/** Runs the cases one after the other, and tells of each. */
export async function runCases(cases: readonly Case[], stage: Stage, tell: (verdict: Verdict) => void): Promise<void> {
  for (const { name, run } of cases) {
    const begin = performance.now();
    const complaint = await within('the case', run(stage), PATIENCE).then(() => undefined, complaintOf);
    const left = await within('what it leaves', stage.clear(), PATIENCE).then(() => undefined, complaintOf);
    const said = complaint ?? left;
    tell({ name, duration: Math.round(performance.now() - begin), ...(said !== undefined && { complaint: said }) });
  }
}

function complaintOf(error: unknown): string {
  if (error instanceof Unmet) return error.message;
  const { name, code, message, stack } = error as Error & { code?: string };
  return `${name} ${code ?? ''} ${message}\n${stack ?? ''}`;
}
