import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { createProject, type Outcome, root, run, writeTo } from '@webson/published';
import { beforeAll, describe, expect, test } from 'vitest';
import { isComplete, type RunTime, runTimes } from '../src/run-times.js';

// Small programs, as somebody begins with: TypeScript that no compiler has seen, and what a run-time does not permit.
const all = runTimes(root);
const named = (name: string): RunTime[] => all.filter((one) => one.name.startsWith(name));
let project = '';

const ECHO = `
import { type Connection, dial, type Message, MessageType, serve } from 'webson';
const both = { enableCompress: true, enableStreams: true };
const server = await serve({ host: '127.0.0.1', ...both }, (ws: Connection) => {
  ws.onMessage(MessageType.Text, (message: Message, adapter) => void adapter.dispatch(1, message.text()));
});
const ws: Connection = await dial(server.url, both);
ws.onReady((adapter) => adapter.dispatch(MessageType.Text, 'hello'.repeat(1000)));
ws.onMessage(MessageType.Text, (message: Message, adapter) => {
  console.log(message.text().length, Object.keys(ws.extensions).sort().join());
  adapter.close();
});
console.log((await ws.start()).code);
await server.close();
`;
const ECHOED = { code: 0, stdout: '5000 permessage-deflate,webson-streams\n1000\n', stderr: '' };

const RESOLVED = `
const names = ['webson', '@webson/connection', '@webson/connection/internal', '@webson/pool'];
for (const name of names) console.log(import.meta.resolve(name).replace(/^.*node_modules/, ''), Object.keys(await import(name)).includes('nothing'));
`;

// Each attempt says its error, and none ends the process.
const REFUSED = `
import { dial, serve } from 'webson';
const say = ({ name, code, message }) => console.log(name, code, message.replaceAll(/\\d{4,}/g, 'N'));
for (const url of ['ws://127.0.0.1:9/', 'ws://localhost:9/', 'ws+unix:/nowhere.sock', 'wss+unix:/nowhere.sock']) {
  await dial(url).then(() => console.log('open'), say);
}
for (const options of [{ host: '127.0.0.1' }, { host: '::1' }, { host: 'localhost' }, {}, { socketPath: '/nowhere/socket' }]) {
  await serve(options, () => {}).then((server) => server.close(), say);
}
`;

beforeAll(async () => {
  project = await createProject();
  writeTo(project, 'echo.ts', ECHO);
  writeTo(project, 'resolved.mjs', RESOLVED);
  writeTo(project, 'refused.mjs', REFUSED);
  writeTo(project, 'silent.mjs', `import 'webson';\n`);
});

function start({ program, args }: RunTime, file: string, more: readonly string[] = [], env = {}): Promise<Outcome> {
  return run(program, [...more, ...args, join(project, file)], project, {
    PATH: process.env.PATH,
    NO_COLOR: '1',
    ...env,
  });
}

/** Deno with these permissions alone. */
function deno(file: string, permissions: readonly string[], env = {}): Promise<Outcome[]> {
  return Promise.all(
    named('Deno').map(({ program }) =>
      start({ name: '', program, args: ['run', '--no-prompt', ...permissions] }, file, [], env),
    ),
  );
}

test.each(all.filter(({ name }) => isComplete && name !== 'Node 20'))(
  '$name runs TypeScript as it is',
  async (runTime) => {
    expect(await start(runTime, 'echo.ts')).toEqual(ECHOED);
  },
);

test.each(all)('$name resolves the packages to the build for Node', async (runTime) => {
  const { stdout, stderr } = await start(runTime, 'resolved.mjs');
  const paths = [
    'webson/dist/index',
    '@webson/connection/dist/index',
    '@webson/connection/dist/internal',
    '@webson/pool/dist/index',
  ];
  expect([stdout, stderr]).toEqual([paths.map((path) => `/${path}.js false\n`).join(''), '']);
});

describe('Bun', () => {
  test.each(named('Bun'))('with little memory', async (bun) => {
    expect(await start(bun, 'echo.ts', ['--smol'])).toEqual(ECHOED);
  });

  test.each(named('Bun'))('NODE_DEBUG shows what goes on, and nothing without', async (bun) => {
    for (const value of ['webson', 'net,WEBSON', '*']) {
      const { stdout, stderr } = await start(bun, 'echo.ts', [], { NODE_DEBUG: value });
      expect(stdout).toBe(ECHOED.stdout);
      expect(stderr).toContain('opened ws://127.0.0.1');
    }
    expect((await start(bun, 'echo.ts', [], { NODE_DEBUG: 'websons' })).stderr).toBe('');
  });

  test.each(named('Bun'))('compiled to one program', async ({ program }) => {
    const target = join(project, 'compiled');
    const built = await run(program, ['build', '--compile', 'echo.ts', '--outfile', target], project);
    expect(built.code).toBe(0);
    chmodSync(target, 0o755);
    expect(await run(target, [], project)).toEqual(ECHOED);
  });
});

describe('Deno', () => {
  test('needs no permission to import', async () => {
    for (const outcome of await deno('silent.mjs', [])) expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('needs nothing but the network for connections', async () => {
    for (const permissions of [['--allow-net'], ['--allow-net=127.0.0.1']]) {
      for (const outcome of await deno('echo.ts', permissions)) expect(outcome).toEqual(ECHOED);
    }
  });

  test('NODE_DEBUG shows what goes on, and needs no permission', async () => {
    for (const { stdout, stderr } of await deno('echo.ts', ['--allow-net'], { NODE_DEBUG: 'webson' })) {
      expect(stdout).toBe(ECHOED.stdout);
      expect(stderr).toContain('opened ws://127.0.0.1');
    }
  });

  test('what it does not permit is an error that says so', async () => {
    for (const { code, stdout, stderr } of await deno('refused.mjs', [])) {
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.split('\n')).toEqual([
        expect.stringMatching(/^HandshakeError CONNECT_FAILED .*Requires net access to "127.0.0.1:9"/),
        expect.stringMatching(/^HandshakeError CONNECT_FAILED .*EPERM/),
        expect.stringMatching(/^HandshakeError CONNECT_FAILED .*Requires read access/),
        expect.stringMatching(/^HandshakeError CONNECT_FAILED .*Requires read access/),
        expect.stringMatching(/^Error ERR_ACCESS_DENIED cannot listen on port 0 of host "127.0.0.1": .*--allow-net/),
        expect.stringMatching(/^Error ERR_ACCESS_DENIED cannot listen on port 0 of host "::1": .*--allow-net/),
        expect.stringMatching(/^Error EPERM cannot listen on port 0 of host "localhost"/),
        expect.stringMatching(/^Error ERR_ACCESS_DENIED cannot listen on port 0: .*--allow-net/),
        expect.stringMatching(/^Error ERR_ACCESS_DENIED cannot listen on socketPath .*--allow-read/),
        '',
      ]);
    }
  });
});

test.each(named('Node 26'))('what the permission model of $name refuses is an error that says so', async (node) => {
  const { code, stdout } = await start(node, 'refused.mjs', ['--permission', '--allow-fs-read=*']);
  expect(code).toBe(0);
  const dialled = Array.from({ length: 4 }, () =>
    expect.stringMatching(/^HandshakeError CONNECT_FAILED .*ERR_ACCESS_DENIED/),
  );
  const served = Array.from({ length: 5 }, () => expect.stringMatching(/^Error ERR_ACCESS_DENIED cannot listen on /));
  expect(stdout.split('\n')).toEqual([...dialled, ...served, '']);
});

test.each([...named('Bun'), ...named('Node')])(
  'on $name what is not there is an error that says so',
  async (runTime) => {
    const { code, stdout } = await start(runTime, 'refused.mjs');
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      expect.stringMatching(/^HandshakeError CONNECT_FAILED .*ECONNREFUSED/),
      expect.stringMatching(/^HandshakeError CONNECT_FAILED .*ECONNREFUSED/),
      expect.stringMatching(/^HandshakeError CONNECT_FAILED .*ENOENT/),
      expect.stringMatching(/^HandshakeError CONNECT_FAILED .*ENOENT/),
    ]);
  },
);
