import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { beforeAll, expect, test } from 'vitest';
import { createProject, packageNames, root, writeTo } from '../src/project.js';
import { type Outcome, run } from '../src/run.js';
import { compilerOf, nodeTypesOf } from '../src/versions.js';

// The types of the packages, as others compile them: strictly, with `skipLibCheck: false`, so that every declaration that is
// published is looked at.
const consumer = fileURLToPath(new URL('consumer/', import.meta.url));
const ALL = ['connections.ts', 'pools.ts', 'codec.ts', 'parts.ts', 'bytes.ts', 'everything.ts'];

interface Compilation {
  readonly typescript: string;
  readonly module: 'nodenext' | 'preserve';
  readonly lib: string;
  /** The version of `@types/node`; undefined for none. */
  readonly node?: string;
  readonly files?: readonly string[];
}

// Each compiler meets both ways to find modules; libraries and types of Node take turns.
const COMPILATIONS: readonly Compilation[] = [
  { typescript: '5.4', module: 'nodenext', lib: 'es2022', node: '20' },
  { typescript: '5.4', module: 'preserve', lib: 'es2023,dom,dom.iterable', node: '22' },
  { typescript: '5.6', module: 'nodenext', lib: 'es2023,dom', node: '20' },
  { typescript: '5.6', module: 'preserve', lib: 'es2022', node: '22' },
  { typescript: '5.9', module: 'nodenext', lib: 'es2022,dom', node: '24', files: [...ALL, 'required.cts'] },
  { typescript: '5.9', module: 'preserve', lib: 'es2023', node: '20' },
  { typescript: '6.0', module: 'nodenext', lib: 'es2023', node: '22', files: [...ALL, 'required.cts'] },
  { typescript: '6.0', module: 'preserve', lib: 'es2022,dom', node: '24' },
  { typescript: '7.0', module: 'nodenext', lib: 'es2022', node: '24', files: [...ALL, 'required.cts'] },
  { typescript: '7.0', module: 'preserve', lib: 'esnext,dom', node: '20' },
  // What is pure needs neither Node nor a browser.
  { typescript: '5.4', module: 'preserve', lib: 'es2022', files: ['codec.ts'] },
  { typescript: '7.0', module: 'preserve', lib: 'es2023', files: ['codec.ts'] },
];

let project = '';
const outcomes = new Map<Compilation, Promise<Outcome>>();

/** All that the packages export, whether the programs use it or not. */
const everything = [...packageNames, '@webson/connection/internal', '@webson/testing/tcp'].map(
  (name, i) => `export * as p${i} from '${name}';\n`,
);

function compile({ typescript, module, lib, node, files = ALL }: Compilation, folder: string) {
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  options.push('--target', 'es2022', '--lib', lib, '--skipLibCheck', 'false');
  options.push('--module', module, '--moduleResolution', module === 'preserve' ? 'bundler' : 'nodenext');
  // An empty list of types cannot be written on a command line: a folder that is not there comes to the same.
  options.push(...(node === undefined ? ['--typeRoots', 'none'] : ['--types', 'node']));
  return run(process.execPath, [compilerOf(typescript), ...options, ...files.map((file) => `src/${file}`)], folder);
}

/** A folder in the project with the programs and the types of one Node: beside it lie the packages. */
function folderFor(node: string | undefined): string {
  const folder = join(project, `node-${node}`);
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  if (node !== undefined) symlinkSync(nodeTypesOf(node), join(folder, 'node_modules/@types/node'));
  cpSync(join(project, 'node_modules'), join(folder, 'node_modules'), { recursive: true });
  cpSync(consumer, join(folder, 'src'), { recursive: true });
  writeTo(folder, 'src/everything.ts', everything.join(''));
  return folder;
}

beforeAll(async () => {
  project = await createProject();
  const folders = new Map(
    [...new Set(COMPILATIONS.map(({ node }) => node))].map((node) => [node, folderFor(node)] as const),
  );
  // As many at a time as there are cores.
  const lanes = Array.from({ length: availableParallelism() }, () => Promise.resolve());
  for (const [i, one] of COMPILATIONS.entries()) {
    const outcome = (lanes[i % lanes.length] as Promise<unknown>).then(() =>
      compile(one, folders.get(one.node) as string),
    );
    outcomes.set(one, outcome);
    lanes[i % lanes.length] = outcome.then(() => {});
  }
});

test.each(COMPILATIONS)(
  'TypeScript $typescript, $module, lib $lib, @types/node $node',
  { timeout: 600_000 },
  async (one) => {
    const { code, stdout, stderr } = (await outcomes.get(one)) as Outcome;
    expect(stdout + stderr).toBe('');
    expect(code).toBe(0);
  },
);

/** The names that a source exports, or imports from one module. */
function namesOf(path: string, from?: string): string[] {
  const { module } = parseSync(path, readFileSync(path, 'utf8'));
  if (from === undefined) {
    return module.staticExports.flatMap(({ entries }) => entries.map(({ exportName }) => exportName.name ?? '*'));
  }
  return module.staticImports
    .filter(({ moduleRequest }) => moduleRequest.value === from)
    .flatMap(({ entries }) => entries.map(({ importName }) => importName.name ?? '*'));
}

test('the programs use every name that webson exports', () => {
  const used = readdirSync(consumer).flatMap((file) => namesOf(join(consumer, file), 'webson'));
  const exported = namesOf(join(root, 'packages/webson/src/index.ts'));
  expect(exported.filter((name) => !used.includes(name))).toEqual([]);
  expect(exported.length).toBeGreaterThan(30);
});
