import { describe, expect, it } from 'vitest';
import { echoChoice } from '../../src/echo/bench.js';
import { plainKinds, serverKinds } from '../../src/echo/contenders/index.js';
import { choiceOf, planOptions, toPlan } from '../../src/echo/options.js';
import { type Plan, serversIn } from '../../src/echo/plan.js';
import { growthCells } from '../../src/growth/cells.js';
import { describeOptions, readOptions } from '../../src/harness/options.js';

function planOf(args: readonly string[], wsload?: string, choice = echoChoice): Plan {
  return toPlan(readOptions(args, planOptions(choice)).given, { wsload }, choice);
}

describe('toPlan', () => {
  it('measures everybody, with every kind of messages, when not told otherwise', () => {
    const plan = planOf([]);
    expect(plan.cells.map((cell) => cell.name)).toEqual(
      ['', '-text', '-unicode'].flatMap((kind) => ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}${kind}`)),
    );
    expect(plan.servers).toEqual(serverKinds);
    expect(plan.rounds).toBe(3);
    expect(plan.wsload).toBeUndefined();
  });

  it('measures whoever is named in every cell, with binary messages when not told otherwise', () => {
    const plan = planOf(['--servers', 'ws,webson']);
    expect(plan.servers.map((kind) => kind.name)).toEqual(['ws', 'webson']);
    expect(plan.cells.every(({ payload }) => payload === undefined)).toBe(true);
  });

  it('measures who decodes text in cells of text alone', () => {
    const plan = planOf(['--servers=webson,webson-text', '--payload=unicode,binary', '--cells=c']);
    expect(plan.cells).toMatchObject([{ name: 'c-unicode', size: 1024, payload: 'unicode' }, { name: 'c' }]);
    const met = plan.cells.map((cell) => serversIn(plan, cell).map(({ name }) => name));
    expect(met).toEqual([['webson', 'webson-text'], ['webson']]);
    expect(() => planOf(['--servers=webson,webson-text'])).toThrow('webson-text knows text alone');
  });

  it('takes no payload where a benchmark has cells of its own', () => {
    const own = choiceOf({ cells: growthCells, servers: plainKinds });
    expect(planOf([], undefined, own)).toMatchObject({ rounds: 5, servers: [{ name: 'ws' }, { name: 'webson' }] });
    for (const args of [['--payload=text'], ['--servers=bun'], ['--servers=ws-text']]) {
      expect(() => planOf(args, undefined, own)).toThrow();
    }
  });

  it('takes what it is told', () => {
    const args = ['--', '--cells', 'c,a', '--rounds=7', '--payload=binary', '--no-pin'];
    const plan = planOf(args, '/w');
    expect(plan).toMatchObject({ rounds: 7, wsload: '/w', cells: [{ name: 'c' }, { name: 'a' }] });
    expect(plan.cores.server).toBeUndefined();
    expect(planOf(['--wsload=/x'], '/w').wsload).toBe('/x');
    expect(planOf([], '').wsload).toBeUndefined();
  });

  it('names what it does not know', () => {
    expect(() => planOf(['--cells', 'a,z'])).toThrow('--cells: there is no z; there are a, b, c');
    expect(() => planOf(['--payload', 'smoke'])).toThrow('there are binary, text, unicode');
    expect(() => planOf(['--seconds', '-1'])).toThrow(/--seconds/);
  });
});

it('shows what there is to choose from, and what is usual', () => {
  const lines = describeOptions(planOptions(echoChoice)).join('\n');
  expect(lines).toMatch(/--rounds N +interleaved rounds \(3\)\n/);
  expect(lines).toMatch(/ a {2}100 × 20 B, 1 in flight\n/);
  expect(lines).toMatch(/ webson-text +webson, decodes: for text alone\n/);
  expect(lines).toMatch(/--payload LIST +of binary,text,unicode/);
  const own = describeOptions(planOptions(choiceOf({ cells: growthCells, servers: plainKinds }))).join('\n');
  expect(own).toMatch(/--servers LIST +some of these \(ws,webson\):\n/);
  expect(own).not.toContain('--payload');
});
