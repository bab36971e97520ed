import { grounds, type Package, packages, type Room } from './layers.js';
import { mayImport } from './rules.js';

const begin = '<!-- layers: written from tooling/lint/src/layers.ts from here -->';
const end = '<!-- layers: to here -->';

/** Who may import whom, in Markdown: a table and a picture of the packages, and a picture of the rooms in one. */
export function renderRooms(): string {
  const above = grounds.map(({ ground, except, why }) => [`\`${ground}\``, why, exceptions(except)]);
  const rows = packages.map((row) => [`\`packages/${row.package}\``, row.why, list(row.packages)]);
  const arrows = packages.flatMap((from) =>
    packages
      .filter((to) => from.packages.some((entry) => entry.replace(/^type /, '') === to.name))
      .map((to) => [from, to]),
  ) as [Package, Package][];
  const parts = [
    table(['folder', 'what belongs there', 'may import'], [...rows, ...above]),
    'An arrow leads to what may be imported; so may, for the most part, what lies below that.',
    drawArrows(
      packages.map((row) => row.package),
      arrows.map(([from, to]) => [from.package, to.package]),
    ),
  ];
  for (const { package: name, rooms } of packages) if (rooms !== undefined) parts.push(...renderInside(name, rooms));
  return parts.join('\n\n');
}

/**
 * Puts a block between the two marks of a text.
 *
 * @throws Error when the text has not each of them once, in this order.
 */
export function replaceBlock(text: string, block: string): string {
  const [before, rest, ...more] = text.split(begin);
  const [old, after, ...others] = rest?.split(end) ?? [];
  if (old === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`the text needs ${begin} and ${end}, once each`);
  }
  return `${before}${begin}\n\n${block}\n\n${end}${after}`;
}

function renderInside(name: string, rooms: readonly Room[]): string[] {
  // What comes out of the package imports everything: it would lie over the picture.
  const outlets = rooms.filter((each) => each.rooms.includes('*')).map(({ room }) => room);
  const drawn = rooms.filter((each) => ![each.room, ...each.rooms].some((room) => outlets.includes(room)));
  const titleOf = ({ room }: Room): string =>
    room !== '.' ? room : name === 'connection' ? 'connection.ts …' : 'what stands beside them';
  const arrows = drawn.flatMap((from) =>
    drawn
      .filter((to) => from !== to && mayImport(from, to))
      .map((to): [string, string] => [titleOf(from), titleOf(to)]),
  );
  return [
    `Inside \`packages/${name}/src\`, as [its README](packages/${name}/README.md#rooms) describes it:`,
    drawArrows(drawn.map(titleOf), arrows),
  ];
}

/** A picture from the top down, in Mermaid. An arrow that follows from others is left out. */
export function drawArrows(names: readonly string[], arrows: readonly (readonly [string, string])[]): string {
  const isReached = (from: string, to: string): boolean =>
    arrows.some(([start, next]) => start === from && (next === to || isReached(next, to)));
  const needed = arrows.filter(
    ([from, to]) => !arrows.some(([start, next]) => start === from && next !== to && isReached(next, to)),
  );
  const id = (name: string) => `n${names.indexOf(name)}`;
  return [
    '```mermaid',
    'graph TD',
    ...names.map((name) => `  ${id(name)}["${name}"]`),
    ...needed.map(([from, to]) => `  ${id(from)} --> ${id(to)}`),
    '```',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function list(entries: readonly string[]): string {
  const allowed = entries.filter((entry) => !entry.startsWith('!'));
  if (allowed.length === 0) return '–';
  return allowed
    .map((entry) => entry.replace(/^(type )?(.*)$/, (_, type, name) => `${type ? 'types of ' : ''}\`${name}\``))
    .join(', ');
}

function exceptions(names: readonly string[]): string {
  if (names.length === 0) return 'anything';
  return `anything but ${names.map((name) => `\`${name}\``).join(', ')}`;
}
