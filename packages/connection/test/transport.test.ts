import { readFileSync } from 'node:fs';
import * as testing from '@webson/testing';
import { expect, test } from 'vitest';
import type { useClock } from '../src/time/clock.js';
import { READ_AHEAD, type Transport, type TransportSink } from '../src/transport.js';

// `@webson/testing` depends on no package, so what it takes from this one stands there once more.

const source = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const here = source('../src/transport.ts');

/** Undefined unless both are the same, member for member, whether it is optional or read-only. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : undefined;

test('the transport that is tested is the one that is used', () => {
  const transport: Same<Transport, testing.Transport> = true;
  const sink: Same<TransportSink, testing.TransportSink> = true;
  expect([transport, sink]).toEqual([true, true]);
  expect(source('../../testing/src/transport.ts')).toContain(here);
  expect(testing.READ_AHEAD).toBe(READ_AHEAD);
});

test('the clock of tests fits', () => {
  const hook: Same<Parameters<testing.UseClock>[0], testing.Clock> = true;
  const use: (own: typeof useClock) => testing.UseClock = (own) => own;
  const clock: (one: testing.Clock) => Parameters<typeof useClock>[0] = (one) => one;
  expect([hook, typeof use, typeof clock]).toEqual([true, 'function', 'function']);
});

/** The doc comments of members, by name, without line breaks. */
function clauses(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, comment = '', member = ''] of here.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+(?:readonly )?(\w+)\??[(:]/g,
  )) {
    found.set(member, comment.replaceAll(/\s*\n\s*\*\s?/g, ' ').trim());
  }
  return found;
}

test.each(testing.transportCases.map(({ name, proves }) => ({ name, ...proves })))(
  'what "$name" proves stands in the contract',
  ({ member, sentence }) => {
    expect(clauses().get(member)).toContain(sentence);
  },
);

test('of each member of the contract something is proved', () => {
  const proved = new Set(testing.transportCases.map(({ proves }) => proves.member));
  expect([...proved].sort()).toEqual([...clauses().keys()].sort());
});
