/**
 * `node dist/main.js`: checks that every option is described, and that docs/OPTIONS.md is up to date.
 * `node dist/main.js --write` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pageOf } from './page.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const path = `${root}docs/OPTIONS.md`;

const { text, complaints } = await pageOf(root);
const all = [...complaints];
if (process.argv.includes('--write')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  all.push('docs/OPTIONS.md is not what the sources say: pnpm options --write writes it.');
}
for (const complaint of all) process.stderr.write(`${complaint}\n`);
if (all.length > 0) process.exitCode = 1;
