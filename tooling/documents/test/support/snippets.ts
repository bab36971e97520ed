import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The top of the repository. */
const ROOT = new URL('../../../../', import.meta.url);

/** A fenced block of code in a Markdown file or a doc comment. */
export interface Snippet {
  /** The file, the heading above (in a source file the export below), and from the second one on its number there. */
  readonly at: string;
  readonly language: string;
  readonly code: string;
  /** The block without a language that follows at once: what the program prints. */
  readonly printed: string | undefined;
}

/** Languages of which every block has to be known to these tests; what is left is for people: shell lines, unit files, pictures. */
const RUN = new Set([
  'js',
  'mjs',
  'cjs',
  'jsx',
  'javascript',
  'ts',
  'mts',
  'cts',
  'tsx',
  'typescript',
  'html',
  'nginx',
  'haproxy',
]);

/** Every file of the repository in which snippets are looked for, those that are not committed yet among them. */
function files(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.md', '*.ts', '*.mjs'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return [...new Set(listed)].filter((file) => file !== '' && !/(^|\/)(CHANGELOG\.md$|test\/)/.test(file)).sort();
}

/** Removes what stands before each line of a block: the indentation of a list, the asterisk of a comment. */
function without(prefix: string, block: string): string {
  return block
    .split('\n')
    .map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : line.trimStart().replace(/^\*/, '')))
    .join('\n');
}

/** The snippets of a text. In a source file only those in doc comments are found. @throws Error for code that has no language. */
export function snippetsOf(file: string, text: string): Snippet[] {
  const isSource = !file.endsWith('.md');
  const fence = isSource
    ? /^( *\* )```(\S*)[^\n]*\n([\s\S]*?)^ *\* ```$/gm
    : /^( *)```(\S*)[^\n]*\n([\s\S]*?)^\1```$/gm;
  const count = new Map<string, number>();
  const found: Snippet[] = [];
  let last: { end: number; index: number } | undefined;
  for (const match of text.matchAll(fence)) {
    const [block, prefix = '', language = '', lines = ''] = match;
    const code = without(prefix, lines);
    const before = last;
    last = undefined;
    if (language === '' && before !== undefined && /^\n+$/.test(text.slice(before.end, match.index))) {
      const snippet = found[before.index] as Snippet;
      found[before.index] = { ...snippet, printed: code };
      continue;
    }
    if (language === '' && /^import .* from ['"]|\brequire\(['"]|\bawait (dial|serve|takeOver)\(/m.test(code)) {
      throw new Error(`${file}: a block of code without its language:\n${code}`);
    }
    if (!RUN.has(language.toLowerCase())) continue;
    const place = isSource ? exportAfter(text, match.index) : headingBefore(text, match.index);
    const number = (count.get(place) ?? 0) + 1;
    count.set(place, number);
    last = { end: match.index + block.length, index: found.length };
    found.push({
      at: `${file}: ${place}${number > 1 ? ` ${number}` : ''}`,
      language: language.toLowerCase(),
      code,
      printed: undefined,
    });
  }
  return found;
}

function headingBefore(text: string, index: number): string {
  const headings = [...withoutBlocks(text.slice(0, index)).matchAll(/^#+ (.*)$/gm)];
  return headings.at(-1)?.[1]?.trim() ?? '';
}

// A line of a shell script may begin with # as a heading does.
function withoutBlocks(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
}

function exportAfter(text: string, index: number): string {
  const comment = text.indexOf('*/', index);
  return /[\w$]+(?=\s*[(<:={;?])/.exec(text.slice(comment + 2))?.[0] ?? '';
}

let all: Map<string, Snippet> | undefined;

/** All snippets of the repository, by their places. */
export function allSnippets(): ReadonlyMap<string, Snippet> {
  all ??= new Map(
    files()
      .flatMap((file) => snippetsOf(file, readFileSync(new URL(file, ROOT), 'utf8')))
      .map((snippet) => [snippet.at, snippet]),
  );
  return all;
}

/** The snippet at a place. @throws Error when there is none. */
export function snippetAt(at: string): Snippet {
  const snippet = allSnippets().get(at);
  if (snippet === undefined) throw new Error(`no snippet at "${at}"`);
  return snippet;
}
