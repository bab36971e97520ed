import fc from 'fast-check';
import { connectionPlans, runConnectionCase } from './connection-case.js';
import { decoderPlans, runDecoderCase } from './decoder-case.js';
import { type EndpointParts, runEndpointCase, soundEndpoints } from './endpoints/endpoint-case.js';
import { endpointPlans } from './endpoints/plan.js';
import { usedMemory } from './memory.js';
import { type Parts, soundParts } from './subject.js';
import { Tally } from './tally.js';

/** How much to run. */
export interface RunOptions {
  /** Cases: byte streams, each through one decoder or through one connection and ws. */
  readonly cases: number;
  /** The seed of the first round; every round after it has the next. */
  readonly seed: number;
  /** Milliseconds after which no more is begun. */
  readonly timeLimit?: number;
  /** What connections are built with. */
  readonly parts?: Parts;
  /** What pairs of endpoints are run with. */
  readonly endpoints?: EndpointParts;
  /** What is found is not minimised. */
  readonly endOnFailure?: boolean;
  /** Called after every round. */
  readonly onRound?: (soFar: RunResult) => void;
}

/** What came of it. */
export interface RunResult {
  readonly cases: number;
  readonly milliseconds: number;
  readonly tally: Tally;
  /** Bytes in use: after the fourth round, every eighth after it, and the last. */
  readonly memory: readonly number[];
  /** Minimised, with the seed that repeats it. */
  readonly failure?: string;
}

/** A plan in both roles, or in a decoder: what one run of a property is. */
interface Target {
  readonly casesPerPlan: number;
  readonly casesPerRound: number;
  check(round: { seed: number; numRuns: number }, tally: Tally, options: RunOptions): Promise<RoundResult>;
}

interface RoundResult {
  readonly plans: number;
  readonly failure?: string;
}

/** Cases of one round: one run of fast-check, with a seed of its own. */
const CASES_PER_ROUND = 5000;
/** The same, of pairs of endpoints: each takes a thousand times as long. */
const MEETINGS_PER_ROUND = 50;
/** To collect all garbage also throws away what is compiled: a round after it takes twice as long. */
const ROUNDS_PER_MEASUREMENT = 8;
/** Milliseconds that a round may take, with the minimising of what it finds. */
const ROUND_TIME = 120_000;
const LIMITED = { interruptAfterTimeLimit: ROUND_TIME, markInterruptAsFailure: false };

const toConnections: Target = {
  casesPerPlan: 2,
  casesPerRound: CASES_PER_ROUND,
  async check({ seed, numRuns }, tally, { parts = soundParts }) {
    const property = fc.asyncProperty(connectionPlans, async (plan) => {
      for (const isClient of [false, true]) {
        const wrong = await runConnectionCase(plan, isClient, parts, tally);
        if (wrong !== undefined) throw new Error(wrong);
      }
    });
    return toResult(await fc.check(property, { seed, numRuns, ...LIMITED }));
  },
};

const toDecoder: Target = {
  casesPerPlan: 1,
  casesPerRound: CASES_PER_ROUND,
  async check({ seed, numRuns }, tally, { parts = soundParts }) {
    const property = fc.property(decoderPlans, (plan) => {
      const wrong = runDecoderCase(plan, parts, tally);
      if (wrong !== undefined) throw new Error(wrong);
    });
    return toResult(fc.check(property, { seed, numRuns, ...LIMITED }));
  },
};

const toEndpoints: Target = {
  casesPerPlan: 1,
  casesPerRound: MEETINGS_PER_ROUND,
  async check({ seed, numRuns }, tally, { endpoints = soundEndpoints, endOnFailure = false }) {
    const property = fc.asyncProperty(endpointPlans, async (plan) => {
      const wrong = await runEndpointCase(plan, endpoints, tally);
      if (wrong !== undefined) throw new Error(wrong);
    });
    return toResult(await fc.check(property, { seed, numRuns, endOnFailure, ...LIMITED }));
  },
};

/** Random and damaged conversations through the decoder alone. */
export function fuzzDecoder(options: RunOptions): Promise<RunResult> {
  return run(toDecoder, options);
}

/** Random and damaged conversations through connections of both roles, and beside them ws. */
export function fuzzConnections(options: RunOptions): Promise<RunResult> {
  return run(toConnections, options);
}

/** Two endpoints with random options against each other: what arrives is what was sent. */
export function fuzzEndpoints(options: RunOptions): Promise<RunResult> {
  return run(toEndpoints, options);
}

async function run(target: Target, options: RunOptions): Promise<RunResult> {
  const { cases: wanted, seed, timeLimit = Number.POSITIVE_INFINITY, onRound } = options;
  const began = performance.now();
  const tally = new Tally();
  const memory: number[] = [];
  let cases = 0;
  let failure: string | undefined;
  const result = (): RunResult => ({
    cases,
    milliseconds: performance.now() - began,
    tally,
    memory,
    ...(failure === undefined ? {} : { failure }),
  });
  // Nothing may come out beside what is returned.
  const strays: string[] = [];
  const onStray = (error: unknown): void => {
    strays.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on('unhandledRejection', onStray).on('uncaughtException', onStray);
  // A refused stream is an error made: its stack would take longer than the case.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (let round = seed; cases < wanted && failure === undefined; round++) {
      if (performance.now() - began >= timeLimit) break;
      const numRuns = Math.ceil(Math.min(target.casesPerRound, wanted - cases) / target.casesPerPlan);
      const { plans, failure: found } = await target.check({ seed: round, numRuns }, tally, options);
      cases += plans * target.casesPerPlan;
      const isLast = cases >= wanted;
      if (isLast || (round - seed) % ROUNDS_PER_MEASUREMENT === 3) memory.push(await usedMemory());
      const wrong = found ?? (strays.length > 0 ? `reached the process: ${strays.join('\n')}` : undefined);
      if (wrong !== undefined) failure = `${wrong}\n  repeat    FC_SEED=${round}, or --seed ${round}`;
      onRound?.(result());
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('unhandledRejection', onStray).off('uncaughtException', onStray);
  }
  return result();
}

function toResult<T>(details: fc.RunDetails<T>): RoundResult {
  if (!details.failed) return { plans: details.numRuns };
  const { errorInstance, numShrinks } = details;
  const what = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return { plans: details.numRuns, failure: `${what}\n  minimised in ${numShrinks} steps` };
}
