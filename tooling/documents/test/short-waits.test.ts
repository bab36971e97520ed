import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// The table of docs/LIMITS.md that says what is waited for and cannot be set, against the constants of the code.
const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/LIMITS.md', ROOT), 'utf8');
const section = page.split('### Seconds and half seconds\n')[1]?.split('\n#')[0] ?? '';
const rows = [...section.matchAll(/^\| (.*?) \| ([\d ×]+) \| .* \| (`.*`) in `(.*)` \|$/gm)].map((match) =>
  match.slice(1),
);

test('every row of the table is found', () => {
  expect(rows.length).toBe(section.split('\n').filter((line) => line.startsWith('| ')).length - 2);
  expect(rows.length).toBeGreaterThan(5);
});

test.each(rows)('%s: %s ms', (_, ms = '', names = '', file = '') => {
  const source = readFileSync(new URL(`packages/connection/src/${file}`, ROOT), 'utf8');
  const values = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => {
    const [, value = 'none'] = new RegExp(`^(?:export )?const ${name} = ([\\d_]+);$`, 'm').exec(source) ?? [];
    return value.replaceAll('_', '');
  });
  expect(values.join(' × ')).toBe(ms);
});
