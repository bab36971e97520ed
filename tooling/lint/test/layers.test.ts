import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grounds, packages } from '../src/layers.js';
import { faultOf, mayImport } from '../src/rules.js';
import { check } from '../src/workspace.js';

// Every rule is proved on the real table and the real biome.json, by the check and by Biome: one file per case goes into a
// copy of the workspace's skeleton, both run once over all of them, and each case looks for what was reported of its file.

const root = fileURLToPath(new URL('../../../', import.meta.url));

const IMPORTS = 'layers';
const GLOBALS = 'lint/style/noRestrictedGlobals';
const CYCLES = 'lint/suspicious/noImportCycles';
const UNDECLARED = 'lint/correctness/noUndeclaredDependencies';

/** The folder the file stands in, its source, and the rule it breaks. */
type Wrong = readonly [folder: string, source: string, rule: string];
/** The folder the file stands in, and its source. */
type Right = readonly [folder: string, source: string];

const from = (specifier: string) => `export { a } from '${specifier}';`;
const typeFrom = (specifier: string) => `export type { A } from '${specifier}';`;

const layers = {
  frame: [],
  handshake: [],
  compress: ['@webson/handshake'],
  testing: [],
  connection: ['@webson/frame', '@webson/handshake', '@webson/compress'],
  pool: ['@webson/connection'],
  channels: ['@webson/connection'],
  webson: ['@webson/frame', '@webson/compress', '@webson/connection', '@webson/pool'],
} as const;
const layerNames = Object.keys(layers) as (keyof typeof layers)[];
const nameOf = (layer: string) => (layer === 'webson' ? layer : `@webson/${layer}`);
const publicNames = layerNames.map(nameOf);

const wrong: Wrong[] = [];
const right: Right[] = [];

// Layers: what a package may import from its siblings, values and types alike.
for (const [index, layer] of layerNames.entries()) {
  const src = `packages/${layer}/src`;
  const spec = `packages/${layer}/test`;
  const allowed: readonly string[] = layers[layer];
  for (const name of publicNames) {
    if (allowed.includes(name)) right.push([src, typeFrom(name)]);
    else wrong.push([src, from(name), IMPORTS], [src, typeFrom(name), IMPORTS]);
  }
  for (const above of publicNames.slice(index + 1)) wrong.push([spec, from(above), IMPORTS]);
  for (const name of [...allowed, nameOf(layer)]) right.push([spec, from(name)]);

  // Third parties, and the insides of other packages.
  wrong.push(
    [src, from('some-package'), IMPORTS],
    [src, from('ws'), IMPORTS],
    [spec, from('ws'), IMPORTS],
    [spec, from('ws/wrapper.mjs'), IMPORTS],
    [src, `export const a = await import('some-package');`, IMPORTS],
    [src, `export type A = import('some-package').A;`, IMPORTS],
    [src, from('../../other/src/a.js'), IMPORTS],
    [src, from('../../other/dist/a.js'), IMPORTS],
    [spec, from('../../other/src/a.js'), IMPORTS],
    [spec, from('../../other/dist/a.js'), IMPORTS],
    [spec, from('../../other/test/a.js'), IMPORTS],
    [`${spec}/deep`, from('../../../other/src/a.js'), IMPORTS],
    [src, from('@webson/frame/dist/a.js'), IMPORTS],
    [src, from('@webson/frame/src/a.js'), IMPORTS],
    [spec, from('@webson/frame/dist/a.js'), IMPORTS],
    [src, from('webson/dist/index.js'), IMPORTS],
    [spec, from('webson/dist/index.js'), IMPORTS],
    [spec, from('@webson/later'), IMPORTS],
  );
  right.push(
    [src, from('./a.js')],
    [`${src}/deep`, from('../a.js')],
    [spec, from('../src/a.js')],
    [`${spec}/deep`, from('../../src/a.js')],
    [`${spec}/deep/deeper`, from('../../../src/a.js')],
    [spec, from('./helper.js')],
    [spec, from('vitest')],
    [spec, from('fast-check')],
    [spec, from('node:fs')],
  );
}
right.push(['packages/connection/src', from('@webson/frame')], ['packages/pool/src', from('@webson/connection')]);
for (const name of layers.connection) right.push(['packages/pool/test', from(name)]);
right.push(['packages/webson/src', `export * from '@webson/connection';`]);

// What connection has for the packages beside it.
const internal = '@webson/connection/internal';
for (const folder of ['packages/webson/src', 'packages/compress/src', 'packages/compress/test', 'apps/some/src'])
  wrong.push([folder, from(internal), IMPORTS], [folder, typeFrom(internal), IMPORTS]);
wrong.push(['apps/examples/some/src', from(internal), IMPORTS]);
for (const folder of ['packages/pool/src', 'packages/pool/test', 'tooling/some/src'])
  right.push([folder, from(internal)]);
// testing: for the tests of all that is above it; node: in its sockets alone. Its pair in memory is built into connection.
for (const name of ['@webson/testing', '@webson/testing/tcp']) {
  for (const layer of ['connection', 'pool', 'webson']) right.push([`packages/${layer}/test`, from(name)]);
}
right.push(['packages/testing/src/tcp', from('node:net')], ['packages/testing/src/tcp', from('../a.js')]);
wrong.push(['packages/testing/src', from('node:net'), IMPORTS], ['packages/testing/src/tcp', from('some'), IMPORTS]);
wrong.push(['packages/connection/src/memory-transport.ts', from('@webson/pool'), IMPORTS]);

// compress: node:zlib alone, and the types of handshake alone.
right.push(['packages/compress/src', from('node:zlib')]);
for (const source of [
  from('@webson/handshake'),
  `import { a } from '@webson/handshake';\nexport const b = a;`,
  `import * as a from '@webson/handshake';\nexport const b = a;`,
  `import '@webson/handshake';`,
  `export * from '@webson/handshake';`,
  `export const a = await import('@webson/handshake');`,
]) {
  wrong.push(['packages/compress/src', source, IMPORTS]);
}
right.push(['packages/compress/src', `import type { A } from '@webson/handshake';\nexport type B = A;`]);

// node: imports, where they are not allowed and where they are.
for (const folder of [
  'packages/frame/src',
  'packages/handshake/src',
  'packages/connection/src',
  'packages/connection/src/protocol',
  'packages/connection/src/clocks',
  'packages/pool/src',
  'packages/webson/src',
]) {
  for (const name of ['node:fs', 'node:timers/promises', 'fs']) wrong.push([folder, from(name), IMPORTS]);
  wrong.push([folder, typeFrom('node:net'), IMPORTS]);
}
wrong.push(['packages/compress/src', from('node:fs'), IMPORTS]);
right.push(['packages/connection/src/node', from('node:net')]);
right.push(['packages/connection/src/node', from('node:stream/promises')]);

// Globals: pure folders, and time in one file.
for (const folder of ['packages/frame/src', 'packages/handshake/src', 'packages/connection/src/protocol']) {
  for (const name of ['Buffer', 'process', 'globalThis', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])
    wrong.push([folder, `export const a = ${name};`, GLOBALS]);
  for (const name of ['console', 'performance', 'Date']) wrong.push([folder, `export const a = ${name};`, GLOBALS]);
  right.push([folder, `export const a = new TextDecoder();`]);
}
for (const folder of ['packages/connection/src', 'packages/connection/src/node']) {
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'performance', 'Date'])
    wrong.push([folder, `export const a = ${name};`, GLOBALS]);
}
for (const name of ['Buffer', 'process', 'globalThis']) {
  wrong.push(['packages/connection/src', `export const a = ${name};`, GLOBALS]);
  right.push(['packages/connection/src/node', `export const a = ${name};`]);
}
for (const name of ['Buffer', 'process', 'setTimeout'])
  wrong.push(['packages/connection/src/time/clock.ts', `export const a = ${name};`, GLOBALS]);
for (const name of ['Buffer', 'process'])
  wrong.push(['packages/connection/src/time/run-time.ts', `export const a = ${name};`, GLOBALS]);
for (const name of ['node:timers', 'node:timers/promises'])
  wrong.push(['packages/connection/src/node', from(name), IMPORTS]);
right.push([
  'packages/connection/src/time/run-time.ts',
  'export const a = [setTimeout, setImmediate, performance, globalThis];',
]);

// The protocol machine stays in its room, and no arrow in it runs back.
const protocol = 'packages/connection/src/protocol';
/** From the top: each may import those that it names. */
const protocolRooms: Record<string, readonly string[]> = {
  '.': ['go', 'outbound', 'inbound', 'streams', 'contract'],
  negotiated: ['outbound', 'inbound', 'streams', 'contract'],
  go: ['outbound', 'inbound', 'streams', 'contract'],
  outbound: ['streams', 'contract'],
  inbound: ['streams', 'contract'],
  streams: ['contract'],
  contract: [],
};
for (const [room, below] of Object.entries(protocolRooms)) {
  const folder = posix.join(protocol, room);
  const up = room === '.' ? '..' : '../..';
  for (const other of Object.keys(protocolRooms)) {
    const specifier = `./${posix.join(posix.relative(room, other), 'a.js')}`;
    if (other === room || below.includes(other)) right.push([folder, from(specifier)], [folder, typeFrom(specifier)]);
    else wrong.push([folder, from(specifier), IMPORTS], [folder, typeFrom(specifier), IMPORTS]);
  }
  for (const specifier of [`${up}/a.js`, `${up}/time/clock.js`, `${up}/node/a.js`, '@webson/compress', 'node:fs'])
    wrong.push([folder, from(specifier), IMPORTS], [folder, typeFrom(specifier), IMPORTS]);
  right.push([folder, typeFrom('@webson/frame')], [`${folder}/deep`, from('../a.js')]);
  if (room !== 'contract') right.push([folder, from('@webson/frame')]);
  wrong.push([folder, 'export const a = Date.now();', GLOBALS]);
}
wrong.push([protocol, from('../clock.js'), IMPORTS], [protocol, typeFrom('../clock.js'), IMPORTS]);
wrong.push([`${protocol}/contract`, from('@webson/frame'), IMPORTS]);
for (const room of ['go', 'negotiated']) right.push([`${protocol}/${room}`, from('@webson/handshake')]);
right.push([`${protocol}/contract`, typeFrom('@webson/handshake')]);
right.push(['packages/connection/src', from('./protocol/a.js')]);

// The other rooms of connection, from below.
const inConnection = (wrongly: boolean, room: string, ...others: readonly string[]) => {
  const folder = room.endsWith('.ts') ? `packages/connection/src/${room}` : posix.join('packages/connection/src', room);
  const start = posix.dirname(room.endsWith('.ts') ? room : `${room}/a.ts`);
  for (const other of others) {
    const specifier = `./${posix.relative(start, other.endsWith('.js') ? other : `${other}/a.js`)}`;
    // A file takes a copy of the tree for every case: the one that is easier to let through is enough.
    for (const source of room.endsWith('.ts') ? [typeFrom(specifier)] : [from(specifier), typeFrom(specifier)]) {
      if (wrongly) wrong.push([folder, source, IMPORTS]);
      else right.push([folder, source]);
    }
  }
};
const above = ['connection.js', 'lifecycle', 'node', 'node/client', 'node/server', 'node/socket', 'internal.js'];
for (const room of ['application', 'options', 'adapter.ts', 'status.ts', 'transport.ts', 'time/clock.ts'])
  inConnection(true, room, ...above, 'protocol', 'protocol/inbound', 'reading', 'message.js');
inConnection(true, 'reading', ...above, 'protocol', 'protocol/outbound', 'protocol/go', 'message.js', 'options');
inConnection(true, 'message.ts', ...above, 'protocol', 'handlers.js');
inConnection(true, 'handlers.ts', ...above, 'protocol', 'connection-parts.js');
inConnection(true, 'connection-parts.ts', ...above, 'protocol', 'handlers.js');
inConnection(true, 'lifecycle', 'connection.js', 'reader.js', 'node', 'node/socket', 'index.js', 'internal.js');
inConnection(true, '.', 'node', 'node/client', 'node/socket', 'index.js', 'internal.js', 'protocol/inbound');
inConnection(true, 'node', 'connection.js', 'node/client', 'node/server', 'index.js', 'protocol/outbound');
inConnection(true, 'node/socket', 'node', 'node/client', 'node/server', 'connection.js', 'protocol', 'options');
inConnection(true, 'node/socket/scanner', 'node', 'node/client', 'connection.js');
inConnection(true, 'node/client', 'node/server', 'protocol', 'protocol/go', 'index.js');
inConnection(true, 'node/server', 'node/client', 'protocol', 'protocol/go', 'index.js');
inConnection(false, 'application', 'application/deep', 'protocol/contract');
inConnection(false, 'options', 'protocol/contract');
inConnection(false, 'reading', 'protocol/contract', 'protocol/inbound', 'time/clock.js', 'transport.js');
inConnection(false, 'lifecycle', 'reading', 'protocol', 'application', 'options', 'message.js', 'time/clock.js');
inConnection(false, 'lifecycle', 'handlers.js', 'connection-parts.js', 'adapter.js', 'lifecycle/deep');
inConnection(false, '.', 'lifecycle', 'protocol', 'application', 'connection-parts.js');
inConnection(
  false,
  'node',
  'connection-parts.js',
  'node/socket',
  'protocol/go',
  'protocol/negotiated',
  'protocol/inbound',
);
inConnection(false, 'node/socket', 'node/built-ins.js', 'node/socket/scanner', 'transport.js', 'time/clock.js');
for (const room of ['node/client', 'node/server']) inConnection(false, room, 'node', 'node/socket', 'connection.js');
inConnection(false, 'internal.ts', ...Object.keys(protocolRooms).map((room) => posix.join('protocol', room)), 'node');
inConnection(false, 'index.ts', 'internal.js');
inConnection(true, 'index.ts', 'node', 'connection.js');
for (const room of ['application', 'options', 'reading', 'lifecycle'])
  wrong.push([`packages/connection/src/${room}`, typeFrom('node:net'), IMPORTS]);

// What needs Node.
const node = 'packages/connection/src/node';
for (const name of ['some-package', '@webson/pool', '../../other/src/a.js']) wrong.push([node, from(name), IMPORTS]);
for (const name of ['./a.js', '../options/a.js', ...layers.connection]) right.push([node, from(name)]);
for (const room of ['client', 'server']) right.push([`${node}/${room}`, from('../../a.js')]);

// Above the packages: public names only, ws in tooling/ only.
for (const folder of ['apps/some/src', 'apps/examples/some', 'tooling/some/src']) {
  wrong.push([folder, from('@webson/frame/dist/a.js'), IMPORTS]);
  wrong.push([folder, from('@webson/frame/src/a.js'), IMPORTS]);
  wrong.push([folder, from('../../../packages/frame/src/a.js'), IMPORTS]);
  wrong.push([folder, from('../../../packages/frame/dist/a.js'), IMPORTS]);
  wrong.push([folder, from('undeclared'), UNDECLARED]);
  for (const name of publicNames) right.push([folder, from(name)]);
  wrong.push([folder, from('webson/dist/index.js'), IMPORTS]);
  right.push([folder, from('node:http')]);
}
for (const folder of ['apps/some/test', 'tooling/some/test']) {
  for (const inside of ['src', 'dist']) {
    right.push([folder, from(`../${inside}/a.js`)], [`${folder}/deep`, from(`../../${inside}/a.js`)]);
  }
  right.push([`${folder}/deep/deeper`, from('../../../src/a.js')]);
}
wrong.push(['apps/some/src', from('ws'), IMPORTS], ['apps/examples/some', from('ws'), IMPORTS]);
wrong.push(['apps/some/src', from('ws/wrapper.mjs'), IMPORTS]);
right.push(['tooling/some/src', from('ws')]);

// Examples: what their readers install.
const example = 'apps/examples/some/src';
for (const name of ['@webson/frame/dist/a.js', 'webson/dist/index.js', '../../other/src/a.js', 'ws', 'ws/wrapper.mjs'])
  wrong.push([example, from(name), IMPORTS]);
for (const name of publicNames) {
  // What is not in `webson` is installed beside it.
  if (name === 'webson' || name === '@webson/channels') right.push([example, from(name)]);
  else wrong.push([example, from(name), IMPORTS], [example, typeFrom(name), IMPORTS]);
}
for (const name of ['./a.js', '../a.js', 'node:http']) right.push([example, from(name)]);
right.push(['apps/examples/framed-line/src', from('@webson/frame')]);
wrong.push(['apps/examples/framed-line/src', from('webson'), IMPORTS]);
right.push(['apps/examples/some/test', from('../src/a.js')]);

// A package that nobody has given a layer may import nothing; a package uses only what its package.json declares.
wrong.push(['packages/unknown/src', from('@webson/frame'), IMPORTS]);
wrong.push(['packages/unknown/src', from('@webson/frame'), UNDECLARED]);
wrong.push(['packages/unknown/src', from('../../other/src/a.js'), IMPORTS]);
right.push(['packages/unknown/src', from('./a.js')], ['packages/unknown/src/deep', from('../a.js')]);

// Cycles, of values and of types.
for (const folder of ['packages/frame/src', 'packages/connection/src/protocol', 'apps/some/src']) {
  wrong.push([folder, from('./cycle.js'), CYCLES], [folder, typeFrom('./cycle.js'), CYCLES]);
}

// The house style's hard lines.
const src = 'packages/connection/src';
wrong.push(
  [src, 'export default 1;', 'lint/style/noDefaultExport'],
  [src, 'export enum A {\n  B = 1,\n}', 'lint/style/noEnum'],
  [src, 'export namespace A {\n  export const b = 1;\n}', 'lint/style/noNamespace'],
  [src, 'export class A {\n  constructor(readonly b: number) {}\n}', 'lint/style/noParameterProperties'],
  [src, 'export const a = (b: any): unknown => b;', 'lint/suspicious/noExplicitAny'],
  [src, `import { A } from './a.js';\nexport type B = A;`, 'lint/style/useImportType'],
  [src, `import { b } from './a.js';\nexport const c = 1;`, 'lint/correctness/noUnusedImports'],
  [src, `export const a = (): void => console.log('b');`, 'lint/suspicious/noConsole'],
  [src, 'async function a(): Promise<void> {}\na();', 'lint/nursery/noFloatingPromises'],
  [
    'packages/frame/test',
    `import { test } from 'vitest';\ntest.skip('a', () => {});`,
    'lint/suspicious/noSkippedTests',
  ],
  [
    'packages/frame/test',
    `import { test } from 'vitest';\ntest.only('a', () => {});`,
    'lint/suspicious/noFocusedTests',
  ],
);

interface Report {
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}

let tree = '';
/** What was reported, by file: the rules broken, and how severe when it is less than an error. */
const reported = new Map<string, string[]>();

/** Where a case's file stands. A folder that names a file is that file: in a copy of the tree where no other case has it. */
function place(cases: 'wrong' | 'right', index: number, folder: string): { copy: string; path: string } {
  if (!folder.endsWith('.ts')) return { copy: 'tree', path: `${folder}/${cases}-${index}.ts` };
  const table = cases === 'wrong' ? wrong : right;
  const before = table.slice(0, index).filter(([other]) => other === folder).length;
  return { copy: `${cases}-${before}`, path: folder };
}

function write(copy: string, path: string, source: string): void {
  const target = join(tree, copy, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${source}\n`);
}

function report(copy: string, path: string, rule: string): void {
  const key = `${copy}:${path}`;
  reported.set(key, [...(reported.get(key) ?? []), rule]);
}

/** The real configuration, and manifests that declare what each workspace may depend on. */
function plantSkeleton(copy: string): void {
  write(copy, 'biome.json', readFileSync(join(root, 'biome.json'), 'utf8'));
  write(copy, 'tooling/lint/globals.json', readFileSync(join(root, 'tooling/lint/globals.json'), 'utf8'));
  const manifest = (folder: string, dependencies: readonly string[]) => {
    const declared = Object.fromEntries(dependencies.map((name) => [name, '*']));
    write(copy, `${folder}/package.json`, JSON.stringify({ name: 'some', dependencies: declared }));
  };
  for (const layer of layerNames) manifest(`packages/${layer}`, layers[layer]);
  for (const folder of ['apps/some', 'apps/examples/some', 'tooling/some']) manifest(folder, [...publicNames, 'ws']);
  manifest('apps/examples/framed-line', ['@webson/frame']);
  manifest('packages/unknown', []);
}

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'webson-lint-'));
  const copies = new Set<string>();
  for (const [kind, table] of [
    ['wrong', wrong],
    ['right', right],
  ] as const) {
    for (const [index, [folder, source]] of table.entries()) {
      const { copy, path } = place(kind, index, folder);
      copies.add(copy);
      if (!source.includes('./cycle.js')) write(copy, path, source);
      else {
        const type = source.includes('type') ? 'type ' : '';
        write(copy, path, source.replace('./cycle.js', `./cycle-${index}.js`));
        write(copy, path.replace(/wrong-(\d+)\.ts$/, 'cycle-$1.ts'), `export ${type}{ b } from './wrong-${index}.js';`);
      }
    }
  }
  const biome = createRequire(join(root, 'package.json')).resolve('@biomejs/biome/bin/biome');
  for (const copy of copies) {
    plantSkeleton(copy);
    const run = spawnSync(
      process.execPath,
      [biome, 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'],
      { cwd: join(tree, copy), encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    if (!run.stdout.startsWith('{')) throw new Error(`Biome did not run: ${run.stderr}${run.stdout}`);
    for (const { severity, category, location } of (JSON.parse(run.stdout) as Report).diagnostics) {
      report(copy, location.path, severity === 'error' ? category : `${category} (${severity})`);
    }
    const planted = readdirSync(join(tree, copy), { recursive: true, encoding: 'utf8' });
    const sources = planted.map((path) => path.replaceAll(sep, '/')).filter((path) => path.endsWith('.ts'));
    for (const { path } of check(join(tree, copy), sources)) report(copy, path, IMPORTS);
  }
}, 120_000);

afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('a wrong file is an error', () => {
  test.each(wrong.map(([folder, source, rule], index) => ({ folder, source, rule, index })))(
    '$folder: $source is $rule',
    ({ folder, rule, index }) => {
      const { copy, path } = place('wrong', index, folder);
      expect(reported.get(`${copy}:${path}`) ?? []).toContain(rule);
    },
  );
});

describe('a right file is none', () => {
  test.each(right.map(([folder, source], index) => ({ folder, source, index })))(
    '$folder: $source',
    ({ folder, index }) => {
      const { copy, path } = place('right', index, folder);
      expect(reported.get(`${copy}:${path}`) ?? []).toEqual([]);
    },
  );
});

describe('the table', () => {
  test('has the lower packages first, each once', () => {
    expect(new Set(packages.map((row) => row.package)).size).toBe(packages.length);
    for (const [index, row] of packages.entries()) {
      const below = packages.slice(0, index).map(({ name }) => name);
      const ours = row.packages.map((entry) => entry.replace(/^type /, '')).filter((entry) => /^@?webson/.test(entry));
      for (const name of ours) expect(below).toContain(name.replace(/^(@webson\/[^/]+)\/.*$/, '$1'));
    }
  });

  test.each(packages.filter((row) => row.rooms !== undefined))(
    'has the lower rooms of $package first, each once',
    (layer) => {
      const names = (layer.rooms ?? []).map(({ room }) => room);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toContain('.');
      for (const [index, { rooms }] of (layer.rooms ?? []).entries()) {
        expect(new Set(rooms).size).toBe(rooms.length);
        for (const other of rooms.filter((name) => name !== '*')) expect(names.slice(0, index)).toContain(other);
      }
    },
  );

  test.each(packages.filter((row) => row.rooms !== undefined))('is what $package is held to, room by room', (layer) => {
    const fileIn = (room: string) => (room.endsWith('.ts') ? room : posix.join(room, 'some.ts'));
    for (const here of layer.rooms ?? []) {
      for (const there of layer.rooms ?? []) {
        const [source, target] = [here, there].map(({ room }) => fileIn(room)) as [string, string];
        const specifier = `./${posix.relative(posix.dirname(source), target).replace(/\.ts$/, '.js')}`;
        const one = { specifier, isType: true, isInline: false, line: 1 };
        const fault = faultOf(`packages/${layer.package}/src/${source}`, one);
        expect([source, target, fault === undefined]).toEqual([source, target, mayImport(here, there)]);
      }
    }
  });

  test('gives a room no package that its package has not', () => {
    for (const { packages: own, rooms = [] } of packages) {
      for (const entry of rooms.flatMap((row) => row.packages).filter((name) => name.includes('@webson/')))
        expect(own).toContain(entry.replace(/^type /, ''));
    }
  });

  test('has every row say why', () => {
    for (const { why } of [...packages, ...packages.flatMap(({ rooms = [] }) => rooms), ...grounds])
      expect(why).toMatch(/^[a-z].*[^.]$/);
  });
});
