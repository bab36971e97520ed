import { expect, test } from 'vitest';
import { shown } from './shown/index.js';
import { allSnippets, snippetsOf } from './support/snippets.js';

test('every snippet of the repository is run, or its types are checked for a reason; the lists have no others', () => {
  const known = shown.map(({ at }) => at);
  // A snippet that is missing in the second list is run by no test: give it an entry in the list of its document in `shown/`.
  expect(known.sort()).toEqual([...allSnippets().keys()].sort());
  expect(new Set(known).size).toBe(known.length);
  for (const { at, run, typesOnly } of shown) expect([at, run === undefined]).toEqual([at, typesOnly !== undefined]);
});

const PAGE = `# Page

\`\`\`sh
# no heading
\`\`\`

\`\`\`js
first();
\`\`\`

\`\`\`
printed
\`\`\`

## Section

- in a list:

  \`\`\`ts title
  second();

  third();
  \`\`\`

Text.

\`\`\`
not printed
\`\`\`

\`\`\`js
fourth();
\`\`\`
`;

test('snippets are found by the heading above them, with what they print', () => {
  expect(snippetsOf('page.md', PAGE)).toEqual([
    { at: 'page.md: Page', language: 'js', code: 'first();\n', printed: 'printed\n' },
    { at: 'page.md: Section', language: 'ts', code: 'second();\n\nthird();\n', printed: undefined },
    { at: 'page.md: Section 2', language: 'js', code: 'fourth();\n', printed: undefined },
  ]);
});

test('snippets in doc comments are found by what they describe', () => {
  const source = [
    '/**',
    ' * ```js',
    ' * first();',
    ' *',
    ' * second();',
    ' * ```',
    ' */',
    'export async function thing<T>(): Promise<T> {}',
    "const text = '```js';",
  ].join('\n');
  expect(snippetsOf('source.ts', source)).toEqual([
    { at: 'source.ts: thing', language: 'js', code: 'first();\n\nsecond();\n', printed: undefined },
  ]);
});

test('code in a block without a language is not passed over', () => {
  expect(() => snippetsOf('page.md', "```\nimport { dial } from 'webson';\n```\n")).toThrow('without its language');
});
