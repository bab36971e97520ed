import { join } from 'node:path';
import { nodes, writeTo } from '@webson/published';
import { beforeAll, expect, test } from 'vitest';
import { EXERCISES, PAGE_EXERCISES, passed, prefixed } from './support/names.js';
import { createTestProject, readReport, runIn } from './support/projects.js';
import { jsonReport, type Report } from './support/reports.js';
import { snippet } from './support/snippets.js';

let project = '';

beforeAll(async () => {
  project = await createTestProject();
  // These are what docs/TESTING.md shows.
  writeTo(project, 'jest/transform.cjs', snippet('Jest', 3));
  writeTo(project, 'jest/text-encoding.js', snippet('Pages in Jest'));
});

const MODULES = ['--experimental-vm-modules'];

async function report(name: string, program = process.execPath, options = MODULES): Promise<Report> {
  const file = `${name}.json`;
  const args = ['node_modules/jest/bin/jest.js', '--detectOpenHandles', '--json', `--outputFile=${file}`];
  const outcome = await runIn(project, program, [...options, ...args], { JEST_PROJECT: name });
  return jsonReport(readReport(join(project, file), outcome));
}

const underFakeTimers = [
  ...prefixed('between import and dial: ', EXERCISES),
  'between dial and traffic, and removed in the middle, beside other traffic',
];

test('imported, beside fake timers, and in two copies', async () => {
  expect(await report('node')).toEqual(
    passed(
      ...EXERCISES,
      ...prefixed('modern fake timers ', underFakeTimers),
      ...prefixed('legacy fake timers ', underFakeTimers),
      'two copies in one process know nothing of each other, and talk',
    ),
  );
});

test.each(['modern', 'legacy'])('%s fake timers that are there before anything is loaded', async (kind) => {
  expect(await report(kind)).toEqual(passed('the timers are fake', ...EXERCISES, 'a clock of its own goes on'));
});

const required = passed('all that is exported is there', ...EXERCISES, ...prefixed('with fake timers: ', EXERCISES));

test.each(nodes.filter(({ title }) => /2[46]/.test(title)))('required in $title', async ({ program }) => {
  expect(await report('required', program)).toEqual(required);
});

test('required, transformed, without an option of Node', async () => {
  expect(await report('transformed', process.execPath, [])).toEqual(required);
});

test('jsdom, with the build for Node', async () => {
  expect(await report('dom')).toEqual(
    passed('the page is imitated, and the build is the one for Node', ...EXERCISES, 'a Blob is sent'),
  );
});

test('jsdom, with the build for pages', async () => {
  expect(await report('page')).toEqual(
    passed(...PAGE_EXERCISES, 'a Blob is sent', ...prefixed('with fake timers: ', PAGE_EXERCISES)),
  );
  expect(await report('no-text-encoding')).toEqual(passed('without TextEncoder the package loads, and says so'));
});
