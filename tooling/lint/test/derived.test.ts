import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { derivedFrom } from '../src/derived.js';

test.each(derivedFrom)('%s is what the table of layers says', (path, render) => {
  const text = readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
  expect(render(text)).toBe(text);
});
