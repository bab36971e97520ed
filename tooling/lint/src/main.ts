/**
 * `node dist/main.js`: checks every import of the workspace against the table of layers, and that what is written from
 * the table is up to date. `node dist/main.js --write` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { derivedFrom } from './derived.js';
import { check, emptyRooms, sourcesOf } from './workspace.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const isWriting = process.argv.includes('--write');

const paths = sourcesOf(root);
const complaints = [
  ...check(root, paths).map(({ path, line, message }) => `${path}:${line} ${message}`),
  ...emptyRooms(root).map((path) => `tooling/lint/src/layers.ts has a row for ${path}, which does not exist.`),
];
for (const [path, render] of derivedFrom) {
  const text = readFileSync(join(root, path), 'utf8');
  const derived = render(text);
  if (derived === text) continue;
  if (isWriting) writeFileSync(join(root, path), derived);
  else complaints.push(`${path} is not what the table of layers says: pnpm layers --write writes it.`);
}
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
if (complaints.length === 0) process.stdout.write(`${paths.length} files keep to their layers.\n`);
else process.exitCode = 1;
