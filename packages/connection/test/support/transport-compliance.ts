import { type CreatePair, transportCompliance as compliance, transportCases } from '@webson/testing';
import { test } from 'vitest';
import { numberFrom } from './property.js';

/** The compliance suite as tests of vitest. FC_SEED repeats a run, FC_RUNS multiplies the number of rounds, as for properties. */
export function transportCompliance(name: string, createPair: CreatePair, leaveOut: readonly string[] = []): void {
  const seed = numberFrom('FC_SEED');
  const scale = numberFrom('FC_RUNS') ?? 1;
  const chosen = transportCases.filter((one) => !leaveOut.includes(one.name));
  const cases = chosen.map(({ rounds = 1, ...one }) => ({
    ...one,
    rounds: rounds === 1 ? 1 : Math.max(1, Math.round(rounds * scale)),
  }));
  compliance(name, createPair, seed === undefined ? { test, cases } : { test, cases, seed });
}
