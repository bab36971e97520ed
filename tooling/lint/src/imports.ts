import { parseSync, Visitor } from 'oxc-parser';

/** An import or a re-export of a source file. */
export interface Import {
  readonly specifier: string;
  /** Whether it is of types alone, and leaves nothing behind when the types are taken out. */
  readonly isType: boolean;
  /** Whether it is a type in the middle of the code: `import('x').T`. */
  readonly isInline: boolean;
  /** Its line, from 1. */
  readonly line: number;
}

/** `import { type T }` is none: `import {}` is left of it, and that loads the module. */
const TYPE = /^(?:import|export)\s+type\b(?!\s*(?:,|from\b))/;

/**
 * What a source file imports, in no order.
 *
 * @throws Error when the file cannot be parsed.
 */
export function importsOf(path: string, source: string): Import[] {
  const parsed = parseSync(path, source);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const imports: Import[] = [];
  const add = (specifier: string, start: number, isType: boolean, isInline: boolean) => {
    imports.push({ specifier, isType, isInline, line: source.slice(0, start).split('\n').length });
  };
  const { staticImports, staticExports } = parsed.module;
  for (const { start, moduleRequest } of staticImports) {
    add(moduleRequest.value, start, TYPE.test(source.slice(start)), false);
  }
  for (const { start, entries } of staticExports) {
    const specifier = entries[0]?.moduleRequest?.value;
    if (specifier !== undefined) add(specifier, start, TYPE.test(source.slice(start)), false);
  }
  // The tree itself is built only for the few files that need it: that takes longer than all the rest.
  if (/\bimport\s*\(/.test(source)) {
    new Visitor({
      ImportExpression({ source: from, start }) {
        if (from.type === 'Literal' && typeof from.value === 'string') add(from.value, start, false, false);
        else if (from.type === 'TemplateLiteral' && from.quasis.length === 1)
          add(from.quasis[0]?.value.cooked ?? '', start, false, false);
      },
      TSImportType({ source: from, start }) {
        add(from.value, start, true, true);
      },
    }).visit(parsed.program);
  }
  return imports;
}
