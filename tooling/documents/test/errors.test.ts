import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloseCode } from '@webson/frame';
import { parseSync, Visitor } from 'oxc-parser';
import { expect, test } from 'vitest';

// docs/ERRORS.md against the sources: every code of every package, every class of errors, every close code.
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/ERRORS.md'), 'utf8');

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(): Source[] {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ path: join(folder, file), text: readFileSync(join(folder, file), 'utf8') }));
  });
}

interface Found {
  /** The codes that a type named `…Code` lists, that a class of errors has, or a warning. */
  readonly declared: Set<string>;
  /** How often each text stands in code, not in types. */
  readonly used: Map<unknown, number>;
  /** The classes of errors. */
  readonly classes: Set<string>;
}

function find(): Found {
  const found: Found = { declared: new Set(), used: new Map(), classes: new Set() };
  const count = (value: unknown, times: number): void => {
    found.used.set(value, (found.used.get(value) ?? 0) + times);
  };
  for (const { path, text } of sources()) {
    const { program, errors } = parseSync(path, text);
    expect(errors).toEqual([]);
    new Visitor({
      Literal({ value }) {
        count(value, 1);
        if (typeof value === 'string' && /^WEBSON_[A-Z_]+$/.test(value)) found.declared.add(value);
      },
      TSLiteralType({ literal }) {
        if (literal.type === 'Literal') count(literal.value, -1);
      },
      TSTypeAliasDeclaration({ id, typeAnnotation }) {
        if (!id.name.endsWith('Code') || typeAnnotation.type !== 'TSUnionType') return;
        for (const one of typeAnnotation.types) {
          if (one.type === 'TSLiteralType' && one.literal.type === 'Literal')
            found.declared.add(String(one.literal.value));
        }
      },
      ClassDeclaration({ id, superClass, body }) {
        if (superClass?.type !== 'Identifier' || !superClass.name.endsWith('Error')) return;
        found.classes.add(id?.name ?? '');
        for (const member of body.body) {
          if (member.type !== 'PropertyDefinition' || member.key.type !== 'Identifier') continue;
          if (member.key.name === 'code' && member.value?.type === 'Literal')
            found.declared.add(String(member.value.value));
        }
      },
    }).visit(program);
  }
  return found;
}

const { declared, used, classes } = find();

/** The rows of the tables of a section, cell by cell; of all sections when none is named. */
function rows(section?: string): string[][] {
  const start = section === undefined ? 0 : page.indexOf(`\n## ${section}\n`);
  const text = section === undefined ? page : page.slice(start, page.indexOf('\n## ', start + 1) >>> 0);
  return [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | '));
}

const documented = rows().flatMap(([first = '']) => /^`([A-Z0-9_]+)`$/.exec(first)?.[1] ?? []);

test('it has every code that there is, and no other', () => {
  expect([...new Set(documented)].sort()).toEqual([...declared].sort());
});

test('every code is one that something has', () => {
  expect([...declared].filter((code) => (used.get(code) ?? 0) < 1)).toEqual([]);
});

test('each row says in one line what the code means, and what to do about it', () => {
  const withCodes = rows().filter(([first = '']) => /^`[A-Z0-9_]+`$/.test(first));
  expect(withCodes.length).toBeGreaterThan(80);
  for (const row of withCodes) {
    expect(row, row[0]).toHaveLength(4);
    for (const cell of row) expect(cell.trim(), row[0]).not.toBe('');
  }
});

test('it has every class of errors', () => {
  expect(classes.size).toBeGreaterThan(15);
  for (const name of classes) expect(page).toContain(`\`${name}\``);
});

test('it has every close code by its name', () => {
  const found = rows('Close codes').flatMap(([code = '', name = '']) =>
    /^\d+$/.test(code) ? [[name, Number(code)]] : [],
  );
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(CloseCode).map(([name, code]) => [`\`${name}\``, code])),
  );
});
