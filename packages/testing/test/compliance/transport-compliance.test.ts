import { expect, test } from 'vitest';
import {
  type ConnectedPair,
  createTransportPair,
  misbehave,
  transportCases,
  transportCompliance,
} from '../../src/index.js';
import { AbleTransport } from '../support/able-transport.js';
import { brokenPairs } from '../support/broken-transports.js';

/** Milliseconds after which an event that never comes is given up. */
const PATIENCE = 100;

function pair(wrap: (transport: ReturnType<typeof createTransportPair>[0]) => ConnectedPair['left']): ConnectedPair {
  const [left, right] = createTransportPair();
  return { left: wrap(left), right: wrap(right) };
}

transportCompliance('with all abilities', () => pair((transport) => new AbleTransport(transport)), { test });
for (const bytes of [65_536, 1_000_000]) {
  transportCompliance(`slow, ${bytes} bytes a turn`, () => pair((under) => misbehave(under, { kind: 'slow', bytes })), {
    test,
  });
}

test('by itself: a report of all cases', async () => {
  const name = 'in memory';
  const report = await transportCompliance(name, () => pair((transport) => transport));
  expect(report).toMatchObject({ name, isCompliant: true });
  expect(report.results.map((result) => result.case)).toEqual(transportCases);
  const absent = report.results.filter(({ outcome }) => outcome === 'absent').map((result) => result.case.name);
  expect(absent).toEqual(['bytes taken', 'bytes received', 'watched', 'left while watched']);
});

test('with all abilities nothing is absent', async () => {
  const cases = transportCases.filter(({ name }) => /taken|watched/.test(name));
  const { results } = await transportCompliance('', () => pair((under) => new AbleTransport(under)), { cases });
  expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
});

test('with a test runner: one test for each case, which rejects when it fails', async () => {
  const registered = new Map<string, () => Promise<void>>();
  let disposed = 0;
  const create = (): ConnectedPair => ({
    ...pair((transport) => transport),
    dispose: () => {
      disposed++;
    },
  });
  const cases = transportCases.filter(({ name }) => name === 'both ways' || name === 'parts');
  const options = { cases, test: (name: string, run: () => Promise<void>) => registered.set(name, run) };
  expect(transportCompliance('good', create, options)).toBeUndefined();
  expect([...registered.keys()]).toEqual(cases.map(({ expected }) => `good: ${expected}`));
  for (const run of registered.values()) await run();
  expect(disposed).toBe(2);
  transportCompliance('bad', brokenPairs[0]!.create, { ...options, patience: PATIENCE });
  await expect(registered.get(`bad: ${cases[0]!.expected}`)!()).rejects.toMatchObject({ name: 'ComplianceError' });
});

test('names of cases are different', () => {
  expect(new Set(transportCases.map(({ name }) => name)).size).toBe(transportCases.length);
});

test('for each case there is a broken transport', () => {
  const found = new Set(brokenPairs.map(({ foundBy }) => foundBy));
  expect([...found].sort()).toEqual(transportCases.map(({ name }) => name).sort());
});

test.each(brokenPairs)('$fault: "$foundBy" finds it', async ({ foundBy, create }) => {
  const cases = transportCases.filter(({ name }) => name === foundBy);
  const { isCompliant, results } = await transportCompliance('broken', create, { cases, patience: PATIENCE, seed: 1 });
  expect(isCompliant).toBe(false);
  const [{ case: one, outcome, error }] = results as [(typeof results)[0]];
  expect(outcome).toBe('failed');
  expect(error?.message).toContain(one.expected);
  expect(error?.message).toContain(`${one.proves.member}: "${one.proves.sentence}"`);
});

test('a failure tells the seed that repeats it', async () => {
  const { create } = brokenPairs.find(({ foundBy }) => foundBy === 'however it is cut')!;
  const cases = transportCases.filter(({ name }) => name === 'however it is cut');
  const first = await transportCompliance('', create, { cases, patience: PATIENCE });
  const seed = Number(/seed (\d+)/.exec(first.results[0]?.error?.message ?? '')?.[1]);
  const again = await transportCompliance('', create, { cases, patience: PATIENCE, seed });
  expect(again.results[0]?.error?.message).toContain(`(seed ${seed})`);
});

test('what a transport, or the factory, throws is a failure', async () => {
  const cases = transportCases.slice(0, 1);
  const create = (): ConnectedPair => {
    throw new Error('no pair today');
  };
  const { results } = await transportCompliance('', create, { cases });
  expect(results[0]?.error?.message).toContain('no pair today');
});
