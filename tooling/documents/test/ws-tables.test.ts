import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import * as ws from 'ws';

// The tables of docs/FROM-WS.md against the `ws` that is installed, and against the declarations of the packages.
const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/FROM-WS.md', ROOT), 'utf8');

interface Row {
  /** What `ws` calls it. */
  readonly theirs: string;
  /** The name of ours, or `no`. */
  readonly ours: string;
  readonly note: string;
}

function table(heading: string): Row[] {
  const section = page.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
  const rows = [...section.matchAll(/^\| (?!`ws`)(?:event )?`(.+?)` \| (.*?) \| (.*?) ?\|$/gm)];
  return rows.map(([line, theirs = '', ours = '', note = '']) => ({
    theirs: line.startsWith('| event') ? `event ${theirs}` : theirs,
    ours,
    note,
  }));
}

const names = (heading: string): string[] => table(heading).map(({ theirs }) => theirs);

const folder = createRequire(import.meta.url)
  .resolve('ws/package.json')
  .replace('package.json', 'lib/');
const source = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');

/** The options that a doc comment of `ws` describes: of the function or class that follows it. */
function options(file: string, before: string): string[] {
  const text = source(file).split(before)[0] ?? '';
  const comment = text.slice(text.lastIndexOf('/**'));
  return [...comment.matchAll(/@param \{.*?\} \[options\.(\w+)[=\]]/g)].map(([, name = '']) => name);
}

/** The events that its classes emit and somebody outside can listen to. */
function events(...files: string[]): string[] {
  const found = files.flatMap((file) => [
    ...source(file).matchAll(/\.emit\(\s*'([\w-]+)'|emit\.bind\(this, '([\w-]+)'/g),
  ]);
  return [...new Set(found.map(([, direct, bound]) => direct ?? bound ?? ''))];
}

/** The members of a class that users call, in the way of the tables. */
function members(type: { prototype: object }): string[] {
  const described = Object.entries(Object.getOwnPropertyDescriptors(type.prototype));
  return described
    .filter(([name]) => name !== 'constructor' && !name.startsWith('_'))
    .map(([name, { value }]) => (typeof value === 'function' ? `${name}()` : name));
}

// They are public in name only: `ws` calls them itself, and documents them nowhere.
const INTERNAL = ['setSocket()', 'emitClose()'];

test('every option of a server is there', () => {
  const known = options('websocket-server.js', 'constructor(options, callback) {\n    super();');
  expect(known.length).toBeGreaterThan(15);
  expect(names('Options of WebSocketServer').sort()).toEqual(known.sort());
});

test('every event and member of a server is there', () => {
  // `error` and `listening` are passed on from the HTTP server; `connection` is emitted by its own listener.
  const emitted = [...events('websocket-server.js'), 'listening', 'error', 'connection'].map((name) => `event ${name}`);
  const own = ['clients', 'options', 'path'];
  const known = new Set([...emitted, ...members(ws.WebSocketServer), ...own]);
  expect(names('Events and members of WebSocketServer').sort()).toEqual([...known].sort());
});

test('every option of a client is there', () => {
  const described = options('websocket.js', 'constructor(address, protocols, options)');
  const own = options('websocket.js', 'function initAsClient(websocket');
  // Those of `http.request` and `tls.connect` that the types of `ws` name.
  const types = readFileSync(
    createRequire(import.meta.url)
      .resolve('@types/ws/package.json')
      .replace('package.json', 'index.d.ts'),
    'utf8',
  );
  const declared = /interface ClientOptions[^{]*\{([\s\S]*?)\n {4}\}/.exec(types)?.[1] ?? '';
  const typed = [...declared.matchAll(/^ +(\w+)\?:/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'protocol');
  const known = new Set([...described, ...own, ...typed, 'protocols', 'headers', 'createConnection']);
  expect(own.length).toBeGreaterThan(10);
  expect(names('Options of WebSocket').sort()).toEqual([...known].sort());
});

test('every event and member of a connection is there', () => {
  const emitted = events('websocket.js').map((name) => `event ${name}`);
  const states = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
  const known = new Set([
    ...emitted,
    ...members(ws.WebSocket),
    'addEventListener()',
    'removeEventListener()',
    ...states,
  ]);
  for (const internal of INTERNAL) known.delete(internal);
  for (const state of states) expect(ws.WebSocket).toHaveProperty(state);
  expect(names('Events and members of WebSocket').sort()).toEqual([...known].sort());
});

test('everything else that it exports is there', () => {
  const known = Object.keys(ws).filter((name) => !['default', 'WebSocket', 'WebSocketServer'].includes(name));
  expect(names('What else it exports').sort()).toEqual(known.sort());
});

test('every option of compression is there', () => {
  const described = options('permessage-deflate.js', 'constructor(options');
  const known = new Set(described.filter((name) => !['maxPayload', 'isServer'].includes(name)));
  expect(known.size).toBeGreaterThan(5);
  const rows = names('Options of perMessageDeflate');
  expect(rows.filter((name) => !/^zlib/.test(name)).sort()).toEqual(
    [...known].filter((name) => !/^zlib/.test(name)).sort(),
  );
});

test('what it is called here exists; where there is nothing, a reason stands beside it, or it speaks for itself', () => {
  const declarations = ['compress', 'connection', 'frame', 'handshake', 'pool', 'webson']
    .map((name) => new URL(`packages/${name}/dist/`, ROOT))
    .flatMap((dist) =>
      readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.d.ts'))
        .map((file) => new URL(file, dist)),
    )
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const rows = [...page.matchAll(/^### (.*)$/gm)].flatMap(([, heading = '']) => table(heading));
  expect(rows.length).toBeGreaterThan(80);
  for (const { theirs, ours } of rows) {
    if (ours === 'no') continue;
    const name = /^`(\w+)`$/.exec(ours)?.[1];
    expect(name, theirs).toBeDefined();
    expect(
      new RegExp(`\\b${name}(\\??:|[(<]|\\b.*\\bfrom\\b)|(const|class|function|get|interface) ${name}\\b`).test(
        declarations,
      ),
      `${theirs} → ${name}`,
    ).toBe(true);
  }
});
