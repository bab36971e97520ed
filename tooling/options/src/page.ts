import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaintsAbout } from './complaints.js';
import { type Property, propertiesOf } from './descriptions.js';
import { GROUPS, type Group } from './groups.js';
import { defaultOf, rangeOf } from './spelling.js';
import { type Kind, type Kinds, loadTables, type Tables } from './tables.js';

const HEAD = `# Options

<!-- Written by \`pnpm options --write\` from the doc comments of the options and the tables that check them. -->

Every object of options is read once, key by key, when it is handed over, and copied. An unknown key, a value of another type or
out of range, and one that can never work are a \`ConfigError\`, whose message names the option (\`timeout.pong\`), quotes what it
got, and says what is expected: nothing waits for the first client to come. What is secret is not quoted.

- An option that is \`undefined\` counts as left out, whether there is one of that name or not: \`{ ...defaults, ...mine }\` may leave
  such.
- The object may be frozen, have no prototype, inherit options, or be an instance of a class with accessors. Keys that are symbols
  are not looked at.
- Numbers are integers. Those in ms are at most 2^31 - 1, the others at most 2^53 - 1, unless another range is given.
- Methods are as strict: what is no handler, no connection, or no status is a \`ConfigError\` where it is given.
`;

/** docs/OPTIONS.md, and what is wrong with what it is made of. */
export interface Page {
  readonly text: string;
  readonly complaints: readonly string[];
}

/** Makes the page from the sources. @param root of the workspace. */
export async function pageOf(root: string): Promise<Page> {
  const tables = await loadTables(root);
  const complaints: string[] = [];
  const sections = GROUPS.map((group) => {
    const source = readFileSync(join(root, group.file), 'utf8');
    const rows = rowsOf(group, source, ownKinds(group, tables), complaints);
    return `## ${group.title}\n\n${group.takers}\n\n${table(['option', 'type', 'default', 'what it does'], rows)}`;
  });
  return { text: [HEAD, ...sections, foreignSection(tables)].join('\n'), complaints };
}

/** The kinds of the group without those that another group describes. */
function ownKinds({ kinds, beside }: Group, tables: Tables): Kinds {
  const others = beside === undefined ? {} : tables.kinds[beside];
  return Object.fromEntries(
    Object.entries(tables.kinds[kinds] ?? {}).filter(([name, kind]) => others?.[name] !== kind),
  );
}

function rowsOf(group: Group, source: string, kinds: Kinds, complaints: string[]): string[][] {
  const properties = propertiesOf(group.file, source, group.interface);
  complaints.push(...complaintsAbout(group.interface, properties, kinds));
  return properties.flatMap((property) => {
    const kind = kinds[property.name] ?? {};
    if (kind.fields === undefined) return [rowOf(property.name, property, kind)];
    const inner = propertiesOf(group.file, source, property.type);
    complaints.push(...complaintsAbout(property.type, inner, kind.fields));
    const fields = kind.fields;
    return [
      rowOf(property.name, { ...property, type: 'object' }, kind),
      ...inner.map((one) => rowOf(`${property.name}.${one.name}`, one, fields[one.name] ?? {})),
    ];
  });
}

function rowOf(name: string, { type, text }: Property, kind: Kind): string[] {
  const { min, max, unit } = kind;
  const range = min === undefined || max === undefined ? '' : rangeOf(min, max, unit);
  const types = `\`${type.replace(/ \| undefined$/, '')}\``;
  return [`\`${name}\``, range === '' ? types : `${types}, ${range}`, defaultOf(kind.default), text];
}

function foreignSection({ foreign, places }: Tables): string {
  const ofPlaces = Object.entries(places).map(
    ([place, { names }]) => [`Only in the options of ${place}`, names] as const,
  );
  const tables = [...Object.entries(foreign), ...ofPlaces].map(([title, names]) => {
    const rows = Object.entries(names).map(([name, here]) => {
      const [ours = '', note = ''] = here.split('; ');
      return [`\`${name}\``, ours === '' ? 'none' : `\`${ours}\``, note];
    });
    return `### ${title}\n\n${table(['there', 'here', 'what is different, or what to do instead'], rows)}`;
  });
  const head = `## If you know another library

What an option is called there, and here. The error for an unknown option says the same; names that differ in their spelling
alone (\`ChunkSize\`, \`max_payload\`), or are nearly ours (\`synchronise\`), are told as well.`;
  return [head, ...tables].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
