import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve } from '../src/index.js';

// The two programs of the README, run as they stand there but for the port, and that of docs/DIALECTS.md.
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const folder = new URL('../.cache/readme/', import.meta.url);
const processes: ChildProcess[] = [];

beforeAll(() => mkdirSync(folder, { recursive: true }));

afterAll(async () => {
  for (const process of processes) {
    if (process.exitCode !== null || process.signalCode !== null) continue;
    process.kill();
    await once(process, 'exit');
  }
});

function program(heading: string): string {
  const code = new RegExp(`## ${heading}\n\n\`\`\`js\n([^]*?)\n\`\`\``).exec(readme)?.[1];
  if (code === undefined) throw new Error(`no program under "${heading}"`);
  expect(code).toContain('8080');
  return code;
}

function run(name: string, code: string): ChildProcess {
  const file = new URL(`${name}.mjs`, folder);
  writeFileSync(file, code);
  const process = spawn(globalThis.process.execPath, [file.pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(process);
  return process;
}

async function freePort(): Promise<number> {
  const server = await serve({ host: '127.0.0.1' }, () => {});
  const { address } = server;
  await server.close();
  return typeof address === 'string' ? 0 : address.port;
}

test('the server and the client of the README are about ten lines and talk to each other', async () => {
  const [serverCode, clientCode] = [program('A server'), program('A client')];
  for (const code of [serverCode, clientCode]) expect(code.split('\n').length).toBeLessThanOrEqual(11);

  const port = String(await freePort());
  const server = run('server', serverCode.replace('8080', port));
  const [first] = (await once(createInterface(server.stdout!), 'line')) as [string];
  expect(first).toBe(`listening on ws://127.0.0.1:${port}/`);

  const client = run('client', clientCode.replace('8080', port));
  const lines: string[] = [];
  createInterface(client.stdout!).on('line', (line) => lines.push(line));
  const [exitCode] = await once(client, 'close');
  expect(lines).toEqual(['you said: hello', 'closed with 1000']);
  expect(exitCode).toBe(0);
});

test('the program of docs/DIALECTS.md prints what stands below it', async () => {
  const page = readFileSync(new URL('../../../docs/DIALECTS.md', import.meta.url), 'utf8');
  const [, code = '', printed = ''] = /```js\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(page) ?? [];
  const program = run('dialects', code);
  let output = '';
  program.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  expect(await once(program, 'close')).toEqual([0, null]);
  expect(output).toBe(printed);
  expect(output).not.toBe('');
});
