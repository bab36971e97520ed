import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type DialOptions, dial, type Server, serve } from '../src/index.js';

// Every server that the documentation shows is run as it stands there, and survives clients that do what they should not.
const root = new URL('../../../', import.meta.url);
const folder = new URL('../.cache/documents/', import.meta.url);
const processes: ChildProcess[] = [];
const servers: Server[] = [];

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('large.bin', folder), new Uint8Array(1 << 20));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill();
    await once(child, 'exit');
  }
});

interface Shown {
  /** The file, and which of its servers it is. */
  readonly at: string;
  /** What the text around it leaves to the reader. */
  readonly before?: string;
  /** The path and options of an honest client. */
  readonly path?: string;
  readonly options?: DialOptions;
}

const ownServer = `import { createServer } from 'node:http';
import { MessageType, takeOver } from 'webson';
const handle = (message, adapter) => adapter.dispatch(message.type, message.read());
const server = createServer().listen(8080);
`;

const SHOWN: readonly Shown[] = [
  { at: 'README.md 1' },
  { at: 'docs/GO.md 1', options: { dialect: 'go', enableStreams: true } },
  { at: 'docs/GO.md 2', before: ownServer, path: 'rfc' },
  { at: 'docs/SECURITY-RULES.md 1', before: "import { MessageType, serve } from 'webson';\n" },
  { at: 'packages/connection/README.md 1' },
  { at: 'packages/connection/README.md 2', options: { enableStreams: true } },
  {
    at: 'packages/connection/src/node/server/attach.ts 1',
    before: "import { createServer } from 'node:http';\nimport { attach, MessageType } from 'webson';\n",
    path: 'chat',
  },
  { at: 'packages/connection/src/node/server/take-over.ts 1', before: ownServer },
  { at: 'packages/pool/README.md 1' },
  { at: 'packages/webson/README.md 1' },
];

const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  ...['DIALECTS', 'GO', 'LIMITS', 'SECURITY-RULES'].map((name) => `docs/${name}.md`),
  ...['compress', 'connection', 'frame', 'handshake', 'pool', 'webson'].map((name) => `packages/${name}/README.md`),
  ...['message-queue', 'message-queue-distributed', 'private-channel'].map((name) => `apps/examples/${name}/README.md`),
  ...['examples', 'playground'].map((name) => `apps/${name}/README.md`),
  ...['server/serve', 'server/attach', 'server/take-over', 'client/dial'].map(
    (name) => `packages/connection/src/node/${name}.ts`,
  ),
];

/** The programs of a file that go on serving, in their order, without what a comment or a list puts before each line. */
function programs(file: string): string[] {
  const text = readFileSync(new URL(file, root), 'utf8');
  const blocks = [...text.matchAll(/^([ *]*)```(?:js|ts|javascript|typescript)\n([\s\S]*?)\n\1```$/gm)];
  return blocks
    .map(([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent.replaceAll('*', '\\*')}`, 'gm'), ''))
    .filter((code) => /\b(serve|attach|takeOver)\(/.test(code) && !/^await server\.close\(\)/m.test(code));
}

test('each of them is known here', () => {
  const found = FILES.flatMap((file) => programs(file).map((_, i) => `${file} ${i + 1}`));
  expect(found.sort()).toEqual(SHOWN.map(({ at }) => at).sort());
});

async function freePort(): Promise<number> {
  const server = await serve({ host: '127.0.0.1' }, () => {});
  const { address } = server;
  await server.close();
  return typeof address === 'string' ? 0 : address.port;
}

function open(port: number, wire: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
  return new Promise((resolve, reject) => {
    socket.on('connect', () => socket.write(wire, 'latin1', () => resolve(socket)));
    socket.on('close', () => reject(new Error('nobody listens')));
  });
}

async function ended(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

const head = (more = '', first = 'GET / HTTP/1.1', key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'): string =>
  `${first}\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n${key}${more}\r\n`;

/** What is answered with a refusal. */
const BAD = [
  head('', 'GET / HTTP/1.1', ''),
  head('', 'GET / HTTP/1.1', 'Sec-WebSocket-Key: short\r\n'),
  head('', 'POST / HTTP/1.1'),
  head('', 'GET * HTTP/1.1'),
  head('', 'GET /#x HTTP/1.1'),
  head('Content-Length: 5\r\n').concat('hello'),
  head('Origin: http://elsewhere\r\n'),
  head('A:\r\n'.repeat(1500)),
  head('Sec-WebSocket-Extensions: ;;\r\n'),
  head('Sec-WebSocket-Protocol: a b\r\n'),
  head().replace('Upgrade: websocket', 'Upgrade: h2c'),
  'garbage\r\n\r\n',
];

test.each(SHOWN)(
  '$at survives what clients do',
  { timeout: 30_000 },
  async ({ at, before = '', path = '', options }) => {
    const [file = '', index] = at.split(' ');
    const port = await freePort();
    const goServer = await serve({ host: '127.0.0.1', dialect: 'go' }, () => {});
    servers.push(goServer);
    const code = `${before}${programs(file)[Number(index) - 1]}`
      .replaceAll(/\b80(80|01)\b/g, String(port))
      .replaceAll('ws://127.0.0.1:8000/', goServer.url);
    expect(code).toContain(String(port));
    const program = new URL(`${at.replaceAll(/[^a-z0-9]+/gi, '-')}.mjs`, folder);
    writeFileSync(program, code);
    const child = spawn(process.execPath, [program.pathname], { cwd: fileURLToPath(folder), stdio: 'ignore' });
    processes.push(child);
    let isGone = false;
    child.on('exit', () => {
      isGone = true;
    });

    let first: Socket | undefined;
    while (first === undefined) {
      expect(isGone).toBe(false);
      first = await open(port, BAD[0] as string).catch(() => undefined);
    }
    expect(await ended(first)).toMatch(/^HTTP\/1\.1 400 /);
    for (const wire of BAD) {
      // To a server with pages an upgrade to something else is a request for a page (RFC 9110 §7.8).
      const isPage = code.includes('a page') && code.includes('attach(') && wire.includes('h2c');
      expect(await ended(await open(port, wire))).toMatch(isPage ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 4\d\d /);
    }
    for (const wire of ['', 'GET / HTT', head().slice(0, -2), head(), BAD[0] as string]) {
      (await open(port, wire)).resetAndDestroy();
    }
    for (const more of ['garbage', '\x81\x85\0\0\0\0hel', '\x88\x80\0\0\0\0']) {
      const socket = await open(port, head());
      await once(socket, 'data');
      socket.write(more, 'latin1');
      socket.resetAndDestroy();
    }

    const honest = await dial(`ws://127.0.0.1:${port}/${path}`, options);
    honest.onReady((adapter) => adapter.close(1000));
    expect(await honest.start()).toMatchObject({ code: 1000, wasClean: true });
    expect(isGone).toBe(false);
  },
);
