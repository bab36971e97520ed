import { build } from 'esbuild';
import { GROUPS } from './groups.js';

/** What a table says of an option: some of it, or nothing. */
export interface Kind {
  readonly default?: unknown;
  readonly min?: number;
  readonly max?: number;
  readonly unit?: 'ms';
  readonly expected?: string;
  readonly fields?: Kinds;
}

/** Kinds by the names of their options. */
export type Kinds = Readonly<Record<string, Kind>>;

/** The tables of the workspace's sources. */
export interface Tables {
  /** The table of each group, by its name. */
  readonly kinds: Readonly<Record<string, Kinds>>;
  /** Names that are known from elsewhere, and what stands for them, by who uses them. */
  readonly foreign: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Those that stand for something else in one place, by that place. */
  readonly places: Readonly<Record<string, { readonly names: Readonly<Record<string, string>> }>>;
}

/**
 * Loads the tables from the sources, in which they stand among code that no package exports. What those import from other
 * packages has to be built.
 *
 * @param root of the workspace.
 */
export async function loadTables(root: string): Promise<Tables> {
  const names = GROUPS.map(({ kinds }) => kinds);
  const contents = [
    ...GROUPS.map(({ file, kinds, kindsFile = file }) => `import { ${kinds} } from './${kindsFile}';`),
    "import { FOREIGN_NAMES, NAMES_OF_PLACES } from './packages/connection/src/options/foreign-names.ts';",
    `export const kinds = { ${names.join(', ')} };`,
    'export const foreign = FOREIGN_NAMES;',
    'export const places = NAMES_OF_PLACES;',
  ].join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild has written nothing');
  return (await import(`data:text/javascript;base64,${Buffer.from(file.text).toString('base64')}`)) as Tables;
}
