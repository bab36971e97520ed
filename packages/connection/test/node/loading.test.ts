import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The package as it is built, without what is loaded on demand, in a process of its own.

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
let folder = '';

beforeAll(() => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'loading-'));
  for (const file of ['index.js', 'internal.js', 'chunk.js']) copyFileSync(join(dist, file), join(folder, file));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program that imports the package, and gives what it prints. */
async function run(program: string): Promise<unknown> {
  const main = pathToFileURL(join(folder, 'index.js')).href;
  const code = `
    import { once } from 'node:events';
    import { createServer } from 'node:http';
    import { dial, serve, takeOver } from ${JSON.stringify(main)};
    const errorOf = (promise) => promise.then(() => undefined, ({ code, message, status }) => ({ code, message, status }));
    const print = (value) => console.log(JSON.stringify(value));
    ${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
  return JSON.parse(stdout);
}

const failed = (option: string) => ({ code: 'LOAD_FAILED', message: expect.stringMatching(`^${option}: `) });

test('nothing is loaded that is not switched on', async () => {
  const printed = await run(`
    const server = await serve({}, () => {});
    const client = await dial(server.url, { enableCompress: false });
    void client.start();
    client.close();
    await server.close();
    print(client.extensions);`);
  expect(printed).toEqual({});
});

test.each([
  ['enableCompress', '{ enableCompress: true }'],
  ['enableStreams', '{ enableStreams: true, triggerOnStart: true }'],
  ['dialect', `{ dialect: 'go', enableStreams: true }`],
])(
  '%s: what cannot be loaded is an error before anything is opened, and a 500 for who is there',
  async (name, options) => {
    const printed = await run(`
    const server = createServer().listen(0, '127.0.0.1');
    const refused = new Promise((resolve) => {
      server.on('upgrade', (...upgrade) => resolve(errorOf(takeOver(...upgrade, ${options}))));
    });
    await once(server, 'listening');
    const client = errorOf(dial(\`127.0.0.1:\${server.address().port}\`));
    print({
      served: await errorOf(serve(${options}, () => {})),
      dialled: await errorOf(dial('127.0.0.1:1', ${options})),
      refused: await refused,
      client: await client,
    });
    server.close();`);
    const error = failed(name);
    expect(printed).toMatchObject({ served: error, dialled: error, refused: error, client: { status: 500 } });
  },
);
