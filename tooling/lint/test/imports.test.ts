import { describe, expect, test } from 'vitest';
import { importsOf } from '../src/imports.js';

const one = (specifier: string, { isType = false, isInline = false, line = 1 } = {}) => ({
  specifier,
  isType,
  isInline,
  line,
});

describe('importsOf', () => {
  test.each([
    [`import { a } from 'x';`, one('x')],
    [`import a from 'x';`, one('x')],
    [`import * as a from 'x';`, one('x')],
    [`import 'x';`, one('x')],
    [`export { a } from 'x';`, one('x')],
    [`export { a, b } from 'x';`, one('x')],
    [`export * from 'x';`, one('x')],
    [`export * as a from 'x';`, one('x')],
    [`import type { A } from 'x';`, one('x', { isType: true })],
    [`import type A from 'x';`, one('x', { isType: true })],
    [`import type * as A from 'x';`, one('x', { isType: true })],
    [`export type { A } from 'x';`, one('x', { isType: true })],
    [`export type * from 'x';`, one('x', { isType: true })],
    [`import { type A } from 'x';`, one('x')],
    [`import { type A, b } from 'x';`, one('x')],
    [`import type from 'x';`, one('x')],
    [`import type, { b } from 'x';`, one('x')],
    [`const a = await import('x');`, one('x')],
    ['const a = await import(`x`);', one('x')],
    [`type A = import('x').A;`, one('x', { isType: true, isInline: true })],
    [`const a = 1;\n\nimport(\n  'x'\n);`, one('x', { line: 3 })],
    [`/* a */\nimport { b } from 'x';`, one('x', { line: 2 })],
  ])('%s', (source, expected) => {
    expect(importsOf('a.ts', source)).toEqual([expected]);
  });

  test.each([`export const a = 1;`, `// import { a } from 'x';`, `const a = "import('x')";`, 'await import(x);'])(
    '%s imports nothing that is known beforehand',
    (source) => {
      expect(importsOf('a.ts', source)).toEqual([]);
    },
  );

  test('a file that cannot be parsed is an error, and names the file', () => {
    expect(() => importsOf('some/a.ts', 'import {')).toThrow('some/a.ts');
  });
});
