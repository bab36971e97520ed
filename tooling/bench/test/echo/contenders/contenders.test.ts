import { execFile } from 'node:child_process';
import http from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Cell, cells, withPayload } from '../../../src/echo/cells.js';
import { decodes, plainKinds, type ServerKind, serverKinds, takes } from '../../../src/echo/contenders/index.js';
import { runtimeWith } from '../../../src/echo/contenders/runtime.js';
import { jobFor } from '../../../src/echo/load/measure.js';
import { runLoad } from '../../../src/echo/load/run.js';
import { portOf, withChildren } from '../../../src/harness/children.js';

const run = promisify(execFile);
const folder = new URL('../../../dist/echo/contenders/', import.meta.url);
const masking = new URL('masking.js', folder).href;

const binary: Cell = { name: 'test', connections: 2, size: 1000, inFlight: 4 };
const text = withPayload(binary, 'text');
const unicode = withPayload(binary, 'unicode');

/** What a load in this process finds of a server in one of its own. */
function echo(kind: ServerKind, cell: Cell) {
  return withChildren(async (start) => {
    const program = new URL('server-process.js', folder);
    const server = start(kind.name, program, [kind.name], runtimeWith(kind.needs));
    const port = await portOf(server);
    return await runLoad(jobFor({ warmup: 0.02, seconds: 0.1 }, cell, kind, { port, pid: server.pid }));
  });
}

function isHere({ needs }: ServerKind): boolean {
  try {
    return runtimeWith(needs) !== undefined;
  } catch {
    return false;
  }
}

describe.each(serverKinds.filter(isHere))('$name', (kind) => {
  it.each([binary, text, unicode].filter((cell) => takes(kind, cell)))('echoes $name byte by byte', async (cell) => {
    const found = await echo(kind, cell);
    expect(found).toMatchObject({ errors: 0, lost: 0 });
    expect(found.messages).toBeGreaterThan(0);
  });
});

it('knows who takes what, and who makes strings of it', () => {
  const names = (test: (kind: ServerKind) => boolean) => serverKinds.filter(test).map(({ name }) => name);
  expect(names((kind) => !takes(kind, binary))).toEqual(['ws-text', 'ws-tuned-text', 'webson-text']);
  expect(names((kind) => decodes(kind, unicode))).toEqual(['ws-text', 'ws-tuned-text', 'webson-text', 'bun']);
  expect(names((kind) => decodes(kind, binary))).toEqual([]);
  expect(plainKinds.map(({ name }) => name)).toEqual(['ws', 'ws-bufferutil', 'ws-tuned', 'webson', 'net']);
  expect(cells.every((cell) => withPayload(cell, 'binary') === cell)).toBe(true);
});

describe('proveCompiledMasking', () => {
  const prove = (path: string) =>
    run(process.execPath, ['--input-type=module', '-e', `(await import('${masking}')).proveCompiledMasking()`], {
      env: { ...process.env, NODE_PATH: path },
    });

  it('finds that ws calls bufferutil where it is to', async () => {
    await prove(runtimeWith('bufferutil').environment.NODE_PATH ?? '');
  });

  it('finds that ws has no addon anywhere else', async () => {
    const proof = prove('');
    if ('websocketUnmask' in http) await proof;
    else await expect(proof).rejects.toMatchObject({ stderr: expect.stringContaining('ws does not find bufferutil') });
  });
});

describe('runtimeWith', () => {
  it('runs this Node when nothing else is needed', () => {
    expect(runtimeWith(undefined)).toEqual({ command: process.execPath, environment: {} });
  });

  it('tells the versions of what is there', () => {
    expect(runtimeWith('bufferutil').version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
