import { destroying } from './cases/destroying.js';
import { ending } from './cases/ending.js';
import { pausing } from './cases/pausing.js';
import { starting } from './cases/starting.js';
import { writing } from './cases/writing.js';
import type { TransportCase } from './transport-case.js';
import { ComplianceError, type ConnectedPair, Trial } from './trial.js';

/** The cases that every `Transport` must pass, in the order in which they run. */
export const transportCases: readonly TransportCase[] = [...writing, ...starting, ...pausing, ...ending, ...destroying];

/** Makes two connected transports that are not started. It is called once for every round of every case. */
export type CreatePair = () => ConnectedPair | Promise<ConnectedPair>;

/** Registers a test, such as `test` of vitest or node:test. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown;

/** Options of {@link transportCompliance}. */
export interface ComplianceOptions {
  /** The longest time to wait for an event, in milliseconds, after which a case fails; 10000 by default. */
  readonly patience?: number;
  /**
   * The seed of all random choices, a whole number; a random one by default. The error of a case with rounds names it.
   */
  readonly seed?: number;
  /** The cases to run; all {@link transportCases} by default. */
  readonly cases?: readonly TransportCase[];
}

/** The result of one case. */
export interface CaseResult {
  readonly case: TransportCase;
  /** 'absent': the transport lacks the optional member that the case is about. */
  readonly outcome: 'passed' | 'failed' | 'absent';
  /** Why the case failed. */
  readonly error?: Error;
}

/** The results of all cases that a transport was tested with. */
export interface ComplianceReport {
  readonly name: string;
  /** True when no case has failed. */
  readonly isCompliant: boolean;
  readonly results: readonly CaseResult[];
}

/** Options of {@link transportCompliance} that register the cases with a test runner. */
export interface RegisteredCompliance extends ComplianceOptions {
  readonly test: RegisterTest;
}

/**
 * Tests a transport against the contract of `Transport`, one case after the other.
 *
 * With `test` (of vitest or node:test) each case becomes a test of that runner, and nothing is returned.
 * Without it the cases run at once, and the promise resolves to their results, whether they passed or failed.
 *
 * `createPair` need not close the transports: they are destroyed after each case, and `dispose` is awaited when both
 * are closed. If the two sides are of different kinds, test them in both orders, because not every case is symmetric.
 */
export function transportCompliance(name: string, createPair: CreatePair, options: RegisteredCompliance): void;
export function transportCompliance(
  name: string,
  createPair: CreatePair,
  options?: ComplianceOptions,
): Promise<ComplianceReport>;
export function transportCompliance(
  name: string,
  createPair: CreatePair,
  options: ComplianceOptions & { readonly test?: RegisterTest } = {},
): Promise<ComplianceReport> | undefined {
  const { test, patience = 10_000, seed = Math.floor(Math.random() * 2 ** 24), cases = transportCases } = options;
  if (test === undefined) return runAll(name, cases, createPair, patience, seed);
  for (const one of cases) {
    test(`${name}: ${one.expected}`, async () => {
      const { error } = await runCase(one, createPair, patience, seed);
      if (error !== undefined) throw error;
    });
  }
  return;
}

async function runAll(
  name: string,
  cases: readonly TransportCase[],
  createPair: CreatePair,
  patience: number,
  seed: number,
): Promise<ComplianceReport> {
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await runCase(one, createPair, patience, seed));
  return { name, isCompliant: results.every(({ outcome }) => outcome !== 'failed'), results };
}

async function runCase(
  one: TransportCase,
  createPair: CreatePair,
  patience: number,
  firstSeed: number,
): Promise<CaseResult> {
  const rounds = one.rounds ?? 1;
  let outcome: CaseResult['outcome'] = 'passed';
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round;
    try {
      const trial = new Trial(await createPair(), patience, seed);
      if ((await tryOnce(one, trial)) === 'absent') outcome = 'absent';
    } catch (cause) {
      const { member, sentence } = one.proves;
      const message = cause instanceof Error ? cause.message : String(cause);
      const seeded = rounds === 1 ? '' : ` (seed ${seed})`;
      const error = new ComplianceError(`${one.expected}${seeded}: ${message}\n${member}: "${sentence}"`, { cause });
      return { case: one, outcome: 'failed', error };
    }
  }
  return { case: one, outcome };
}

async function tryOnce(one: TransportCase, trial: Trial): Promise<'absent' | undefined> {
  let failure: { readonly reason: unknown } | undefined;
  let result: 'absent' | undefined;
  try {
    result = (await one.run(trial)) ?? undefined;
  } catch (reason) {
    failure = { reason };
  }
  try {
    await trial.close();
  } catch (reason) {
    // The first failure tells more than one that follows from it.
    failure ??= { reason };
  }
  if (failure !== undefined) throw failure.reason;
  return result;
}
