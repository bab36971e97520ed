import { posix } from 'node:path';
import type { Import } from './imports.js';
import { type Ground, grounds, type Package, packages, type Room } from './layers.js';

const INSIDE = 'Import another package by its public name, not its inside.';

/** A source file's place: the workspace it belongs to, and the path from there. */
interface Place {
  readonly workspace: string;
  readonly path: string;
}

/** What is wrong with an import of a file, or `undefined`. The path is from the root of the repository, with slashes. */
export function faultOf(path: string, one: Import): string | undefined {
  const from = placeOf(path);
  const layer = packages.find((row) => from.workspace === `packages/${row.package}`);
  if (from.workspace.startsWith('packages/') && one.isInline)
    return 'Write this as `import type` at the head of the file.';
  if (/^(?:@webson\/[^/]+|webson)\/(?:src|dist|test)(?:\/|$)/.test(one.specifier)) return INSIDE;
  if (/^[./]/.test(one.specifier)) return faultInPath(path, from, layer, one.specifier);
  if (!from.workspace.startsWith('packages/')) return faultAbove(path, one.specifier);
  if (from.path.startsWith('src/')) return faultInSource(from, layer, one);
  return faultInTest(layer, one.specifier);
}

/** The room of a package that a file belongs to: the path is from the package's `src`. */
function roomOf(layer: Package, path: string): Room | undefined {
  let narrowest: Room | undefined;
  for (const row of layer.rooms ?? []) {
    const holds = row.room === '.' || path === row.room || path.startsWith(`${row.room}/`);
    if (holds && (narrowest === undefined || narrowest.room === '.' || row.room.length > narrowest.room.length)) {
      narrowest = row;
    }
  }
  return narrowest;
}

/** Whether one room of a package may import another. */
export function mayImport(from: Room, to: Room): boolean {
  return from === to || from.rooms.includes(to.room) || from.rooms.includes('*');
}

function placeOf(path: string): Place {
  const workspace = /^(?:apps\/examples|packages|apps|tooling)\/[^/]+(?=\/)/.exec(path)?.[0] ?? '.';
  return { workspace, path: posix.relative(workspace, path) };
}

/** Own files, by their paths: of a package those of its `src`, and from its tests the tests too. */
function faultInPath(path: string, from: Place, layer: Package | undefined, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
  const to = placeOf(target);
  if (to.workspace !== from.workspace) return INSIDE;
  if (!from.workspace.startsWith('packages/')) return undefined;
  if (!from.path.startsWith('src/')) return to.path.startsWith('dist/') ? INSIDE : undefined;
  if (!to.path.startsWith('src/')) return INSIDE;
  if (layer?.rooms === undefined) return undefined;
  const [here, there] = [from, to].map((place) => roomOf(layer, posix.relative('src', place.path)));
  if (here === undefined || there === undefined) return `No room of ${layer.package} holds this: give it a row.`;
  if (mayImport(here, there)) return undefined;
  return `${titleOf(layer, here)} may not import ${titleOf(layer, there)}. It is ${here.why}.`;
}

/** Other packages, from the sources of one under `packages/`. */
function faultInSource(from: Place, layer: Package | undefined, { specifier, isType }: Import): string | undefined {
  if (layer === undefined) return 'A new package: give it a row in tooling/lint/src/layers.ts.';
  const room = roomOf(layer, posix.relative('src', from.path));
  const row = room ?? layer;
  const isRefused = row.packages.some((entry) => entry.startsWith('!') && isOrBelow(specifier, entry.slice(1)));
  if (!isRefused && row.packages.some((entry) => fits(entry, specifier, isType))) return undefined;
  const title = room === undefined ? layer.package : titleOf(layer, room);
  return `${title} may import ${row.packages.join(', ') || 'no package'}. It is ${row.why}.`;
}

/** Other packages, from a test of one: the package itself and what lies below it, and what tests are made with. */
function faultInTest(layer: Package | undefined, specifier: string): string | undefined {
  const below = layer === undefined ? [] : [...namesBelow(layer), ...testingFor(layer)];
  const isOurs = specifier === 'webson' || specifier.startsWith('webson/') || specifier.startsWith('@webson/');
  if (isOurs ? below.some((name) => isOrBelow(specifier, name)) : !isOrBelow(specifier, 'ws')) return undefined;
  return `A test may import ${below.join(', ') || 'no package of ours'}: its package and those below it.`;
}

// What tests are made with stands low, and needs nothing: whatever is above it may use it.
function testingFor({ package: name }: Package): string[] {
  const order = packages.map((row) => row.package);
  return order.indexOf(name) > order.indexOf('testing') ? ['@webson/testing'] : [];
}

/** Other packages, from apps, tooling and the root. */
function faultAbove(path: string, specifier: string): string | undefined {
  const ground = grounds.find((row) => stands(path, row)) ?? { ground: 'The root', except: ['ws'], why: 'settings' };
  if (!ground.except.some((name) => isOrBelow(specifier, name))) return undefined;
  return `${ground.ground} may not import ${specifier}. It is ${ground.why}.`;
}

function stands(path: string, { ground }: Ground): boolean {
  const parts = path.split('/');
  return ground.split('/').every((name, index) => name === '*' || name === parts[index]);
}

/** A package's own name and those that it may import, directly or through others. */
function namesBelow(layer: Package): string[] {
  const names = new Set([layer.name]);
  for (const name of names) {
    const row = packages.find((one) => one.name === name);
    for (const entry of row?.packages ?? []) if (entry.includes('webson')) names.add(entry.replace(/^type /, ''));
  }
  return [...names];
}

function fits(entry: string, specifier: string, isType: boolean): boolean {
  if (entry.startsWith('type ')) return isType && entry.slice('type '.length) === specifier;
  return entry.endsWith('*') ? specifier.startsWith(entry.slice(0, -1)) : specifier === entry;
}

function isOrBelow(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`);
}

function titleOf(layer: Package, { room }: Room): string {
  return room === '.' ? `${layer.package}/src` : `${layer.package}/src/${room}`;
}
