import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ThreadJobs } from '../src/thread-jobs.js';

/** Takes down which jobs have begun; each ends when it is told to. */
class Work {
  readonly begun: string[] = [];
  readonly #ends: (() => void)[] = [];

  job(name: string): (next: () => void) => void {
    return (next) => {
      this.begun.push(name);
      this.#ends.push(next);
    };
  }

  end(): void {
    this.#ends.shift()?.();
  }
}

test('so many are under way and no more', () => {
  const jobs = new ThreadJobs(2);
  const work = new Work();
  const owner = {};
  for (const name of ['1', '2', '3', '4']) jobs.run(owner, work.job(name));
  expect(work.begun).toEqual(['1', '2']);
  expect(jobs.running).toBe(2);
  work.end();
  expect(work.begun).toEqual(['1', '2', '3']);
  for (let i = 0; i < 3; i++) work.end();
  expect(work.begun).toEqual(['1', '2', '3', '4']);
  expect(jobs.running).toBe(0);
});

test('owners take turns: one with many jobs does not hold up another', () => {
  const jobs = new ThreadJobs(1);
  const work = new Work();
  const [busy, other, third] = [{}, {}, {}];
  for (let i = 1; i <= 4; i++) jobs.run(busy, work.job(`busy ${i}`));
  jobs.run(other, work.job('other 1'));
  jobs.run(third, work.job('third 1'));
  jobs.run(other, work.job('other 2'));
  for (let i = 0; i < 7; i++) work.end();
  expect(work.begun).toEqual(['busy 1', 'busy 2', 'other 1', 'third 1', 'busy 3', 'other 2', 'busy 4']);
});

test('whatever the order of things, all are done once, those of an owner in order, within the bound', () => {
  const steps = fc.array(fc.oneof(fc.nat(3), fc.constant('end' as const)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (list, limit) => {
      const jobs = new ThreadJobs(limit);
      const work = new Work();
      const owners = [{}, {}, {}, {}];
      const asked: string[] = [];
      for (const [i, step] of list.entries()) {
        if (step === 'end') work.end();
        else {
          asked.push(`${step} ${i}`);
          jobs.run(owners[step]!, work.job(`${step} ${i}`));
        }
        expect(jobs.running).toBeLessThanOrEqual(limit);
      }
      for (let i = 0; i < list.length; i++) work.end();
      expect(jobs.running).toBe(0);
      for (const owner of ['0', '1', '2', '3']) {
        const own = (names: readonly string[]): string[] => names.filter((name) => name.startsWith(owner));
        expect(own(work.begun)).toEqual(own(asked));
      }
    }),
  );
});

test('what has not begun can be dropped', () => {
  const jobs = new ThreadJobs(1);
  const work = new Work();
  const [left, right] = [{}, {}];
  jobs.run(left, work.job('left 1'));
  jobs.run(left, work.job('left 2'));
  jobs.run(right, work.job('right'));
  jobs.drop(left);
  work.end();
  work.end();
  expect(work.begun).toEqual(['left 1', 'right']);
  expect(jobs.running).toBe(0);
});
