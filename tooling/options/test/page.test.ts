import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GROUPS } from '../src/groups.js';
import { pageOf } from '../src/page.js';
import { loadTables } from '../src/tables.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('every option is described with its default and its range, and nothing else is', async () => {
  expect((await pageOf(root)).complaints).toEqual([]);
});

test('docs/OPTIONS.md is what the sources say', async () => {
  expect(readFileSync(`${root}docs/OPTIONS.md`, 'utf8')).toBe((await pageOf(root)).text);
});

test('there is a row for every option of every table', async () => {
  const [{ kinds }, { text }] = [await loadTables(root), await pageOf(root)];
  for (const group of GROUPS) {
    for (const name of Object.keys(kinds[group.kinds] ?? {})) expect(text).toContain(`| \`${name}\` | `);
  }
});

test('what stands for a name known from elsewhere is an option', async () => {
  const { kinds, foreign, places } = await loadTables(root);
  const all = new Set(Object.values(kinds).flatMap((table) => Object.keys(table)));
  const timeouts = Object.keys(kinds.CONNECTION_KINDS?.timeout?.fields ?? {});
  const ofPlaces = Object.entries(places).flatMap(([place, { names }]) => (place === 'refuse' ? [] : [names]));
  for (const [name, here] of [...Object.values(foreign), ...ofPlaces].flatMap((names) => Object.entries(names))) {
    const [ours = ''] = here.split('; ');
    if (ours === '') continue;
    const [outer = '', inner] = ours.split(/[.:]/);
    expect(all, name).toContain(outer);
    if (outer === 'timeout') expect(timeouts, name).toContain(inner);
    if (outer === 'enableCompress') expect(Object.keys(kinds.COMPRESS_KINDS ?? {}), name).toContain(inner ?? 'level');
  }
});
