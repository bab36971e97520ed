import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packAll, packageNames, root, temporaryFolder, writeTo } from '../src/project.js';
import { run, runWell } from '../src/run.js';

// What the README says on installing, done in a project of its own: from tarballs, without a registry.
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const processes: ChildProcess[] = [];
let project = '';
let tarballs: readonly string[] = [];

beforeAll(async () => {
  project = temporaryFolder();
  tarballs = await packAll(temporaryFolder());
  writeTo(project, 'package.json', '{ "private": true }\n');
  // npm's own cache may hold a package of one of these names.
  const env = ['--offline', '--no-audit', '--no-fund', `--cache=${temporaryFolder()}`];
  await runWell('npm', ['install', ...env, ...tarballs], project);
});

afterAll(async () => {
  for (const child of processes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill();
    await once(child, 'exit');
  }
});

/** A program of the README, for a port that is free. */
function program(heading: string, port: string): string {
  const code = new RegExp(`## ${heading}\n\n[^]*?\`\`\`js\n([^]*?)\n\`\`\``).exec(readme)?.[1];
  if (code === undefined) throw new Error(`no program under "${heading}"`);
  expect(code).toContain('8080');
  return code.replaceAll('8080', port);
}

function start(file: string): ChildProcess {
  const child = spawn(process.execPath, [file], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  return child;
}

test('npm installs the tarballs of all packages, and they need nothing else', async () => {
  const listed = JSON.parse(await runWell('npm', ['ls', '--all', '--json'], project)) as {
    problems?: readonly string[];
    dependencies: Record<string, { dependencies?: Record<string, unknown> }>;
  };
  expect(listed.problems).toBeUndefined();
  const below = Object.values(listed.dependencies).flatMap((one) => Object.keys(one.dependencies ?? {}));
  expect([...new Set([...Object.keys(listed.dependencies), ...below])].sort()).toEqual([...packageNames].sort());
});

test('the server and the client of the README run there, and talk to each other', async () => {
  writeTo(project, 'server.mjs', program('A server', '0'));
  const [line] = (await once(createInterface(start('server.mjs').stdout!), 'line')) as [string];
  const port = /^listening on ws:\/\/127\.0\.0\.1:(\d+)\/$/.exec(line)?.[1];
  writeTo(project, 'client.mjs', program('A client', String(port)));
  const lines: string[] = [];
  const client = start('client.mjs');
  createInterface(client.stdout!).on('line', (text) => lines.push(text));
  expect(await once(client, 'close')).toEqual([0, null]);
  expect(lines).toEqual(['you said: hello', 'closed with 1000']);
});

test('the command that the README shows for a clone is one that there is', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(readme).toContain('npx -y pnpm@12 tarballs');
  expect(readme).toMatch(/npm install \S*tarballs\/\*\.tgz/);
  expect(scripts.tarballs).toContain('--filter=./packages/* --silent pack --pack-destination=tarballs');
});

test('npm pack, which would leave workspace:* in it, says who packs instead', async () => {
  const { code, stderr } = await run('npm', ['pack', '--dry-run'], join(root, 'packages/webson'), {
    ...process.env,
    npm_config_user_agent: undefined,
  });
  expect(code).not.toBe(0);
  expect(stderr).toContain('webson is packed by pnpm');
  expect(stderr).toContain('npx -y pnpm@12 tarballs');
});

test('a package that is not built is not packed', async () => {
  const folder = temporaryFolder();
  writeTo(folder, 'package.json', '{ "name": "empty" }\n');
  const outcome = await run(process.execPath, [join(root, 'tooling/published/prepack.mjs')], folder, {
    ...process.env,
    npm_config_user_agent: 'pnpm/12.0.0',
  });
  expect(outcome).toEqual({
    code: 1,
    stdout: '',
    stderr: 'empty is not built. In the root of the repository: npx -y pnpm@12 build\n',
  });
});
