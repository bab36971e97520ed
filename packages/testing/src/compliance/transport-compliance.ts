import { destroying } from './cases/destroying.js';
import { ending } from './cases/ending.js';
import { pausing } from './cases/pausing.js';
import { starting } from './cases/starting.js';
import { writing } from './cases/writing.js';
import type { TransportCase } from './transport-case.js';
import { ComplianceError, type ConnectedPair, Trial } from './trial.js';

/** What every `Transport` does, in the order in which it is tried. */
export const transportCases: readonly TransportCase[] = [...writing, ...starting, ...pausing, ...ending, ...destroying];

/** Makes two transports that are connected, and not started; called for every case, and for some many times. */
export type CreatePair = () => ConnectedPair | Promise<ConnectedPair>;

/** What takes a test in: `test` of vitest, of node:test, or what else wants a name and a function. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown;

/** Options of {@link transportCompliance}. */
export interface ComplianceOptions {
  /** Milliseconds that an event may take to come; 10000 by default. A transport that never tells it fails after so many. */
  readonly patience?: number;
  /** Where chance begins: a whole number. Another one each time by default; who fails says which it was. */
  readonly seed?: number;
  /** What is tried; all {@link transportCases} by default. */
  readonly cases?: readonly TransportCase[];
}

/** What became of a case. */
export interface CaseResult {
  readonly case: TransportCase;
  /** 'absent': the transport has not got the optional member that the case is about. */
  readonly outcome: 'passed' | 'failed' | 'absent';
  /** What was wrong. */
  readonly error?: Error;
}

/** What a transport does and does not do. */
export interface ComplianceReport {
  readonly name: string;
  /** True when no case has failed. */
  readonly isCompliant: boolean;
  readonly results: readonly CaseResult[];
}

/** The tests of {@link transportCompliance} go to a test runner. */
export interface RegisteredCompliance extends ComplianceOptions {
  readonly test: RegisterTest;
}

/**
 * Tries a transport on all that the contract of `Transport` asks for, one case after the other.
 *
 * With `test`, that of vitest or node:test, each case becomes a test of that runner, and nothing is returned. Without, the cases
 * run at once, and the promise resolves to what came of them, whether they passed or not.
 *
 * The factory need not close the transports: they are destroyed after each case, and `dispose` is awaited when both are gone. The
 * two sides need not be of one kind, but then run both ways round: not every case is symmetric.
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
    // What went wrong first tells more.
    failure ??= { reason };
  }
  if (failure !== undefined) throw failure.reason;
  return result;
}
