import { expect, test } from 'vitest';
import { aliasesOf, propertiesOf } from '../src/descriptions.js';

const SOURCE = `
/** Not this one. */
interface Other { a?: string }

/** This one. */
export interface Options extends Other {
  /** One line, see {@link Other}. */
  readonly first?: string | undefined;
  /**
   * Several lines
   * of text.
   *
   * And a paragraph.
   */
  second?: { a: number;
    b: number };
  // No doc comment.
  third: boolean;

  fourth?: number;
}
`;

test('names, types and comments of an interface', () => {
  expect(propertiesOf('options.ts', SOURCE, 'Options')).toEqual([
    { name: 'first', type: 'string | undefined', text: 'One line, see `Other`.' },
    { name: 'second', type: '{ a: number; b: number }', text: 'Several lines of text. And a paragraph.' },
    { name: 'third', type: 'boolean', text: '' },
    { name: 'fourth', type: 'number', text: '' },
  ]);
});

test('what cannot be read', () => {
  expect(() => propertiesOf('options.ts', SOURCE, 'Missing')).toThrow('options.ts has no interface Missing');
  expect(() => propertiesOf('options.ts', 'interface {', 'Options')).toThrow(/^options\.ts: /);
});

test('types with a name, and what they stand for', () => {
  const source = [
    'export type One = string | RegExp;',
    "export type Two =\n  | 'a'\n  | 'b';",
    'type Inner = number;',
    'export interface Three {}',
  ].join('\n');
  expect([...aliasesOf('source.ts', source)]).toEqual([
    ['One', 'string | RegExp'],
    ['Two', "'a' | 'b'"],
  ]);
  expect(() => aliasesOf('source.ts', 'type {')).toThrow('source.ts: ');
});
