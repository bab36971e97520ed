import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// What everybody who opens the folder of examples may count on.
const EXAMPLES = new URL('../../../apps/examples/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, EXAMPLES), 'utf8');
const filesOf = (folder: string): string[] =>
  readdirSync(new URL(folder, EXAMPLES), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

// A folder without a program is not yet an example.
const examples = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => filesOf(`${name}/src/`).some((file) => read(`${name}/src/${file}`) !== 'export {};\n'));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(12);
});

test('the page names nothing that is not there, and nothing twice', () => {
  const named = [...read('README.md').matchAll(/\]\(([\w-]+)\)/g)].map(([, name = '']) => name);
  expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
  expect(named.filter((name) => !existsSync(new URL(`${name}/package.json`, EXAMPLES)))).toEqual([]);
});

test('servers of the examples listen on ports of their own', () => {
  const ports = new Map<string, string[]>();
  for (const name of examples) {
    for (const file of filesOf(`${name}/src/`)) {
      const port = / --port N .*\((\d+)\)$/m.exec(read(`${name}/src/${file}`))?.[1];
      if (port !== undefined) ports.set(port, [...(ports.get(port) ?? []), name]);
    }
  }
  expect(ports.size).toBeGreaterThan(8);
  // The queue that is distributed takes the place of the other one.
  const shared = [...ports.values()].filter((names) => new Set(names).size > 1);
  expect(shared).toEqual([['message-queue', 'message-queue-distributed']]);
});

describe.each(examples)('%s', (name) => {
  test('is on the page', () => {
    expect(read('README.md')).toContain(`](${name})`);
  });

  test('has a README of one screen, which names its commands and its files', () => {
    const text = read(`${name}/README.md`);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(text).toMatch(/^# \S/);
    for (const script of commandsOf(name))
      expect(text).toMatch(new RegExp(`(pnpm@12|npm|npm run) (--silent )?${script}\\b`));
    for (const [, file = ''] of text.matchAll(/`((?:src|test)\/[\w./-]+)`/g)) {
      expect(existsSync(new URL(`${name}/${file}`, EXAMPLES)), file).toBe(true);
    }
  });

  test('has a command to begin with, and what it runs is there', () => {
    const { scripts } = manifestOf(name);
    expect(commandsOf(name).some((script) => script === 'start' || script === 'server' || script === 'node')).toBe(
      true,
    );
    for (const script of commandsOf(name)) {
      const [, built] = /node dist\/([\w./-]+)\.js/.exec(scripts[script] ?? '') ?? [];
      if (built === undefined) continue;
      const source = ['src/', 'src/server/'].map((folder) => `${name}/${folder}${built.replace('server/', '')}.ts`);
      expect(source.some((file) => existsSync(new URL(file, EXAMPLES)))).toBe(true);
    }
  });

  test('is run by tests', () => {
    expect(manifestOf(name).scripts.test).toContain('vitest run');
    expect(filesOf(`${name}/test/`).filter((file) => file.endsWith('.test.ts'))).not.toEqual([]);
  });
});

/** The scripts that people run. */
function commandsOf(name: string): string[] {
  return Object.keys(manifestOf(name).scripts).filter((script) => !['build', 'check', 'test'].includes(script));
}

function manifestOf(name: string): { scripts: Record<string, string> } {
  return JSON.parse(read(`${name}/package.json`)) as { scripts: Record<string, string> };
}
