import './virtual-time.js';
import fc from 'fast-check';
import { runCase } from './case.js';
import { type Plan, plans } from './plan.js';
import type { Plant } from './plant.js';

/** How much to run. */
export interface RunOptions {
  readonly cases: number;
  /** The seed of the first round; every round after it has the next. */
  readonly seed: number;
  /** fast-check's path to one case of the first round: that alone is run. */
  readonly path?: string | undefined;
  /** Milliseconds after which no more is begun. */
  readonly timeLimit?: number;
  /** Makes another plan of each. */
  readonly adapt?: ((plan: Plan) => Plan) | undefined;
  /** What is made wrong on purpose. */
  readonly plant?: Plant | undefined;
  /** Milliseconds in which a failure is made smaller; 30 s by default. */
  readonly shrinkingTime?: number;
  /** Called after every round. */
  readonly onRound?: (soFar: RunResult) => void;
}

/** What came of it. */
export interface RunResult {
  readonly cases: number;
  readonly milliseconds: number;
  readonly moves: number;
  /** Minimised: what was wrong, how to repeat it, the plan, and what happened. */
  readonly failure?: string;
}

const CASES_PER_ROUND = 1000;
const SHRINKING = 30_000;
const TRACE = 80;

/** Random applications at both ends of connections in memory. */
export async function runCases({
  cases: wanted,
  seed,
  path,
  timeLimit = Number.POSITIVE_INFINITY,
  adapt,
  plant,
  shrinkingTime = SHRINKING,
  onRound,
}: RunOptions): Promise<RunResult> {
  const began = performance.now();
  const strays: string[] = [];
  const onStray = (error: unknown): void => {
    strays.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on('unhandledRejection', onStray).on('uncaughtException', onStray);
  let cases = 0;
  let moves = 0;
  let failure: string | undefined;
  const result = (): RunResult => ({
    cases,
    moves,
    milliseconds: performance.now() - began,
    ...(failure === undefined ? {} : { failure }),
  });
  const arbitrary = adapt === undefined ? plans : plans.map(adapt);
  let failedAt = 0;
  const property = fc.asyncProperty(arbitrary, async (plan) => {
    // Making a failure smaller is no end in itself.
    if (failedAt > 0 && performance.now() - failedAt > shrinkingTime) return;
    const outcome = await runCase(plan, plant);
    moves += outcome.moves;
    const faults = [...outcome.faults, ...strays.splice(0).map((stray) => `reached the process: ${stray}`)];
    if (faults.length === 0) return;
    if (failedAt === 0) failedAt = performance.now();
    throw new Error(faults.join('\n'));
  });
  try {
    for (let round = seed; cases < wanted && failure === undefined; round++) {
      if (performance.now() - began >= timeLimit) break;
      const numRuns = path === undefined ? Math.min(CASES_PER_ROUND, wanted - cases) : 1;
      const details = await fc.check(property, { seed: round, numRuns, ...(path === undefined ? {} : { path }) });
      cases += details.numRuns;
      if (details.failed) failure = await describe(details, round, plant);
      onRound?.(result());
      if (path !== undefined) break;
    }
  } finally {
    process.off('unhandledRejection', onStray).off('uncaughtException', onStray);
  }
  return result();
}

async function describe(details: fc.RunDetails<[Plan]>, seed: number, plant: Plant | undefined): Promise<string> {
  const { errorInstance, counterexample, counterexamplePath, numShrinks } = details;
  const what = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const [plan] = counterexample ?? [];
  if (plan === undefined) return what;
  const { trace } = await runCase(plan, plant, true);
  const cut = trace.length > TRACE ? [`… ${trace.length - TRACE} lines before`, ...trace.slice(-TRACE)] : trace;
  return [
    what,
    `  minimised in ${numShrinks} steps`,
    `  repeat    SEED=${seed} CASE_PATH=${counterexamplePath ?? ''}`,
    `  plan      ${JSON.stringify(plan)}`,
    ...cut.map((line) => `  ${line}`),
  ].join('\n');
}
