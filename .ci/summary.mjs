// Prints `N passed, N failed` (and `, N skipped`) over the test-results.json of every workspace, and fails unless all of
// them ran and passed. A skipped test counts as a failure: nothing may be missing on the machine that checks.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The folders that pnpm-workspace.yaml names: each of its `packages:` lines is `folder/*`. */
function workspaces() {
  const [, list = ''] =
    /^packages:\n((?: +- .*\n)+)/m.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) ?? [];
  return [...list.matchAll(/- ['"]?([\w/-]+)\/\*/g)]
    .map(([, parent]) => join(root, parent))
    .filter((parent) => existsSync(parent))
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

const total = { passed: 0, failed: 0, skipped: 0 };
const complaints = [];

for (const folder of workspaces()) {
  const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (scripts.test === undefined) continue;
  const name = relative(root, folder);
  const file = join(folder, 'test-results.json');
  if (!existsSync(file)) {
    complaints.push(`${name} has tests and left no result`);
    continue;
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  // A file that cannot even be loaded fails without a single test: count it as one.
  const broken = result.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0);
  const failed = result.numFailedTests + broken.length;
  if (result.numTotalTests + broken.length === 0) complaints.push(`${name} ran no test`);
  if (!result.success && failed === 0) complaints.push(`${name} failed outside its tests`);
  for (const one of result.testResults) {
    const bad = one.assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    for (const test of one.status === 'failed' && bad.length === 0 ? ['did not load'] : bad)
      console.error(`failed: ${relative(root, one.name)}: ${test}`);
    for (const test of one.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed'))
      console.error(`skipped: ${relative(root, one.name)}: ${test.fullName}`);
  }
  total.passed += result.numPassedTests;
  total.failed += failed;
  total.skipped += result.numPendingTests + result.numTodoTests;
}

for (const complaint of complaints) console.error(complaint);
const { passed, failed, skipped } = total;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed + skipped + complaints.length > 0 || passed === 0) process.exitCode = 1;
