import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** What a scenario says of its main run. */
function summaryOf(stdout: string, name: string): string {
  return new RegExp(`^${name}: .*`, 'm').exec(stdout)?.[0] ?? '';
}

function counted(summary: string, what: string): number {
  return Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 'NaN');
}

test('60 seconds of members, of bad weather, and of a link that goes down: nothing wrong, and nothing left behind', async () => {
  // What is not possible here (not being root, no `ip`) is an error, not a run that leaves it out.
  const { stdout } = await run(process.execPath, ['--expose-gc', main, '--seconds', '60']);
  expect(stdout).not.toContain('FAULT');
  const members = summaryOf(stdout, 'members');
  expect(counted(members, 'delivered')).toBeGreaterThan(1000);
  expect(counted(members, 'redials')).toBeGreaterThan(10);
  expect(counted(members, 'refused')).toBeGreaterThan(0);
  const proxies = summaryOf(stdout, 'proxies');
  for (const what of ['changes', 'holds', 'cuts', 'half open', 'broken', 'found silent', 'redials']) {
    expect(counted(proxies, what), what).toBeGreaterThan(0);
  }
  expect(counted(proxies, 'mails came')).toBeGreaterThan(1000);
  const namespaces = summaryOf(stdout, 'namespaces');
  expect(counted(namespaces, 'mails came')).toBeGreaterThan(1000);
  for (const what of ['broken', 'found silent', 'redials']) expect(counted(namespaces, what), what).toBeGreaterThan(0);
}, 400_000);
