import { type Globals, packages } from './layers.js';

/** Globals that are told apart, and where they belong. */
const nodes = ['Buffer', 'process'];
const times = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'performance'];

/** Which globals a room of each kind may not use, and why. */
const denied: Readonly<Record<Exclude<Globals, 'any'>, readonly (readonly [why: string, names: string[]])[]>> = {
  pure: [
    [
      'This folder is pure: bytes and calls in, bytes and events out.',
      [...nodes, 'globalThis', ...times, 'queueMicrotask', 'console'],
    ],
  ],
  portable: [
    ['What only Node has is for packages/connection/src/node/.', [...nodes, 'globalThis']],
    ['Time enters in one file: packages/connection/src/time/run-time.ts.', times],
  ],
  web: [
    ['What only Node has is for packages/connection/src/node/.', nodes],
    ['Time enters in one file: packages/connection/src/time/run-time.ts.', times],
  ],
  node: [['Time enters in one file: packages/connection/src/time/run-time.ts.', times]],
  time: [['What only Node has is for packages/connection/src/node/.', nodes]],
};

/** The most characters that Biome leaves on a line, less those around a list. */
const LINE = 110;

/**
 * The globals that each room may not use, as overrides of Biome, whose rule it is. A later override replaces an earlier
 * one: the kinds are in an order in which the narrower rooms come later.
 */
export function renderGlobals(): string {
  const overrides = (['portable', 'web', 'node', 'time', 'pure'] as const).map((kind) => ({
    includes: pathsOf(kind),
    linter: {
      rules: { style: { noRestrictedGlobals: { level: 'error', options: { deniedGlobals: namesOf(kind) } } } },
    },
  }));
  const $schema = '../../node_modules/@biomejs/biome/configuration_schema.json';
  const text = JSON.stringify({ $schema, overrides }, null, 2);
  // As Biome itself lays out lists that fit on a line: the file is not formatted afterwards.
  return `${text.replace(/("includes": )\[\s+("[^\]]*")\s+\]/g, (list: string, name: string, paths: string) => {
    const line = `${name}[${paths.replace(/\s+/g, ' ')}]`;
    return line.length < LINE ? line : list;
  })}\n`;
}

function namesOf(kind: keyof typeof denied): Record<string, string> {
  return Object.fromEntries(denied[kind].flatMap(([why, names]) => names.map((name) => [name, why])));
}

/** The rooms that are said to be of a kind: what stands in them is too. */
function pathsOf(kind: Globals): string[] {
  const paths = packages.flatMap(({ package: name, globals, rooms = [] }) =>
    [{ room: '.', globals }, ...rooms]
      .filter((row) => row.globals === kind)
      .map(({ room }) => `packages/${name}/src/${room === '.' ? '**' : room.endsWith('.ts') ? room : `${room}/**`}`),
  );
  return paths.sort();
}
