import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXERCISES, PAGE_EXERCISES, passed, prefixed } from './support/names.js';
import { createTestProject, readReport, runIn } from './support/projects.js';
import { jsonReport, type Report } from './support/reports.js';

let project = '';

beforeAll(async () => {
  project = await createTestProject();
});

async function report(name: string): Promise<Report> {
  const file = `${name.replaceAll(' ', '-')}.json`;
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=json',
    `--outputFile=${file}`,
    `--project=${name}`,
  ];
  return jsonReport(readReport(join(project, file), await runIn(project, process.execPath, args)));
}

const underFakeTimers = [
  ...prefixed('before import: ', EXERCISES),
  ...prefixed('between import and dial: ', EXERCISES),
  'between dial and traffic, and removed in the middle',
  'before import, and removed in the middle',
];

test.each(['threads', 'forks', 'vmThreads'])('fake timers do not concern connections: %s', async (pool) => {
  expect(await report(pool)).toEqual(
    passed(
      ...prefixed('fake timers, the default ones ', underFakeTimers),
      ...prefixed('fake timers, all ', underFakeTimers),
    ),
  );
});

test('nextTick alone cannot be faked, because Node needs it', async () => {
  expect(await report('ticks')).toEqual(
    passed('with nextTick among the fakes, the sockets of Node itself stand still'),
  );
});

describe.each(['jsdom', 'happy-dom'])('%s', (environment) => {
  test.each(['forks', 'vmThreads'])('the build for Node: %s', async (pool) => {
    expect(await report(`${environment} ${pool}`)).toEqual(
      passed(
        'the page is imitated, and the build is the one for Node',
        ...EXERCISES,
        'a Blob is sent',
        ...prefixed('with fake timers: ', EXERCISES),
      ),
    );
  });

  test.each(['forks', 'vmThreads'])('the build for pages: %s', async (pool) => {
    expect(await report(`page of ${environment} ${pool}`)).toEqual(
      passed(...PAGE_EXERCISES, 'a Blob is sent', ...prefixed('with fake timers: ', PAGE_EXERCISES)),
    );
  });
});
