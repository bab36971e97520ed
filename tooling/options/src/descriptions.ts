import { type Comment, parseSync, type TSInterfaceDeclaration } from 'oxc-parser';

/** A property of an interface, as its source says it. */
export interface Property {
  readonly name: string;
  readonly type: string;
  /** The doc comment before it, as one line; '' when there is none. */
  readonly text: string;
}

/**
 * The properties of an interface of a source file, without inherited ones.
 *
 * @throws Error when the file cannot be parsed, or has no such interface.
 */
export function propertiesOf(path: string, source: string, name: string): Property[] {
  const { program, comments, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'TSInterfaceDeclaration' || declaration.id.name !== name) continue;
    return propertiesIn(declaration, source, comments);
  }
  throw new Error(`${path} has no interface ${name}`);
}

function propertiesIn({ body }: TSInterfaceDeclaration, source: string, comments: readonly Comment[]): Property[] {
  return body.body.flatMap((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') return [];
    const annotation = member.typeAnnotation?.typeAnnotation;
    const comment = comments.find(({ end }) => end <= member.start && source.slice(end, member.start).trim() === '');
    return {
      name: member.key.name,
      type: annotation === undefined ? '' : oneLine(source.slice(annotation.start, annotation.end)),
      text: comment === undefined || !comment.value.startsWith('*') ? '' : textOf(comment.value),
    };
  });
}

/**
 * The types that a source file exports under a name, as its source says them, by that name.
 *
 * @throws Error when the file cannot be parsed.
 */
export function aliasesOf(path: string, source: string): Map<string, string> {
  const { program, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const aliases = new Map<string, string>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : undefined;
    if (declaration?.type !== 'TSTypeAliasDeclaration') continue;
    const { start, end } = declaration.typeAnnotation;
    aliases.set(declaration.id.name, oneLine(source.slice(start, end)).replace(/^\| /, ''));
  }
  return aliases;
}

/** The text of a doc comment: without the stars, and without the braces of links. */
function textOf(comment: string): string {
  const text = comment.slice(1).replace(/^\s*\* ?/gm, '');
  return oneLine(text.replace(/\{@link ([^}]*)\}/g, '`$1`'));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
