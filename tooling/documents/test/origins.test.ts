import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { explainsRefusedOrigin, origins } from './shown/origins.js';
import { runAll } from './support/run-all.js';

runAll(origins);

test('what docs/ORIGINS.md quotes is what a refused origin is told', async () => {
  const page = readFileSync(new URL('../../../docs/ORIGINS.md', import.meta.url), 'utf8');
  const [, words = ''] = /```\n(The origin [\s\S]*?)```/.exec(page) ?? [];
  await explainsRefusedOrigin(words);
});
