import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// docs/SECURITY-RULES.md names a test for every rule: it exists under that name, in that file.
const ROOT = new URL('../../../../', import.meta.url);
const text = readFileSync(new URL('docs/SECURITY-RULES.md', ROOT), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| '));

const rules = rows.slice(2).map((row): [rule: string, file: string, name: string] => {
  const cells = row.split(' | ');
  const [, file = '', name = ''] = /^`([^`]+\.test\.ts)`: "(.*)" \|$/.exec(cells.at(-1) as string) ?? [];
  return [(cells[0] as string).slice(2), file, name.replaceAll('\\"', '"')];
});

test('there are rules', () => expect(rules.length).toBeGreaterThan(30));

test.each(rules)('%s', (_, file, name) => {
  expect(file).not.toBe('');
  expect(existsSync(new URL(file, ROOT))).toBe(true);
  const source = readFileSync(new URL(file, ROOT), 'utf8');
  // A name is a string literal by itself, the first or second argument of `test`, `it`, `describe` or of their `each`.
  const quoted = [`'${name}',`, `\`${name}\`,`, `"${name}",`];
  expect(quoted.some((literal) => source.includes(literal))).toBe(true);
});
