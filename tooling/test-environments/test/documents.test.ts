import { join } from 'node:path';
import { writeTo } from '@webson/published';
import { beforeAll, expect, test } from 'vitest';
import { passed } from './support/names.js';
import { createTestProject, readReport, runIn } from './support/projects.js';
import { jsonReport, linesReport, type Report } from './support/reports.js';
import { snippet } from './support/snippets.js';

// What docs/TESTING.md shows, each in a folder of its own, run by the runner that it is for.

let project = '';

beforeAll(async () => {
  project = await createTestProject();
});

async function byVitest(folder: string): Promise<Report> {
  const args = ['node_modules/vitest/vitest.mjs', 'run', `--root=${folder}`, '--reporter=json'];
  const outcome = await runIn(project, process.execPath, [...args, '--outputFile=report.json']);
  return jsonReport(readReport(join(project, folder, 'report.json'), outcome));
}

async function byJest(folder: string, options: readonly string[]): Promise<Report> {
  const args = [`--rootDir=${folder}`, '--json', `--outputFile=${folder}/report.json`];
  const config = options.length > 0 ? 'jest.config.js' : 'jest.config.cjs';
  const jest = ['node_modules/jest/bin/jest.js', `--config=${folder}/${config}`];
  const outcome = await runIn(project, process.execPath, [...options, ...jest, ...args]);
  return jsonReport(readReport(join(project, folder, 'report.json'), outcome));
}

test('a server of the test', async () => {
  writeTo(project, 'shouts.test.js', snippet('A server of the test'));
  const args = ['--test', '--test-reporter=./node-test/reporter.js', 'shouts.test.js'];
  const { stdout } = await runIn(project, process.execPath, args);
  expect(linesReport(stdout)).toEqual(passed('it shouts'));
});

test('the time of a connection, moved by the fake timers of Vitest', async () => {
  writeTo(project, 'moved/vitest.config.js', 'export default {};\n');
  writeTo(project, 'moved/moved.test.js', snippet('The time of a connection, moved'));
  expect(await byVitest('moved')).toEqual(passed('it comes back'));
});

test('the same by those of Jest', async () => {
  const code = snippet('The time of a connection, moved')
    .replace("import { afterEach, expect, test, vi } from 'vitest'", "import { jest } from '@jest/globals'")
    .replaceAll('vi.', 'jest.');
  writeTo(project, 'moved-by-jest/jest.config.js', snippet('Jest'));
  writeTo(project, 'moved-by-jest/moved.test.js', code);
  expect(await byJest('moved-by-jest', ['--experimental-vm-modules'])).toEqual(passed('it comes back'));
});

test('a page in Vitest, and what stands in for its WebSocket', async () => {
  writeTo(project, 'stand-in/vitest.config.js', snippet('Pages in Vitest'));
  writeTo(project, 'stand-in/stand-in.test.js', snippet('Pages in Vitest', 2));
  expect(await byVitest('stand-in')).toEqual(passed('nobody is there'));
});

test('Jest with a transform', async () => {
  writeTo(project, 'transformed/package.json', '{ "type": "commonjs" }\n');
  writeTo(project, 'transformed/jest.config.cjs', snippet('Jest', 2));
  writeTo(project, 'transformed/transform.cjs', snippet('Jest', 3));
  const code = snippet('A server of the test')
    .replace(/^import .* from 'node:.*\n/gm, '')
    .replace('const server = await', 'let server;\nbeforeAll(async () => {\n  server = await')
    .replace('});\nafter(', '});\n});\nafterAll(')
    .replace(/assert\.equal\((.*), ('.*')\);/, 'expect($1).toBe($2);');
  writeTo(project, 'transformed/shouts.test.ts', code);
  expect(await byJest('transformed', [])).toEqual(passed('it shouts'));
});
