import { join } from 'node:path';
import { nodes, root } from '@webson/published';
import { beforeAll, expect, test } from 'vitest';
import { EXERCISES, passed, prefixed } from './support/names.js';
import { createTestProject, readReport, runIn } from './support/projects.js';
import { junitReport, linesReport } from './support/reports.js';

let project = '';

beforeAll(async () => {
  project = await createTestProject();
});

test.each(nodes)('node:test, its mock timers, and fake-timers: $title', async ({ program }) => {
  const files = ['before-import', 'after-import', 'sinon'].map((name) => `node-test/${name}.test.js`);
  const { stdout } = await runIn(project, program, ['--test', '--test-reporter=./node-test/reporter.js', ...files]);
  const inTheMiddle = 'between dial and traffic, and removed in the middle';
  expect(linesReport(stdout)).toEqual(
    passed(
      ...prefixed('before import: ', EXERCISES),
      ...prefixed('between import and dial: ', EXERCISES),
      inTheMiddle,
      ...prefixed('fake-timers: ', [...EXERCISES, inTheMiddle]),
    ),
  );
});

// The binaries are there for Linux on x64.
const versions = join(root, 'tooling/versions/node_modules');
const isThere = process.platform === 'linux' && process.arch === 'x64';

test.each(isThere ? ['bun'] : [])('bun test', async () => {
  const args = ['test', 'bun', '--reporter=junit', '--reporter-outfile=bun.xml'];
  const outcome = await runIn(project, join(versions, 'bun/bin/bun'), args);
  expect(junitReport(readReport(join(project, 'bun.xml'), outcome))).toEqual(
    passed(
      ...EXERCISES,
      ...prefixed('with fake timers: ', [
        'every kind of payload comes back',
        'streams pass beside each other',
        'a connection is two web streams',
        'a server drains',
      ]),
      'fake timers move deadlines',
    ),
  );
});

test.each(isThere ? ['deno'] : [])('deno test, whose sanitizers find nothing left open', async () => {
  const args = ['test', '--allow-all', '--no-check', '--no-lock', '--junit-path=deno.xml', 'deno'];
  const outcome = await runIn(project, join(versions, 'deno/deno'), args, { DENO_NO_UPDATE_CHECK: '1' });
  expect(junitReport(readReport(join(project, 'deno.xml'), outcome))).toEqual(passed(...EXERCISES));
});
