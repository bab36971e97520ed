import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageNames, root } from '../src/project.js';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

// Changesets plans a release over the whole workspace, as all packages carry one version: it fails for one without.
test('every package of the workspace has the same version', () => {
  const manifests = ['packages', 'apps', 'apps/examples', 'tooling'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => join(root, folder, name, 'package.json'))
      .filter((path) => existsSync(path))
      .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Manifest),
  );
  expect(manifests.map(({ name }) => name)).toEqual(expect.arrayContaining([...packageNames]));
  expect(manifests.filter(({ version }) => version !== manifests[0]?.version)).toEqual([]);
  expect(manifests[0]?.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('a changeset names packages that are published, and says what has changed', () => {
  const folder = join(root, '.changeset');
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  for (const text of texts) {
    const [, head = '', body = ''] = /^---\n(.*?)---\n(.*)$/s.exec(text) ?? [];
    const names = [...head.matchAll(/^'(.+)': (?:patch|minor|major)$/gm)].map(([, name]) => name);
    expect(head.trim().split('\n'), text).toHaveLength(names.length);
    for (const name of names) expect(packageNames, text).toContain(name);
    expect(body.trim(), text).not.toBe('');
  }
});
